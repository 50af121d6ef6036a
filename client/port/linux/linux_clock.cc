#include "client/port/linux/linux_clock.h"

#include <errno.h>
#include <time.h>

namespace client {

std::optional<uint64_t> LinuxClock::wall_seconds() {
  timespec now{};
  if (clock_gettime(CLOCK_REALTIME, &now) != 0 || now.tv_sec < 0) return std::nullopt;
  return static_cast<uint64_t>(now.tv_sec);
}

uint64_t LinuxClock::monotonic_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000 + static_cast<uint64_t>(now.tv_nsec) / 1'000'000;
}

// Boot time, so that a device that was suspended does not wait on top of it.
bool LinuxClock::sleep_ms(uint64_t milliseconds) {
  timespec until{};
  if (clock_gettime(CLOCK_BOOTTIME, &until) != 0) return false;
  until.tv_sec += static_cast<time_t>(milliseconds / 1000);
  until.tv_nsec += static_cast<long>(milliseconds % 1000) * 1'000'000;
  if (until.tv_nsec >= 1'000'000'000) {
    until.tv_nsec -= 1'000'000'000;
    ++until.tv_sec;
  }
  int result = 0;
  do {
    result = clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &until, nullptr);
  } while (result == EINTR);
  return result == 0;
}

}  // namespace client
