#include "client/port/linux/linux_stream.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

namespace client {
namespace {

using base::ErrorCode;
using base::fail;

constexpr size_t kMaxHost = 255;

uint64_t now_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000 + static_cast<uint64_t>(now.tv_nsec) / 1'000'000;
}

// Waits for `events` on `socket`. kTimeout, kIo.
base::Status wait_for(int socket, short events, uint64_t deadline) {
  while (true) {
    const uint64_t now = now_ms();
    const uint64_t left = now >= deadline ? 0 : deadline - now;
    pollfd waiting{.fd = socket, .events = events, .revents = 0};
    const int ready = poll(&waiting, 1, left > 60'000 ? 60'000 : static_cast<int>(left));
    if (ready > 0) return {};  // also on an error of the socket: the call that follows reports it
    if (ready < 0 && errno != EINTR) return fail(ErrorCode::kIo);
    if (ready == 0 && now_ms() >= deadline) return fail(ErrorCode::kTimeout);
  }
}

// A connected, non-blocking socket, or -1; `timed_out` says why.
int connect_one(const addrinfo& address, uint64_t deadline, bool& timed_out) {
  timed_out = false;
  const int socket =
      ::socket(address.ai_family, address.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, address.ai_protocol);
  if (socket < 0) return -1;
  int result = ::connect(socket, address.ai_addr, address.ai_addrlen);
  if (result != 0 && errno == EINPROGRESS) {
    const auto waited = wait_for(socket, POLLOUT, deadline);
    timed_out = !waited && waited.error() == ErrorCode::kTimeout;
    int error = 0;
    socklen_t size = sizeof(error);
    result = waited && getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0 ? 0 : -1;
  }
  if (result != 0) {
    ::close(socket);
    return -1;
  }
  const int on = 1;
  (void)setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return socket;
}

}  // namespace

base::Status LinuxStream::connect(std::string_view host, uint16_t port, uint32_t limit_ms) {
  close();
  if (host.empty() || host.size() > kMaxHost) return fail(ErrorCode::kInvalidArgument);
  char name[kMaxHost + 1] = {};
  memcpy(name, host.data(), host.size());
  char service[8] = {};
  snprintf(service, sizeof(service), "%u", static_cast<unsigned>(port));

  const uint64_t deadline = now_ms() + limit_ms;
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* list = nullptr;
  if (getaddrinfo(name, service, &hints, &list) != 0 || list == nullptr) return fail(ErrorCode::kNameResolution);

  uint64_t left = 0;
  for (const addrinfo* address = list; address != nullptr; address = address->ai_next) ++left;
  bool all_timed_out = true;
  for (const addrinfo* address = list; address != nullptr && socket_ < 0; address = address->ai_next, --left) {
    // A dead address must not use up the time of those behind it.
    const uint64_t now = now_ms();
    const uint64_t share = now >= deadline ? 0 : (deadline - now) / left;
    bool timed_out = false;
    socket_ = connect_one(*address, now + share, timed_out);
    all_timed_out = all_timed_out && timed_out;
  }
  freeaddrinfo(list);
  if (socket_ < 0) return fail(all_timed_out ? ErrorCode::kTimeout : ErrorCode::kConnect);
  return {};
}

base::Result<size_t> LinuxStream::read(base::MutableBytes out, uint32_t limit_ms) {
  if (socket_ < 0) return fail(ErrorCode::kIo);
  const uint64_t deadline = now_ms() + limit_ms;
  while (true) {
    const ssize_t size = recv(socket_, out.data(), out.size(), 0);
    if (size >= 0) return static_cast<size_t>(size);
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return fail(ErrorCode::kIo);
    BASE_TRY(wait_for(socket_, POLLIN, deadline));
  }
}

base::Result<size_t> LinuxStream::write(base::ByteView bytes, uint32_t limit_ms) {
  if (socket_ < 0) return fail(ErrorCode::kIo);
  const uint64_t deadline = now_ms() + limit_ms;
  while (true) {
    const ssize_t size = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size > 0) return static_cast<size_t>(size);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno != EAGAIN && errno != EWOULDBLOCK) return fail(ErrorCode::kIo);
    BASE_TRY(wait_for(socket_, POLLOUT, deadline));
  }
}

void LinuxStream::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

}  // namespace client
