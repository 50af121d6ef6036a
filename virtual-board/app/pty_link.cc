#include "virtual-board/app/pty_link.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace virtual_board::app {
namespace {

using base::ErrorCode;
using base::failure;
using base::Outcome;

constexpr int kDrainSteps = 50;
constexpr int kDrainStepMs = 10;

timespec to_timespec(Time duration) {
  return {static_cast<time_t>(duration / kSecond), static_cast<long>(duration % kSecond / kNanosecond)};
}

// Opened once by ourselves: makes it raw, and from then on the kernel says when nobody has it open.
bool make_raw(const char* path) {
  const int slave = ::open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (slave < 0) return false;
  termios settings{};
  bool done = tcgetattr(slave, &settings) == 0;
  if (done) {
    cfmakeraw(&settings);
    settings.c_cflag |= CLOCAL | CREAD;
    cfsetispeed(&settings, B115200);
    cfsetospeed(&settings, B115200);
    done = tcsetattr(slave, TCSANOW, &settings) == 0;
  }
  ::close(slave);
  return done;
}

std::string target_of(const std::string& link) {
  char target[256];
  const ssize_t size = ::readlink(link.c_str(), target, sizeof target);
  return size < 0 ? std::string() : std::string(target, static_cast<size_t>(size));
}

}  // namespace

Outcome<PtyLink> PtyLink::open(const std::string& link) {
  PtyLink line;
  line.master_ = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  char path[128];
  if (line.master_ < 0 || grantpt(line.master_) != 0 || unlockpt(line.master_) != 0 ||
      ptsname_r(line.master_, path, sizeof path) != 0 || !make_raw(path)) {
    return failure(ErrorCode::kIo, std::string("no pseudo-terminal: ") + std::strerror(errno));
  }
  line.path_ = path;
  if (!link.empty()) {
    if (auto made = line.make_link(link); !made) return std::unexpected(made.error());
  }
  return line;
}

PtyLink::PtyLink(PtyLink&& other) noexcept
    : master_(std::exchange(other.master_, -1)),
      path_(std::move(other.path_)),
      link_(std::exchange(other.link_, {})),
      unsent_(std::move(other.unsent_)),
      host_was_there_(other.host_was_there_),
      lost_(other.lost_) {}

PtyLink::~PtyLink() {
  // Another board may have taken the name meanwhile.
  if (!link_.empty() && target_of(link_) == path_) ::unlink(link_.c_str());
  if (master_ >= 0) ::close(master_);
}

// Put in place in one step, so that who waits for the link never finds half of one.
Outcome<void> PtyLink::make_link(const std::string& link) {
  struct stat status {};
  if (::lstat(link.c_str(), &status) == 0 && !S_ISLNK(status.st_mode)) {
    return failure(ErrorCode::kIo, "there is something else than a symbolic link at the place of the link", link,
                   "Give another --link, or move it away");
  }
  const std::string fresh = link + ".new-" + std::to_string(::getpid());
  if (::symlink(path_.c_str(), fresh.c_str()) == 0 && std::rename(fresh.c_str(), link.c_str()) == 0) {
    link_ = link;
    return {};
  }
  const int error = errno;
  ::unlink(fresh.c_str());
  return failure(ErrorCode::kIo, std::string("the link cannot be made: ") + std::strerror(error), link);
}

bool PtyLink::host_is_there() {
  pollfd state{master_, 0, 0};
  const bool is_there = ::poll(&state, 1, 0) == 0 || (state.revents & POLLHUP) == 0;
  if (host_was_there_ && !is_there) forget_unread();
  host_was_there_ = is_there;
  return is_there;
}

// The next host may not find what the last one left: neither what is on its way nor what has arrived.
void PtyLink::forget_unread() {
  const int slave = ::open(path_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  tcflush(master_, TCOFLUSH);
  if (slave < 0) return;
  tcflush(slave, TCIFLUSH);
  ::close(slave);
}

void PtyLink::wait(Time limit, bool for_input, const sigset_t& unblocked) {
  short events = unsent_.empty() ? 0 : POLLOUT;
  if (for_input) events |= POLLIN;
  pollfd state{master_, events, 0};
  const timespec now{0, 0};
  // A poll that finds something at once, be it that nobody holds the line, lets no signal in: this one does.
  if (::ppoll(nullptr, 0, &now, &unblocked) < 0) return;
  if (::poll(&state, 1, 0) < 0) return;
  if ((state.revents & (POLLIN | POLLOUT)) != 0 && (state.revents & POLLHUP) == 0) return;
  if ((state.revents & POLLIN) != 0 || limit == 0) return;
  const bool away = !host_is_there();
  const timespec pause = to_timespec(away ? std::min(limit, kLookAgain) : limit);
  // A line that nobody holds would end each wait at once.
  ::ppoll(&state, away ? 0 : 1, limit == kNever && !away ? nullptr : &pause, &unblocked);
}

std::vector<uint8_t> PtyLink::read(size_t most) {
  std::vector<uint8_t> bytes(std::min<size_t>(most, 4096));
  const ssize_t size = bytes.empty() ? 0 : ::read(master_, bytes.data(), bytes.size());
  bytes.resize(size > 0 ? static_cast<size_t>(size) : 0);
  return bytes;
}

void PtyLink::write(std::span<const uint8_t> bytes) {
  unsent_.insert(unsent_.end(), bytes.begin(), bytes.end());
  if (!unsent_.empty()) flush();
}

void PtyLink::flush() {
  if (!host_is_there()) {
    lost_ += unsent_.size();
    unsent_.clear();
    return;
  }
  while (!unsent_.empty()) {
    uint8_t chunk[512];
    const size_t size = std::min(sizeof chunk, unsent_.size());
    std::copy_n(unsent_.begin(), size, chunk);
    const ssize_t written = ::write(master_, chunk, size);
    if (written <= 0) break;
    unsent_.erase(unsent_.begin(), unsent_.begin() + written);
  }
  while (unsent_.size() > kMostUnsent) {
    unsent_.pop_front();
    ++lost_;
  }
}

void PtyLink::drain() {
  if (!host_is_there()) return;
  const int slave = ::open(path_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (slave < 0) return;
  // The kernel hands bytes over a little later than write() returns: the first look is not at once.
  for (int i = 0; i < kDrainSteps; ++i) {
    flush();
    ::poll(nullptr, 0, kDrainStepMs);
    int unread = 0;
    if (ioctl(slave, FIONREAD, &unread) != 0 || (unread == 0 && unsent_.empty())) break;
  }
  ::close(slave);
}

}  // namespace virtual_board::app
