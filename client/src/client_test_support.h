// A clock and an observer for tests of the client.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "client/port/linux/linux_clock.h"
#include "client/src/client.h"

namespace client {

class TestClock final : public Clock {
 public:
  explicit TestClock(std::optional<uint64_t> now) : wall(now) {}
  std::optional<uint64_t> wall_seconds() override { return wall; }
  uint64_t monotonic_ms() override { return real_.monotonic_ms(); }
  // Does not sleep.
  bool sleep_ms(uint64_t milliseconds) override {
    slept.push_back(milliseconds);
    return slept.size() < most_sleeps;
  }
  std::optional<uint64_t> wall;
  std::vector<uint64_t> slept;
  size_t most_sleeps = 1;

 private:
  LinuxClock real_;
};

class Recorder final : public Observer {
 public:
  void event(Event event, base::ErrorCode /*error*/, std::string_view text, uint64_t /*number*/) override {
    events.push_back(event);
    if (event == Event::kConnected) version = text;
    if (event == Event::kAttemptFailed) detail = text;
  }
  [[nodiscard]] bool has(Event event) const { return std::find(events.begin(), events.end(), event) != events.end(); }
  std::vector<Event> events;
  std::string version;
  std::string detail;
};

}  // namespace client
