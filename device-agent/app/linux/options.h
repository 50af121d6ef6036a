// Command line and configuration file of the Linux agent.
#pragma once

#include "device/port/linux/config.h"

namespace agent_app {

enum class OnReboot : uint8_t {
  kExec,  // become the program anew, on the same line
  kExit,  // leave with kExitReboot, for a service manager that starts it again
  kEnd,   // leave with 0: one session, then no more (--once)
};

// Exit codes.
inline constexpr int kExitDone = 0;
inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitReboot = 10;  // a restart was asked for and on-reboot = exit

struct Options {
  device::LinuxConfig board;
  // The file's keys of the agent; device/port/linux/config.cc lists their names for the client to skip.
  device::PathText port;         // port: a serial device, or "pty"; must be given
  uint32_t baud = 115200;        // baud: of a serial device
  device::PathText link;         // link: a symbolic link to the pseudo-terminal's path, replaced at start
  OnReboot on_reboot = OnReboot::kExec;  // on-reboot = exec | exit
  // locked-linger-s: a locked unit's agent ends with 0 after so many seconds without a byte from the host, and leaves the
  // storage to the product; 0: it stays.
  uint32_t locked_linger_s = 0;
  int master_fd = -1;            // a pseudo-terminal taken over from before an exec
  int slave_fd = -1;
  bool help = false;
};

// The pseudo-terminal instead of a serial device.
inline constexpr std::string_view kPtyPort = "pty";

// The configuration file first, wherever it stands on the line, then every flag over it.
// kUsage, kConfiguration, kIo; `diagnostic` says what and where.
base::Status read_options(int argc, char** argv, Options& options, device::Diagnostic& diagnostic);

void print_usage();

}  // namespace agent_app
