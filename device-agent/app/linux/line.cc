#include "device-agent/app/linux/line.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace agent_app {
namespace {

using base::ErrorCode;
using base::Status;
using device::Diagnostic;

struct Speed {
  uint32_t baud;
  speed_t code;
};
constexpr Speed kSpeeds[] = {
    {9600, B9600},     {19200, B19200},   {38400, B38400},     {57600, B57600},     {115200, B115200},   {230400, B230400},
#ifdef B460800
    {460800, B460800},
#endif
#ifdef B921600
    {921600, B921600},
#endif
#ifdef B1000000
    {1000000, B1000000},
#endif
#ifdef B2000000
    {2000000, B2000000},
#endif
#ifdef B3000000
    {3000000, B3000000},
#endif
};

bool find_speed(uint32_t baud, speed_t& code) {
  for (const Speed& speed : kSpeeds) {
    if (speed.baud != baud) continue;
    code = speed.code;
    return true;
  }
  return false;
}

// 8N1, raw, no flow control, no modem lines.
bool make_raw(int fd, const speed_t* speed) {
  termios settings;
  if (tcgetattr(fd, &settings) != 0) return false;
  cfmakeraw(&settings);
  settings.c_cflag |= CLOCAL | CREAD;
  settings.c_cflag &= ~static_cast<tcflag_t>(CSTOPB | CRTSCTS);
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  if (speed != nullptr && (cfsetispeed(&settings, *speed) != 0 || cfsetospeed(&settings, *speed) != 0)) return false;
  return tcsetattr(fd, TCSANOW, &settings) == 0;
}

void set_close_on_exec(int fd, bool on) {
  const int flags = fcntl(fd, F_GETFD);
  if (flags >= 0) fcntl(fd, F_SETFD, on ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC);
}

}  // namespace

Line::~Line() {
  if (!link_.empty()) ::unlink(link_.c_str());
}

Status Line::open(const Options& options, Diagnostic& diagnostic) {
  baud_ = options.baud;
  is_pty_ = options.port.view() == kPtyPort;
  if (!is_pty_) {
    path_ = options.port;
    return open_serial(diagnostic);
  }
  if (options.master_fd >= 0) {
    BASE_TRY(take_over(options.master_fd, options.slave_fd, diagnostic));
  } else {
    BASE_TRY(make_pty(diagnostic));
  }
  if (options.link.empty()) return {};
  link_ = options.link;
  return make_link(diagnostic);
}

