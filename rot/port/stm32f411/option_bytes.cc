#include "rot/port/stm32f411/option_bytes.h"

#include "rot/port/stm32f411/flash_driver.h"
#include "rot/port/stm32f411/registers.h"

namespace rot {

using base::ErrorCode;
using base::fail;
using base::Status;
using namespace stm32f411;

namespace {

uint32_t word_at(uint32_t address) { return *reinterpret_cast<const volatile uint32_t*>(address); }

uint8_t byte_of(uint32_t options) { return static_cast<uint8_t>(options >> optcr::kReadProtectionShift); }

unsigned level_of(uint32_t options) {
  if (byte_of(options) == kLevel0) return 0;
  return byte_of(options) == kLevel2 ? 2 : 1;
}

// What the cells hold, in the layout of OPTCR. The register itself shows what was last written to it, durable or not;
// but at level 2 nothing may read the cells any more (RM0383 section 3.7.3), and nothing can change them.
uint32_t stored() {
  const uint32_t shown = flash_registers().optcr;
  if (level_of(shown) == 2) return shown;
  return (word_at(kOptionsLow) & 0xFFFF) | word_at(kOptionsHigh) << 16;
}

// An erase only sets bits and a program only clears bits that are 0 in the target, so a cut leaves a byte with all bits
// of the old or of the new value. None of the values that are written here has all its bits inside another one.
constexpr bool is_within(uint8_t value, uint8_t other) { return (value & ~other) == 0; }
static_assert(!is_within(kLevel0, kLevel1) && !is_within(kLevel0, kLevel2));
static_assert(!is_within(kLevel1, kLevel0) && !is_within(kLevel1, kLevel2));
static_assert(!is_within(kLevel2, kLevel0) && !is_within(kLevel2, kLevel1));

// A level 1 that some other tool set: a half-done erase of it could read as level 2, or as level 0. It stays for good.
bool is_fixed(uint32_t options) {
  return level_of(options) == 1 && (is_within(byte_of(options), kLevel2) || is_within(byte_of(options), kLevel0));
}

// Of a change that was cut: some of its bits may be weak, so what they read does not count.
bool is_torn(uint32_t options) { return level_of(options) == 1 && byte_of(options) != kLevel1 && !is_fixed(options); }

Status change(uint32_t clear, unsigned level) {
  const uint32_t now = stored();
  if (is_fixed(now)) return fail(ErrorCode::kUnsupported);
  constexpr uint8_t kBytes[] = {kLevel0, kLevel1, kLevel2};
  uint32_t wanted = now & ~(clear | optcr::kReadProtection | optcr::kCodeProtectionMode);
  wanted |= uint32_t{kBytes[level]} << optcr::kReadProtectionShift;
  const uint32_t others = flash_registers().optcr & ~(optcr::kFields | optcr::kLock | optcr::kStart);
  BASE_TRY(Stm32FlashDriver::write_options((wanted & optcr::kFields) | others));
  return ((stored() ^ wanted) & optcr::kFields) == 0 ? Status{} : fail(ErrorCode::kFlashProgram);
}

constexpr uint32_t protection_bit(unsigned sector) { return 1U << (optcr::kNotWriteProtectedShift + sector); }

}  // namespace

Status Stm32OptionBytes::write_protect(unsigned sector) {
  return is_write_protected(sector) ? Status{} : change(protection_bit(sector), read_protection());
}

bool Stm32OptionBytes::is_write_protected(unsigned sector) {
  const uint32_t now = stored();
  return !is_torn(now) && ((now | flash_registers().optcr) & protection_bit(sector)) == 0;
}

unsigned Stm32OptionBytes::read_protection() { return level_of(stored()); }

Status Stm32OptionBytes::raise_read_protection(unsigned level) {
  if (level > 2) return fail(ErrorCode::kInvalidArgument);
  const uint32_t now = stored();
  if (level_of(now) >= level) {
    if (!is_torn(now)) return {};
    level = 1;
  }
  return change(0, level);
}

}  // namespace rot
