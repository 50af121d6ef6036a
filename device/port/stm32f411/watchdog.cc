#include "device/port/stm32f411/watchdog.h"

#include "device/port/stm32f411/registers.h"

namespace stm32f411 {
namespace {

constexpr uint32_t kKick = 0xAAAA;
constexpr uint32_t kUnlock = 0x5555;
constexpr uint32_t kStart = 0xCCCC;
constexpr uint32_t kDivideBy64 = 4;
constexpr uint32_t kReload = 4000 - 1;  // of 500 Hz: 8 s

}  // namespace

void start_watchdog() {
  iwdg().KR = kStart;
  iwdg().KR = kUnlock;
  iwdg().PR = kDivideBy64;
  iwdg().RLR = kReload;
  // Both values cross into the slow clock's domain within a few of its periods. Kicked before, the counter would
  // start from the old ones, which are shorter (0.5 s) but hold until the next kick.
  for (uint32_t i = 0; i < 100'000 && iwdg().SR != 0; ++i) {
  }
  kick_watchdog();
}

void kick_watchdog() { iwdg().KR = kKick; }

}  // namespace stm32f411
