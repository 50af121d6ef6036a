#include "tests/support/line.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/prctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

namespace test {
namespace {

using Clock = std::chrono::steady_clock;

void make_raw(int fd) {
  termios settings{};
  if (tcgetattr(fd, &settings) != 0) return;
  cfmakeraw(&settings);
  tcsetattr(fd, TCSANOW, &settings);
}

// By default the kernel may wake a thread 50 us late: half of what five bytes take at 921,600 baud.
void sleep_exactly() { prctl(PR_SET_TIMERSLACK, 1UL); }

void write_all(int fd, const uint8_t* data, size_t size) {
  while (size > 0) {
    const ssize_t n = write(fd, data, size);
    if (n <= 0) {
      // The other end is away: on a real line the bytes are lost as well.
      if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        pollfd ready{fd, POLLOUT, 0};
        if (poll(&ready, 1, 50) > 0) continue;
      }
      return;
    }
    data += n;
    size -= static_cast<size_t>(n);
  }
}

}  // namespace

Line::Line(std::string device_path, const LineOptions& options)
    : device_path_(std::move(device_path)), options_(options), random_(options.seed) {
  char name[128];
  int slave = -1;
  if (openpty(&master_, &slave, name, nullptr, nullptr) != 0) throw std::runtime_error("openpty");
  make_raw(slave);
  host_path_ = name;
  slave_keep_open_ = slave;
  fcntl(master_, F_SETFD, FD_CLOEXEC);
  fcntl(slave, F_SETFD, FD_CLOEXEC);
  fcntl(master_, F_SETFL, O_NONBLOCK);
  // A device that is there from the start misses no byte.
  plug_in();
  down_thread_ = std::thread([this] { pump_down(); });
  up_thread_ = std::thread([this] { pump_up(); });
}

Line::~Line() {
  stop_ = true;
  down_thread_.join();
  up_thread_.join();
  close(slave_keep_open_);
  close(master_);
  if (device_ >= 0) close(device_);
}

LineCounts Line::counts() const {
  const std::scoped_lock lock(mutex_);
  return counts_;
}

void Line::set_faults(const LineFaults& faults) {
  const std::scoped_lock lock(mutex_);
  options_.faults = faults;
}

void Line::set_tap(Tap tap) {
  const std::scoped_lock lock(mutex_);
  tap_ = std::move(tap);
}

void Line::send_to_device(base::ByteView bytes) {
  const std::scoped_lock lock(mutex_);
  injected_.insert(injected_.end(), bytes.begin(), bytes.end());
}

base::Bytes Line::damage(const base::Bytes& bytes, Direction& direction) {
  const LineFaults faults = options_.faults;
  base::Bytes result;
  const auto hit = [&](uint32_t chance) {
    if (chance == 0 || random_() % 1'000'000 >= chance) return false;
    ++counts_.faults;
    return true;
  };
  for (uint8_t byte : bytes) {
    if (hit(faults.drop)) continue;
    if (hit(faults.flip)) byte = static_cast<uint8_t>(byte ^ (1U << (random_() % 8)));
    result.push_back(byte);
    if (hit(faults.doubled)) result.push_back(byte);
    if (hit(faults.delay)) direction.free_at = std::max(direction.free_at, Clock::now()) + faults.delay_time;
  }
  return result;
}

void Line::put(bool to_device, const uint8_t* data, size_t size) {
  if (!to_device) {
    write_all(master_, data, size);
    return;
  }
  const std::scoped_lock lock(device_mutex_);
  if (device_ >= 0) write_all(device_, data, size);
}

void Line::deliver(const base::Bytes& bytes, Direction& direction, bool to_device, bool waited) {
  const auto now = Clock::now();
  // Bytes that were there while those before them were on the line follow without a gap: what a sleep overshoots
  // must not add up, and an adapter's timer runs once a burst.
  if (!waited) {
    const bool gathers = !to_device && options_.latency.count() > 0;
    direction.free_at = std::max(direction.free_at, gathers ? now + options_.latency : now);
  }
  if (options_.baud == 0) {
    if (direction.free_at > now) std::this_thread::sleep_until(direction.free_at);
    put(to_device, bytes.data(), bytes.size());
    return;
  }
  // Small pieces, so that the far end sees bytes arrive as they would and not in one burst at the end.
  constexpr size_t kPiece = 16;
  for (size_t at = 0; at < bytes.size(); at += kPiece) {
    const size_t count = std::min(kPiece, bytes.size() - at);
    direction.free_at += std::chrono::nanoseconds(count * 10'000'000'000ULL / static_cast<uint64_t>(options_.baud));
    std::this_thread::sleep_until(direction.free_at);
    put(to_device, bytes.data() + at, count);
  }
}

bool Line::take(int from, bool to_device, base::Bytes& bytes) {
  uint8_t buffer[512];
  const ssize_t n = read(from, buffer, sizeof buffer);
  if (n <= 0) return n < 0 && (errno == EAGAIN || errno == EINTR);
  bytes.assign(buffer, buffer + n);
  const std::scoped_lock lock(mutex_);
  (to_device ? counts_.to_device : counts_.to_host) += static_cast<uint64_t>(n);
  if (tap_) tap_(to_device, bytes);
  if (cut_) {
    bytes.clear();
  } else {
    bytes = damage(bytes, to_device ? down_ : up_);
  }
  return true;
}

void Line::pump_down() {
  sleep_exactly();
  bool delivered = false;
  while (!stop_) {
    pollfd ready{master_, POLLIN, 0};
    base::Bytes bytes;
    const bool waited = delivered && poll(&ready, 1, 0) > 0;
    if (waited || poll(&ready, 1, 5) > 0) (void)take(master_, true, bytes);
    {
      const std::scoped_lock lock(mutex_);
      bytes.insert(bytes.end(), injected_.begin(), injected_.end());
      injected_.clear();
    }
    delivered = !bytes.empty();
    if (delivered) deliver(bytes, down_, true, waited);
  }
}

bool Line::plug_in() {
  const int device = open(device_path_.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (device < 0) return false;
  make_raw(device);
  device_ = device;
  return true;
}

void Line::pump_up() {
  sleep_exactly();
  bool delivered = false;
  while (!stop_) {
    const int device = device_;
    if (device < 0) {
      if (!plug_in()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
      continue;
    }
    pollfd ready{device, POLLIN, 0};
    const bool waited = delivered && poll(&ready, 1, 0) > 0;
    delivered = false;
    if (!waited && poll(&ready, 1, 5) <= 0) continue;
    base::Bytes bytes;
    if (!take(device, false, bytes)) {
      const std::scoped_lock lock(device_mutex_);
      device_ = -1;
      close(device);
      continue;
    }
    delivered = !bytes.empty();
    if (delivered) deliver(bytes, up_, false, waited);
  }
}

}  // namespace test
