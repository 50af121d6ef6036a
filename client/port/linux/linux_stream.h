// TCP by sockets and getaddrinfo.
#pragma once

#include "client/port.h"

namespace client {

class LinuxStream final : public Stream {
 public:
  LinuxStream() = default;
  ~LinuxStream() { close(); }
  LinuxStream(const LinuxStream&) = delete;
  LinuxStream& operator=(const LinuxStream&) = delete;

  base::Status connect(std::string_view host, uint16_t port, uint32_t limit_ms) override;
  base::Result<size_t> read(base::MutableBytes out, uint32_t limit_ms) override;
  base::Result<size_t> write(base::ByteView bytes, uint32_t limit_ms) override;
  void close() override;

 private:
  int socket_ = -1;
};

}  // namespace client
