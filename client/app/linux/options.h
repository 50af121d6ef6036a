// Command line and configuration of the client on Linux.
#pragma once

#include "client/src/client.h"
#include "device/port/linux/config.h"

namespace client {

struct AppOptions {
  device::LinuxConfig device;
  ClientOptions client;
  bool help = false;
  bool version = false;
  bool figures = false;
};

inline constexpr const char* kDefaultConfig = "/etc/factory-line/device.conf";

// Reads the command line, then the configuration file, then `--set` on top of it. Usage in usage_text().
// kUsage, kConfiguration, kIo: the file cannot be read; `diagnostic` says what is wrong.
[[nodiscard]] base::Status read_options(int argc, char** argv, AppOptions& options, device::Diagnostic& diagnostic);
[[nodiscard]] const char* usage_text();

}  // namespace client
