#include <fcntl.h>
#include <libserialport.h>
#include <linux/serial.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "factory-tool/descriptor.h"
#include "factory-tool/transport/link.h"
#include "factory-tool/transport/port_holder.h"

namespace factory {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::failure;
using base::Outcome;
using std::chrono::milliseconds;

constexpr milliseconds kWriteLimit{5000};
constexpr size_t kReadSize = 4096;

struct PortDeleter {
  void operator()(sp_port* port) const {
    sp_close(port);
    sp_free_port(port);
  }
};
using Port = std::unique_ptr<sp_port, PortDeleter>;

class SerialLink final : public Link {
 public:
  // `lock_fd` carries the flock and is closed here; `fd` carries the bytes: the same one, or libserialport's own.
  SerialLink(std::string name, Port port, int lock_fd, int fd)
      : name_(std::move(name)), port_(std::move(port)), lock_fd_(lock_fd), fd_(fd) {}
  ~SerialLink() override {
    // flock ends with its descriptor; this flag would stay while another process holds the port open.
    ::ioctl(fd_, TIOCNXCL);
    port_.reset();
    ::close(lock_fd_);
  }
  SerialLink(const SerialLink&) = delete;
  SerialLink& operator=(const SerialLink&) = delete;

  Outcome<void> write(base::ByteView bytes) override {
    const auto deadline = std::chrono::steady_clock::now() + kWriteLimit;
    while (!bytes.empty()) {
      BASE_ASSIGN(const bool ready, wait(POLLOUT, deadline));
      if (!ready) {
        return failure(ErrorCode::kTimeout, "the port takes no bytes", name_, "Check the cable and flow control.");
      }
      const ssize_t count = ::write(fd_, bytes.data(), bytes.size());
      if (count < 0 && errno != EAGAIN && errno != EINTR) return lost("writing failed");
      if (count > 0) bytes = bytes.subspan(static_cast<size_t>(count));
    }
    return {};
  }

  Outcome<base::Bytes> read(milliseconds limit) override {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    base::Bytes bytes(kReadSize);
    while (true) {
      BASE_ASSIGN(const bool ready, wait(POLLIN, deadline));
      if (!ready) return base::Bytes{};
      const ssize_t count = ::read(fd_, bytes.data(), bytes.size());
      if (count < 0 && (errno == EAGAIN || errno == EINTR)) continue;
      if (count < 0) return lost("reading failed");
      if (count == 0) return failure(ErrorCode::kLinkLost, "the port was closed by the other side", name_, kNext);
      bytes.resize(static_cast<size_t>(count));
      return bytes;
    }
  }

  std::string name() const override { return name_; }

 private:
  static constexpr const char* kNext = "Check the cable and the unit's power, then run the same command again.";

  std::unexpected<base::Failure> lost(const std::string& doing) const {
    return failure(ErrorCode::kLinkLost, doing + ": " + std::strerror(errno), name_, kNext);
  }

  // False: the time passed. kLinkLost: the other end is gone and nothing is left to read.
  Outcome<bool> wait(short events, std::chrono::steady_clock::time_point deadline) const {
    while (true) {
      const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
      pollfd entry{fd_, events, 0};
      const int count = ::poll(&entry, 1, static_cast<int>(std::clamp<int64_t>(left.count(), 0, 3'600'000)));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return lost("waiting failed");
      if (count == 0) return false;
      if ((entry.revents & events) != 0) return true;
      return failure(ErrorCode::kLinkLost, "the port hung up", name_, kNext);
    }
  }

