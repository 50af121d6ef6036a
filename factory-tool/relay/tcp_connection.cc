#include "factory-tool/relay/tcp_connection.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace factory {
namespace {

using base::ErrorCode;
using base::fail;
using base::failure;
using base::Outcome;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// 0 when it is ready, else an errno. An error of the socket counts as ready: the call that follows reports it.
int wait_for(int socket, short events, Clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    pollfd entry{socket, events, 0};
    const int count = ::poll(&entry, 1, static_cast<int>(std::clamp<int64_t>(left.count(), 0, 60'000)));
    if (count > 0) return 0;
    if (count < 0 && errno != EINTR) return errno;
    if (count == 0 && Clock::now() >= deadline) return ETIMEDOUT;
  }
}

// A connected, non-blocking socket, or none and errno.
int connect_one(const addrinfo& address, Clock::time_point deadline) {
  Descriptor socket(
      ::socket(address.ai_family, address.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, address.ai_protocol));
  if (!socket.valid()) return -1;
  int error = ::connect(socket.get(), address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    error = wait_for(socket.get(), POLLOUT, deadline);
    socklen_t size = sizeof error;
    if (error == 0 && ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  }
  if (error != 0) {
    errno = error;
    return -1;
  }
  const int on = 1;
  (void)::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket.release();
}

}  // namespace

std::string Endpoint::text() const {
  const std::string number = std::to_string(port);
  return host.find(':') == std::string::npos ? host + ":" + number : "[" + host + "]:" + number;
}

Outcome<TcpConnection> TcpConnection::open(const Endpoint& to, milliseconds limit) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int result = ::getaddrinfo(to.host.c_str(), std::to_string(to.port).c_str(), &hints, &found);
  if (result != 0) {
    return failure(ErrorCode::kNameResolution,
                   "the name `" + to.host + "` could not be resolved: " + std::string(::gai_strerror(result)), "--to",
                   "Give the service's name or address as this host knows it.");
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, &::freeaddrinfo);
  int left = 0;
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) ++left;
  const auto deadline = Clock::now() + limit;
  int error = ETIMEDOUT;
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next, --left) {
    // A dead address must not use up the time of those behind it.
    const auto now = Clock::now();
    const int socket = connect_one(*address, now + std::max(deadline - now, Clock::duration::zero()) / left);
    if (socket >= 0) return TcpConnection(socket);
    error = errno;
  }
  return failure(ErrorCode::kConnect, "the service took no connection: " + std::string(std::strerror(error)), to.text(),
                 "Is `factory-tool serve` running there? Start it; devices try again by themselves.");
}

base::Status TcpConnection::write(base::ByteView bytes, milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count > 0) {
      bytes = bytes.subspan(static_cast<size_t>(count));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (wait_for(socket_.get(), POLLOUT, deadline) != 0) return fail(ErrorCode::kIo);
    } else if (errno != EINTR) {
      return fail(ErrorCode::kIo);
    }
  }
  return {};
}

base::Result<base::Bytes> TcpConnection::read(size_t most, milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  base::Bytes bytes(most);
  while (true) {
    const ssize_t count = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (count == 0) return fail(ErrorCode::kStreamEnd);
    if (count > 0) {
      bytes.resize(static_cast<size_t>(count));
      return bytes;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return fail(ErrorCode::kIo);
    const int waited = wait_for(socket_.get(), POLLIN, deadline);
    if (waited == ETIMEDOUT) return base::Bytes{};
    if (waited != 0) return fail(ErrorCode::kIo);
  }
}

}  // namespace factory
