// One TCP connection of the relay to the service.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/host/bytes_host.h"
#include "base/host/failure.h"
#include "factory-tool/descriptor.h"

namespace factory {

struct Endpoint {
  std::string host;  // a name, or a literal address without brackets
  uint16_t port = 0;

  [[nodiscard]] std::string text() const;
};

class TcpConnection {
 public:
  // Every address of the name in turn, all within `limit`. kNameResolution; kConnect: none took the connection.
  static base::Outcome<TcpConnection> open(const Endpoint& to, std::chrono::milliseconds limit);

  TcpConnection(TcpConnection&& other) noexcept : socket_(other.socket_.release()) {}
  TcpConnection& operator=(TcpConnection&&) = delete;

  // All bytes. kIo: reset, or not taken within `limit`.
  base::Status write(base::ByteView bytes, std::chrono::milliseconds limit);
  // What is there, up to `most` bytes, after a wait of at most `limit`; empty: nothing came. kStreamEnd: the peer
  // closed in order; kIo.
  base::Result<base::Bytes> read(size_t most, std::chrono::milliseconds limit);

 private:
  explicit TcpConnection(int socket) : socket_(socket) {}

  Descriptor socket_;
};

}  // namespace factory