  std::string name_;
  Port port_;  // null for a pseudo-terminal
  int lock_fd_;
  int fd_;
};

Outcome<void> lock_port(int fd, const std::string& port) {
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return {};
  return failure(ErrorCode::kPortBusy, "the port is in use" + port_holder_text(port), port,
                 "End the other program, or give another port.");
}

std::string libserialport_error() {
  char* text = sp_last_error_message();
  std::string message = text != nullptr ? text : "unknown error";
  sp_free_error_message(text);
  return message;
}

// A USB adapter that gathers bytes for 16 ms would cost more than any framing. Not every driver knows the flag.
void ask_for_low_latency(int fd) {
  serial_struct settings{};
  if (::ioctl(fd, TIOCGSERIAL, &settings) != 0) return;
  settings.flags |= ASYNC_LOW_LATENCY;
  (void)::ioctl(fd, TIOCSSERIAL, &settings);
}

Outcome<void> configure_with_libserialport(sp_port* port, const SerialOptions& options, const std::string& name) {
  if (sp_set_baudrate(port, options.baud) != SP_OK) {
    return failure(ErrorCode::kConfiguration,
                   "the port cannot run at " + std::to_string(options.baud) + " baud: " + libserialport_error(), name,
                   "Give a --baud that adapter and board support.");
  }
  if (sp_set_bits(port, 8) != SP_OK || sp_set_parity(port, SP_PARITY_NONE) != SP_OK ||
      sp_set_stopbits(port, 1) != SP_OK || sp_set_flowcontrol(port, SP_FLOWCONTROL_NONE) != SP_OK) {
    return failure(ErrorCode::kIo, "the port cannot be set to 8N1: " + libserialport_error(), name);
  }
  sp_flush(port, SP_BUF_BOTH);
  return {};
}

// A pseudo-terminal has no baud rate, and libserialport does not take it for a port.
Outcome<void> configure_terminal(int fd, const std::string& name) {
  termios settings{};
  if (::tcgetattr(fd, &settings) != 0) {
    return failure(ErrorCode::kPortMissing, "this is no serial port: " + std::string(std::strerror(errno)), name,
                   "Give a serial port or a pseudo-terminal.");
  }
  ::cfmakeraw(&settings);
  settings.c_cflag |= CLOCAL | CREAD;
  settings.c_cc[VMIN] = 0;
  settings.c_cc[VTIME] = 0;
  if (::tcsetattr(fd, TCSANOW, &settings) != 0) {
    return failure(ErrorCode::kIo, "the terminal cannot be set to raw: " + std::string(std::strerror(errno)), name);
  }
  ::tcflush(fd, TCIFLUSH);
  return {};
}

std::unexpected<base::Failure> open_failure(const std::string& port) {
  if (errno == EBUSY) {
    return failure(ErrorCode::kPortBusy, "the port is in use" + port_holder_text(port), port,
                   "End the other program, or give another port.");
  }
  if (errno == EACCES || errno == EPERM) {
    return failure(ErrorCode::kIo, "the port may not be opened", port,
                   "Add this user to the group of the port (dialout).");
  }
  return failure(ErrorCode::kPortMissing, "the port cannot be opened: " + std::string(std::strerror(errno)), port,
                 "Is the adapter plugged in? `ls /dev/serial/by-id` shows those that are.");
}

}  // namespace

Outcome<std::unique_ptr<Link>> open_serial(const std::string& port, const SerialOptions& options) {
  std::error_code error;
  const fs::path resolved = fs::canonical(port, error);  // /dev/serial/by-id/... are links
  if (error) {
    errno = error.value();
    return open_failure(port);
  }
  struct stat info {};
  if (::stat(resolved.c_str(), &info) != 0 || !S_ISCHR(info.st_mode)) {
    return failure(ErrorCode::kPortMissing, "this is no serial port", port, "Give a serial port or a pseudo-terminal.");
  }
  Descriptor fd(::open(resolved.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid()) return open_failure(port);
  // Before anything is changed: another program may be in the middle of a unit.
  BASE_TRY(lock_port(fd.get(), port));

  sp_port* found = nullptr;
  if (sp_get_port_by_name(resolved.c_str(), &found) != SP_OK) {
    BASE_TRY(configure_terminal(fd.get(), port));
    (void)::ioctl(fd.get(), TIOCEXCL);
    const int handle = fd.release();
    return std::make_unique<SerialLink>(port, nullptr, handle, handle);
  }
  Port owner(found);
  if (sp_open(found, SP_MODE_READ_WRITE) != SP_OK) {
    errno = sp_last_error_code();
    return open_failure(port);
  }
  int handle = -1;
  sp_get_port_handle(found, &handle);
  (void)::ioctl(handle, TIOCEXCL);
  BASE_TRY(configure_with_libserialport(found, options, port));
  ask_for_low_latency(handle);
  return std::make_unique<SerialLink>(port, std::move(owner), fd.release(), handle);
}

}  // namespace factory
