#include "virtual-board/chip/rcc.h"

#include <algorithm>

namespace virtual_board {
namespace {

constexpr uint32_t kCr = 0x00, kPllCfgr = 0x04, kCfgr = 0x08, kCir = 0x0C;
constexpr uint32_t kFirstReset = 0x10, kLastReset = 0x24;
constexpr uint32_t kBdcr = 0x70, kCsr = 0x74, kPllI2sCfgr = 0x84, kDckCfgr = 0x8C;

constexpr uint32_t kHsiOn = 1U << 0, kHsiReady = 1U << 1, kHseOn = 1U << 16, kHseReady = 1U << 17,
                   kHseBypass = 1U << 18;
constexpr uint32_t kCssOn = 1U << 19, kPllOn = 1U << 24, kPllReady = 1U << 25, kI2sOn = 1U << 26, kI2sReady = 1U << 27;
constexpr uint32_t kHsiTrim = 0x1FU << 3;
constexpr uint32_t kHsiCalibration = 0x7BU << 8;  // a factory value: any is right
constexpr uint32_t kFromHse = 1U << 22;           // PLLCFGR: the PLL's source

constexpr uint32_t kLsiOn = 1U << 0, kLsiReady = 1U << 1, kRemoveFlags = 1U << 24;
constexpr uint32_t kFlagBrownOut = 1U << 25, kFlagPin = 1U << 26, kFlagPower = 1U << 27, kFlagSoftware = 1U << 28;
constexpr uint32_t kFlagIwdg = 1U << 29, kFlagWwdg = 1U << 30, kFlagLowPower = 1U << 31;
constexpr uint32_t kLseOn = 1U << 0, kLseReady = 1U << 1, kBackupReset = 1U << 16;

constexpr uint32_t kHsiHz = 16'000'000;
constexpr uint32_t kHseHz = 8'000'000;

// NRST is pulled low by every reset from inside, so that its flag is always among them.
uint32_t flags_of(ResetCause cause) {
  switch (cause) {
    case ResetCause::kPowerOn:
      return kFlagPower | kFlagBrownOut | kFlagPin;
    case ResetCause::kSoftware:
      return kFlagSoftware | kFlagPin;
    case ResetCause::kIndependentWatchdog:
      return kFlagIwdg | kFlagPin;
    case ResetCause::kWindowWatchdog:
      return kFlagWwdg | kFlagPin;
    case ResetCause::kLowPower:
      return kFlagLowPower | kFlagPin;
    case ResetCause::kPin:
      break;
  }
  return kFlagPin;
}

}  // namespace

Rcc::Rcc(Chip& chip, bool hse, Hooks hooks, const ClockTiming& timing)
    : RegisterModel(BusKind::kAhb), chip_(chip), has_hse_(hse), hooks_(std::move(hooks)), timing_(timing) {
  reset_for(ResetCause::kPowerOn);
}

void Rcc::reset_for(ResetCause cause) {
  const uint32_t backup = cause == ResetCause::kPowerOn ? 0 : words_[kBdcr / 4];
  const State lse = cause == ResetCause::kPowerOn ? State{} : clocks_[kClockLse];
  words_ = {};
  words_[kCr / 4] = 0x80;
  words_[kPllCfgr / 4] = 0x2400'3010;
  words_[0x50 / 4] = 0x0061'900F;
  words_[0x54 / 4] = 0x0000'0080;
  words_[0x60 / 4] = 0x10E2'C80F;
  words_[0x64 / 4] = 0x0007'7930;
  words_[kPllI2sCfgr / 4] = 0x2400'3000;
  words_[kBdcr / 4] = backup;
  clocks_ = {};
  clocks_[kClockLse] = lse;
  clocks_[kClockHsi] = {true, true, 0};
  source_ = kHsi;
  cir_flags_ = 0;
  reset_flags_ = (cause == ResetCause::kPowerOn ? 0 : reset_flags_) | flags_of(cause);
  chip_.set_irq(kIrq, false);
}

Time Rcc::next_event() const {
  Time next = kNever;
  for (const State& clock : clocks_) {
    if (clock.on && !clock.ready) next = std::min(next, clock.ready_at);
  }
  return next;
}

void Rcc::advance() {
  for (size_t i = 0; i < clocks_.size(); ++i) {
    State& clock = clocks_[i];
    if (!clock.on || clock.ready || chip_.now() < clock.ready_at) continue;
    clock.ready = true;
    cir_flags_ |= 1U << i;
  }
  select_source();
  update_irq();
}

void Rcc::switch_clock(Clock clock, bool on, Time delay) {
  State& state = clocks_[clock];
  if (state.on == on) return;
  state = {on, false, on && delay != kNever ? chip_.now() + delay : kNever};
}

void Rcc::select_source() {
  const uint32_t wanted = words_[kCfgr / 4] & 3U;
  if (wanted == source_ || wanted > kPll) return;
  const Clock clock = wanted == kHsi ? kClockHsi : wanted == kHse ? kClockHse : kClockPll;
  if (!clocks_[clock].ready) return;
  source_ = static_cast<Source>(wanted);
  if (hooks_.clocks_changed) hooks_.clocks_changed();
}

void Rcc::write_control(uint32_t value) {
  const bool from_hse = (words_[kPllCfgr / 4] & kFromHse) != 0;
  const bool pll_runs_chip = source_ == kPll;
  // What feeds the core cannot be switched off.
  const bool hsi = (value & kHsiOn) != 0 || source_ == kHsi || (pll_runs_chip && !from_hse);
  const bool hse = (value & kHseOn) != 0 || source_ == kHse || (pll_runs_chip && from_hse);
  const bool pll = (value & kPllOn) != 0 || pll_runs_chip;
  uint32_t stored = value & (kHsiTrim | kHseBypass | kCssOn);
  if (clocks_[kClockHse].on) stored = (stored & ~kHseBypass) | (words_[kCr / 4] & kHseBypass);
  words_[kCr / 4] = stored;
  switch_clock(kClockHsi, hsi, timing_.hsi);
  switch_clock(kClockHse, hse, has_hse_ ? timing_.hse : kNever);
  const bool pll_was_on = clocks_[kClockPll].on;
  switch_clock(kClockPll, pll, timing_.pll);
  // Without its input it never locks.
  if (pll && !pll_was_on && !clocks_[from_hse ? kClockHse : kClockHsi].ready) clocks_[kClockPll].ready_at = kNever;
  switch_clock(kClockPllI2s, (value & kI2sOn) != 0, timing_.pll);
}

void Rcc::write_backup(uint32_t value) {
  if (hooks_.backup_writable && !hooks_.backup_writable()) return;
  if ((value & kBackupReset) != 0) {
    words_[kBdcr / 4] = kBackupReset;
    clocks_[kClockLse] = {};
    return;
  }
  words_[kBdcr / 4] = value & 0x0000'830CU;
  switch_clock(kClockLse, (value & kLseOn) != 0, timing_.lse);
}

uint32_t Rcc::read_word(uint32_t offset) {
  advance();
  const uint32_t word = offset / 4 < words_.size() ? words_[offset / 4] : 0;
  const auto state = [this](Clock clock, uint32_t on, uint32_t ready) {
    return (clocks_[clock].on ? on : 0) | (clocks_[clock].ready ? ready : 0);
  };
  switch (offset) {
    case kCr:
      return word | kHsiCalibration | state(kClockHsi, kHsiOn, kHsiReady) | state(kClockHse, kHseOn, kHseReady) |
             state(kClockPll, kPllOn, kPllReady) | state(kClockPllI2s, kI2sOn, kI2sReady);
    case kCfgr:
      return (word & ~0xCU) | static_cast<uint32_t>(source_) << 2;
    case kCir:
      return word | cir_flags_;
    case kBdcr:
      return word | state(kClockLse, kLseOn, kLseReady);
    case kCsr:
      return reset_flags_ | state(kClockLsi, kLsiOn, kLsiReady);
    default:
      return word;
  }
}

void Rcc::write_word(uint32_t offset, uint32_t value, uint32_t mask) {
  if (offset / 4 >= words_.size()) return;
  value = merge(read_word(offset), value, mask);
  uint32_t& word = words_[offset / 4];
  switch (offset) {
    case kCr:
      return write_control(value);
    case kPllCfgr:
      if (!clocks_[kClockPll].on) word = value & 0x0F43'7FFFU;
      return;
    case kCfgr:
      word = value & ~0xCU;
      select_source();
      if (hooks_.clocks_changed) hooks_.clocks_changed();
      return;
    case kCir:
      cir_flags_ &= ~(value >> 16 & 0x3FU) & ~(value >> 16 & 0x80U);
      word = value & 0x3F00U;
      return update_irq();
    case kBdcr:
      return write_backup(value);
    case kCsr:
      if ((value & kRemoveFlags) != 0) reset_flags_ = 0;
      return switch_clock(kClockLsi, (value & kLsiOn) != 0, timing_.lsi);
    case kDckCfgr:
      word = value & (1U << 24);
      if (hooks_.clocks_changed) hooks_.clocks_changed();
      return;
    default:
      break;
  }
  const bool is_reset = offset >= kFirstReset && offset <= kLastReset;
  word = value;
  if (is_reset && value != 0 && hooks_.reset_parts) hooks_.reset_parts(offset + 0x20, value);
}

void Rcc::update_irq() { chip_.set_irq(kIrq, (cir_flags_ & words_[kCir / 4] >> 8 & 0x3FU) != 0); }

bool Rcc::is_clocked(const ClockGate& gate) const {
  return gate.enable_register == 0 || (words_[gate.enable_register / 4] >> gate.bit & 1U) != 0;
}

bool Rcc::pll_is_on() const { return clocks_[kClockPll].on; }

uint64_t Rcc::vco_input_hz() const {
  if (!clocks_[kClockPll].on) return 0;
  const uint32_t config = words_[kPllCfgr / 4];
  const uint32_t m = config & 0x3FU;
  const uint32_t input = (config & kFromHse) != 0 ? kHseHz : kHsiHz;
  return m == 0 ? 0 : input / m;
}

uint64_t Rcc::vco_hz() const {
  if (!clocks_[kClockPll].on) return 0;
  const uint32_t config = words_[kPllCfgr / 4];
  const uint32_t m = config & 0x3FU;
  const uint64_t input = (config & kFromHse) != 0 ? kHseHz : kHsiHz;
  return m == 0 ? 0 : input * (config >> 6 & 0x1FFU) / m;
}

uint32_t Rcc::pll_hz() const {
  const uint32_t p = ((words_[kPllCfgr / 4] >> 16 & 3U) + 1) * 2;
  return static_cast<uint32_t>(vco_hz() / p);
}

// Never 0, whatever is set: time has to go on so that the trouble can be shown.
uint32_t Rcc::sysclk_hz() const {
  const uint32_t hz = source_ == kPll ? pll_hz() : source_ == kHse ? kHseHz : kHsiHz;
  return std::max(hz, 1'000U);
}

uint32_t Rcc::hclk_hz() const {
  constexpr std::array<uint32_t, 8> kDividers{2, 4, 8, 16, 64, 128, 256, 512};
  const uint32_t prescaler = words_[kCfgr / 4] >> 4 & 0xFU;
  return std::max(prescaler < 8 ? sysclk_hz() : sysclk_hz() / kDividers[prescaler - 8], 1U);
}

uint32_t Rcc::apb_divider(unsigned shift) const {
  const uint32_t prescaler = words_[kCfgr / 4] >> shift & 7U;
  return prescaler < 4 ? 1 : 2U << (prescaler - 4);
}

uint32_t Rcc::pclk1_hz() const { return std::max(hclk_hz() / apb_divider(10), 1U); }
uint32_t Rcc::pclk2_hz() const { return std::max(hclk_hz() / apb_divider(13), 1U); }

uint32_t Rcc::timer_hz(unsigned shift) const {
  const uint32_t divider = apb_divider(shift);
  const bool fast = (words_[kDckCfgr / 4] >> 24 & 1U) != 0;
  const uint32_t free_up_to = fast ? 4 : 1;
  const uint32_t factor = fast ? 4 : 2;
  return std::max(divider <= free_up_to ? hclk_hz() : hclk_hz() / divider * factor, 1U);
}
uint32_t Rcc::timer1_hz() const { return timer_hz(10); }
uint32_t Rcc::timer2_hz() const { return timer_hz(13); }

}  // namespace virtual_board
