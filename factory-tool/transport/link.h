// The host's end of a line to one device.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/host/bytes_host.h"
#include "base/host/failure.h"

namespace factory {

class Link {
 public:
  virtual ~Link() = default;
  // Sends all bytes. kLinkLost, kTimeout.
  virtual base::Outcome<void> write(base::ByteView bytes) = 0;
  // Waits until at least one byte is there and returns what is; empty: the time passed. kLinkLost.
  virtual base::Outcome<base::Bytes> read(std::chrono::milliseconds limit) = 0;
  virtual std::string name() const = 0;
};

struct SerialOptions {
  int baud = 115200;
};
// A serial port or pseudo-terminal through libserialport, locked for this process alone.
// kPortMissing, kPortBusy, kIo.
base::Outcome<std::unique_ptr<Link>> open_serial(const std::string& port, const SerialOptions& options);

}  // namespace factory