Status Line::open_serial(Diagnostic& diagnostic) {
  speed_t speed = B0;
  if (!find_speed(baud_, speed)) return diagnostic.fail(ErrorCode::kConfiguration, "%u baud is no speed of this system", baud_);
  fd_.reset(::open(path_.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!fd_.valid()) {
    const ErrorCode code = errno == EBUSY ? ErrorCode::kPortBusy : ErrorCode::kPortMissing;
    return diagnostic.fail(code, "%.180s: %s", path_.c_str(), std::strerror(errno));
  }
  if (ioctl(fd_.get(), TIOCEXCL) != 0 || !make_raw(fd_.get(), &speed)) {
    const int error = errno;
    fd_.reset();
    return diagnostic.fail(ErrorCode::kIo, "%.180s is no serial device: %s", path_.c_str(), std::strerror(error));
  }
  tcflush(fd_.get(), TCIFLUSH);
  return {};
}

Status Line::make_pty(Diagnostic& diagnostic) {
  fd_.reset(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!fd_.valid() || grantpt(fd_.get()) != 0 || unlockpt(fd_.get()) != 0) {
    return diagnostic.fail(ErrorCode::kIo, "no pseudo-terminal: %s", std::strerror(errno));
  }
  BASE_TRY(name_pty(diagnostic));
  slave_.reset(::open(path_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!slave_.valid() || !make_raw(slave_.get(), nullptr)) {
    return diagnostic.fail(ErrorCode::kIo, "%.180s: %s", path_.c_str(), std::strerror(errno));
  }
  fcntl(fd_.get(), F_SETFL, O_RDWR | O_NONBLOCK);
  return {};
}

Status Line::take_over(int master, int slave, Diagnostic& diagnostic) {
  fd_.reset(master);
  slave_.reset(slave);
  set_close_on_exec(master, true);
  set_close_on_exec(slave, true);
  return name_pty(diagnostic);
}

Status Line::name_pty(Diagnostic& diagnostic) {
  const char* name = ptsname(fd_.get());
  if (name != nullptr && path_.assign(name)) return {};
  return diagnostic.fail(ErrorCode::kIo, "the pseudo-terminal has no name: %s", std::strerror(errno));
}

// Replaced in one step, so that whoever waits for the link never finds half of one.
Status Line::make_link(Diagnostic& diagnostic) {
  device::PathText fresh = link_;
  if (!fresh.append(".new")) return diagnostic.fail(ErrorCode::kConfiguration, "link is too long");
  ::unlink(fresh.c_str());
  if (::symlink(path_.c_str(), fresh.c_str()) == 0 && std::rename(fresh.c_str(), link_.c_str()) == 0) return {};
  const int error = errno;
  ::unlink(fresh.c_str());
  device::PathText wanted = link_;
  link_ = {};
  return diagnostic.fail(ErrorCode::kIo, "%.180s: %s", wanted.c_str(), std::strerror(error));
}

void Line::lose() {
  if (is_pty_) return;  // kept alive by slave_
  fd_.reset();
  reopen_delay_ms_ = 100;
}

base::ByteView Line::read(base::MutableBytes buffer, const sigset_t& unblocked) {
  for (;;) {
    if (!fd_.valid()) {
      const timespec pause = {reopen_delay_ms_ / 1000, reopen_delay_ms_ % 1000 * 1000000L};
      if (ppoll(nullptr, 0, &pause, &unblocked) < 0) return {};
      Diagnostic ignored;
      if (!open_serial(ignored) && reopen_delay_ms_ < 2000) reopen_delay_ms_ *= 2;
      continue;
    }
    pollfd wait = {fd_.get(), POLLIN, 0};
    if (ppoll(&wait, 1, nullptr, &unblocked) < 0) return {};
    const ssize_t size = ::read(fd_.get(), buffer.data(), buffer.size());
    if (size > 0) return buffer.first(static_cast<size_t>(size));
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (is_pty_) {
      // Only where another program closed our hold on it: wait a moment instead of spinning.
      const timespec pause = {0, 100000000L};
      if (ppoll(nullptr, 0, &pause, &unblocked) < 0) return {};
      continue;
    }
    lose();
  }
}

void Line::write(base::ByteView bytes) {
  while (!bytes.empty() && fd_.valid()) {
    const ssize_t size = ::write(fd_.get(), bytes.data(), bytes.size());
    if (size > 0) {
      bytes = bytes.subspan(static_cast<size_t>(size));
      continue;
    }
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno != EAGAIN) return lose();
    pollfd wait = {fd_.get(), POLLOUT, 0};
    if (::poll(&wait, 1, kWriteLimitMs) == 0) {
      // What is stuck is for a host that left; the next one must not read it.
      tcflush(fd_.get(), TCOFLUSH);
      return;
    }
  }
}

void Line::drain() {
  if (!fd_.valid()) return;
  if (!is_pty_) {
    tcdrain(fd_.get());
    return;
  }
  // What the host has not read when the pseudo-terminal goes is lost: wait until it has, for a moment. The kernel
  // hands the bytes over a little later than write() returns, so the first look is not at once.
  for (int waited_ms = 0; waited_ms < kDrainLimitMs; waited_ms += kDrainStepMs) {
    (void)::poll(nullptr, 0, kDrainStepMs);
    int unread = 0;
    if (ioctl(slave_.get(), FIONREAD, &unread) != 0 || unread == 0) return;
  }
}

bool Line::hand_over(device::FixedText<32>& out) {
  if (!is_pty_) return false;
  set_close_on_exec(fd_.get(), false);
  set_close_on_exec(slave_.get(), false);
  char text[32];
  std::snprintf(text, sizeof text, "%d,%d", fd_.get(), slave_.get());
  return out.assign(text);
}

}  // namespace agent_app
