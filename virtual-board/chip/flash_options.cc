// Option bytes: FLASH_OPTCR and what a change of read and write protection does (RM0383 section 3.7).
#include "virtual-board/chip/flash_interface.h"

namespace virtual_board {

using namespace flash;

namespace {

constexpr unsigned level_of(uint32_t options) {
  const auto rdp = static_cast<uint8_t>(options >> optcr::kRdpShift);
  return rdp == kRdpLevel0 ? 0 : rdp == kRdpLevel2 ? 2 : 1;
}

// `from` with those of the bits in which `to` differs that `changed` picks.
constexpr uint32_t between(uint32_t from, uint32_t to, uint32_t changed) { return from ^ ((from ^ to) & changed); }

}  // namespace

unsigned FlashInterface::read_protection() const { return level_of(image_.content().option_bytes); }

// The register takes a new value at once; the option bytes only with OPTSTRT.
void FlashInterface::write_optcr(uint32_t value) {
  optcr_ = (value & optcr::kStored) | optcr::kReservedOnes;
  if (value & optcr::kStrt) start_option_change();
  if (value & optcr::kLock) option_lock_.lock();
}

bool FlashInterface::may_change_options(uint32_t target) const {
  const uint32_t old = image_.content().option_bytes;
  if (level_of(old) == 2) return false;
  // PCROP is given up only together with the contents of main flash.
  if ((old & optcr::kSprmod) && !(level_of(old) == 1 && level_of(target) == 0)) {
    const uint32_t opened = old & ~target & optcr::kNwrp;
    if (!(target & optcr::kSprmod) || opened != 0) return false;
  }
  return true;
}

void FlashInterface::start_option_change() {
  const uint32_t old = image_.content().option_bytes;
  if (!may_change_options(optcr_)) return refuse(sr::kWrperr);

  const std::optional<Cut> cut = next_operation(FlashOperation::Kind::kOptions, kOptionBytes.base);
  counters_.option_changes++;
  Time duration = timing_.option_bytes;
  const bool regression = level_of(old) == 1 && level_of(optcr_) == 0;
  if (regression) {
    // First, so that a cut never leaves readable what was protected. OTP stays.
    const bool cut_here = cut == Cut::kTorn && (chip_.random() & 1);
    erase(0, kSectors.size(), cut_here ? cut : std::nullopt);
    if (cut_here) return lose_power();
    for (size_t i = 0; i < kSectors.size(); i++) duration += erase_time(i);
  }
  image_.content().option_bytes = cut == Cut::kTorn ? torn_options(old, optcr_) : optcr_;
  if (cut) return lose_power();
  option_start_ = true;
  begin_busy(duration);
}

bool FlashInterface::unprotect() {
  ImageContent& content = image_.content();
  if (read_protection() == 2) return false;
  if (read_protection() == 1 || (content.option_bytes & optcr::kSprmod)) {
    content.flash.fill(0xFF);
    chip_.code_changed(kFlash.base, kFlash.size);
  }
  content.option_bytes = optcr_ = optcr::kFactory;
  return true;
}

// Their sector is erased and then programmed: the cut is during the erase, between the two, or during the program.
uint32_t FlashInterface::torn_options(uint32_t old, uint32_t target) {
  const uint32_t erased = optcr::kErased | (erased_sprmod_ ? optcr::kSprmod : 0);
  const auto bits = static_cast<uint32_t>(random_bits(chip_.random() % 3));
  switch (chip_.random() % 3) {
    case 0:
      return between(old, erased, bits);
    case 1:
      return erased;
    default:
      return between(erased, target, bits);
  }
}

}  // namespace virtual_board
