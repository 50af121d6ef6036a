// A provisioned unit of the Linux kind whose first boot has nothing but a serial line: the client in this process, on
// a pseudo-terminal whose other end the relay opens.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "client/port/linux/linux_clock.h"
#include "client/port/relay/relay_observer.h"
#include "tests/support/factory_floor.h"

namespace test {

class PtySerial final : public client::Serial {
 public:
  PtySerial();
  ~PtySerial();
  PtySerial(const PtySerial&) = delete;
  PtySerial& operator=(const PtySerial&) = delete;

  size_t read(base::MutableBytes out, uint32_t limit_ms) override;
  void write(base::ByteView bytes) override;

  // What the host opens.
  [[nodiscard]] const std::string& path() const { return path_; }
  // A host that was killed leaves its claim on the port.
  void free_port();
  // Calls `then` once, when so many bytes have passed in both directions together.
  void after(size_t bytes, std::function<void()> then);
  [[nodiscard]] size_t passed() const { return passed_; }

 private:
  void count(size_t bytes);

  int master_ = -1;
  int slave_ = -1;  // kept open, so that the line outlives a host that leaves
  std::string path_;
  size_t passed_ = 0;
  size_t trigger_ = 0;
  std::function<void()> then_;
};

struct BootEvents final : client::Observer {
  explicit BootEvents(client::RelayStream& stream) : to_host(stream) {}
  void event(Event event, base::ErrorCode error, std::string_view text, uint64_t number) override;
  [[nodiscard]] size_t count(Event event) const;

  client::RelayObserver to_host;
  std::vector<Event> events;
  std::string version;
  base::ErrorCode last_error = base::ErrorCode::kOk;
};

struct BootResult {
  base::Status status;
  std::string version;                                // of TLS, last
  size_t failures = 0;                                // attempts that failed
  base::ErrorCode last_error = base::ErrorCode::kOk;  // of the last of them
};

// prepare() and run() of the client on the unit's storage, whose agent is off. `attempts`: 1: --once; else until it
// succeeds, with waits of a fifth of a second, or so many attempts have failed.
BootResult boot_through(PtySerial& serial, const UnitProcess& unit, size_t attempts);

}  // namespace test
