// The port contract of the client: what it needs from a platform besides device::Board. One folder in
// client/port/ implements it; client/app/<target> picks one. Single-threaded: no call comes in while another
// one runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace client {

// One connection at a time to a server: a reliable byte stream (TCP). Everything on it is untrusted.
class Stream {
 public:
  // Resolves `host` (a name, an IPv4 or an IPv6 literal without brackets; not terminated by a zero) and tries
  // every address, IPv6 and IPv4, until one answers. An open connection is closed first.
  // `limit_ms` bounds the whole call as far as the platform's resolver lets it.
  // kNameResolution; kConnect: no address took the connection; kTimeout.
  virtual base::Status connect(std::string_view host, uint16_t port, uint32_t limit_ms) = 0;

  // Waits for at least one byte and returns how many were read; 0: the peer closed the stream in order.
  // kTimeout: nothing came within `limit_ms`; kIo: reset or no connection.
  virtual base::Result<size_t> read(base::MutableBytes out, uint32_t limit_ms) = 0;

  // Writes at least one byte and returns how many were taken. kTimeout, kIo.
  virtual base::Result<size_t> write(base::ByteView bytes, uint32_t limit_ms) = 0;

  // Closes the connection; without one, does nothing.
  virtual void close() = 0;

 protected:
  ~Stream() = default;
};

class Clock {
 public:
  // Seconds since 1970 by the platform's clock; nothing: there is none, or nobody ever set it. The client does
  // not believe it before the time floor.
  virtual std::optional<uint64_t> wall_seconds() = 0;
  // Milliseconds from an arbitrary start; never runs backwards, not even when the wall clock is set.
  virtual uint64_t monotonic_ms() = 0;
  // Returns early, with false, when the program is asked to end.
  virtual bool sleep_ms(uint64_t milliseconds) = 0;

 protected:
  ~Clock() = default;
};

}  // namespace client
