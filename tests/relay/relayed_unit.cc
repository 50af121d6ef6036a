#include "tests/relay/relayed_unit.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "device/port/linux/linux_board.h"

namespace test {
namespace {

using base::ErrorCode;

// Ends the client's waits once enough attempts have failed.
class CountingClock final : public client::Clock {
 public:
  CountingClock(const BootEvents& events, size_t attempts) : events_(events), attempts_(attempts) {}
  std::optional<uint64_t> wall_seconds() override { return clock_.wall_seconds(); }
  uint64_t monotonic_ms() override { return clock_.monotonic_ms(); }
  bool sleep_ms(uint64_t milliseconds) override {
    return events_.count(client::Observer::Event::kAttemptFailed) < attempts_ && clock_.sleep_ms(milliseconds);
  }

 private:
  const BootEvents& events_;
  size_t attempts_;
  client::LinuxClock clock_;
};

}  // namespace

PtySerial::PtySerial() {
  char name[128];
  termios raw{};
  ::cfmakeraw(&raw);
  if (::openpty(&master_, &slave_, name, &raw, nullptr) != 0) throw std::runtime_error("no pseudo-terminal");
  path_ = name;
  ::fcntl(master_, F_SETFL, O_NONBLOCK);
  ::fcntl(master_, F_SETFD, FD_CLOEXEC);
  ::fcntl(slave_, F_SETFD, FD_CLOEXEC);
}

PtySerial::~PtySerial() {
  ::close(master_);
  ::close(slave_);
}

void PtySerial::free_port() { ::ioctl(slave_, TIOCNXCL); }

void PtySerial::after(size_t bytes, std::function<void()> then) {
  trigger_ = bytes;
  then_ = std::move(then);
}

void PtySerial::count(size_t bytes) {
  passed_ += bytes;
  if (!then_ || passed_ < trigger_) return;
  const auto then = std::move(then_);
  then_ = nullptr;
  then();
}

size_t PtySerial::read(base::MutableBytes out, uint32_t limit_ms) {
  pollfd entry{master_, POLLIN, 0};
  if (::poll(&entry, 1, static_cast<int>(limit_ms)) <= 0) return 0;
  const ssize_t size = ::read(master_, out.data(), out.size());
  if (size <= 0) return 0;
  count(static_cast<size_t>(size));
  return static_cast<size_t>(size);
}

// What nobody takes is lost, as on a cable without a host.
void PtySerial::write(base::ByteView bytes) {
  count(bytes.size());
  while (!bytes.empty()) {
    const ssize_t size = ::write(master_, bytes.data(), bytes.size());
    if (size > 0) {
      bytes = bytes.subspan(static_cast<size_t>(size));
      continue;
    }
    pollfd entry{master_, POLLOUT, 0};
    if (::poll(&entry, 1, 100) <= 0) {
      ::tcflush(slave_, TCIFLUSH);
      return;
    }
  }
}

void BootEvents::event(Event event, ErrorCode error, std::string_view text, uint64_t number) {
  events.push_back(event);
  if (event == Event::kConnected) version = text;
  if (event == Event::kAttemptFailed) last_error = error;
  to_host.event(event, error, text, number);
}

size_t BootEvents::count(Event event) const {
  return static_cast<size_t>(std::count(events.begin(), events.end(), event));
}

BootResult boot_through(PtySerial& serial, const UnitProcess& unit, size_t attempts) {
  device::LinuxConfig config;
  device::Diagnostic diagnostic;
  device::LinuxBoard board;
  if (!device::read_config(unit.config().c_str(), config, nullptr, diagnostic) || !board.open(config, {}, diagnostic)) {
    throw std::runtime_error(diagnostic.text);
  }
  client::LinuxClock relay_clock;
  client::RelayStream stream(serial, relay_clock, static_cast<uint16_t>(relay_clock.monotonic_ms()));
  BootEvents events(stream);
  CountingClock clock(events, attempts);
  const client::ClientOptions options{.backoff = {.first_least = 200, .first_most = 200, .limit = 200},
                                      .stagger = 0,
                                      .connect_limit = 15'000,
                                      .io_limit = 5'000,
                                      .once = attempts == 1};
  BootResult result;
  {
    client::Client client(board, stream, clock, events, options);
    result.status = client.prepare();
    if (result.status) result.status = client.run();
  }
  mbedtls_psa_crypto_free();  // the power is off: the next boot starts from the storage
  result.version = events.version;
  result.failures = events.count(client::Observer::Event::kAttemptFailed);
  result.last_error = events.last_error;
  return result;
}

}  // namespace test
