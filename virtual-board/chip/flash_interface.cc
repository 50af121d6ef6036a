#include "virtual-board/chip/flash_interface.h"

#include <algorithm>

namespace virtual_board {

using namespace flash;

FlashInterface::FlashInterface(Chip& chip, Image& image, const FlashTiming& timing)
    : chip_(chip), image_(image), timing_(timing) {
  reset();
}

void FlashInterface::reset() {
  busy_until_.reset();
  power_lost_ = false;
  acr_ = sr_ = cr_ = 0;
  start_ = option_start_ = false;
  lock_.reset();
  option_lock_.reset();
  half_unit_.reset();
  optcr_ = (image_.content().option_bytes & optcr::kStored) | optcr::kReservedOnes;
  update_irq();
}

unsigned FlashInterface::wait_states() const { return acr_ & acr::kLatency; }

uint32_t FlashInterface::read(uint32_t offset, unsigned size) {
  advance();
  uint32_t word = 0;
  switch (offset & ~3u) {
    case kAcr:
      word = acr_;
      break;
    case kSr:
      word = sr_ | (busy_until_ ? sr::kBsy : 0);
      break;
    case kCr:
      word = cr_ | (start_ ? cr::kStrt : 0) | (lock_.open() ? 0 : cr::kLock);
      break;
    case kOptcr:
      word = optcr_ | (option_start_ ? optcr::kStrt : 0) | (option_lock_.open() ? 0 : optcr::kLock);
      break;
    default:  // the key registers are write-only
      break;
  }
  word >>= 8 * (offset & 3);
  return size == 4 ? word : word & ((1u << (8 * size)) - 1);
}

void FlashInterface::write(uint32_t offset, uint32_t value, unsigned size) {
  advance();
  if (power_lost_) return;
  const uint32_t reg = offset & ~3u;
  if (reg == kKeyr || reg == kOptkeyr) {
    KeyLock& lock = reg == kKeyr ? lock_ : option_lock_;
    // A key that does not come as one word is a wrong one; 0 is no key.
    if (!lock.write(size == 4 ? value : 0)) chip_.bus_error();
    return;
  }

  // A byte or half-word leaves the rest of the register as it is.
  const unsigned shift = 8 * (offset & 3);
  const uint32_t mask = (size == 4 ? ~0u : (1u << (8 * size)) - 1) << shift;
  const uint32_t part = (value << shift) & mask;
  switch (reg) {
    case kAcr: {
      const uint32_t word = (acr_ & ~mask) | part;
      uint32_t stored = acr::kLatency | acr::kPrefetch | acr::kInstructionCache | acr::kDataCache;
      if (!(acr_ & acr::kInstructionCache)) stored |= acr::kInstructionCacheReset;
      if (!(acr_ & acr::kDataCache)) stored |= acr::kDataCacheReset;
      const uint32_t kept = acr_ & ~stored & (acr::kInstructionCacheReset | acr::kDataCacheReset);
      acr_ = (word & stored) | kept;
      break;
    }
    case kSr:
      sr_ &= ~(part & sr::kClearable);
      update_irq();
      break;
    case kCr:
      if (lock_.open()) write_cr((cr_ & ~mask) | part);
      break;
    case kOptcr:
      if (option_lock_.open()) write_optcr((optcr_ & ~mask) | part);
      break;
    default:
      break;
  }
}

void FlashInterface::write_cr(uint32_t value) {
  cr_ = value & cr::kStored;
  half_unit_.reset();
  update_irq();
  if (value & cr::kStrt) start_erase();
  if (value & cr::kLock) lock_.lock();
}

void FlashInterface::advance() {
  if (!busy_until_ || chip_.now() < *busy_until_) return;
  busy_until_.reset();
  start_ = option_start_ = false;
  if (cr_ & cr::kEopie) sr_ |= sr::kEop;
  update_irq();
  chip_.reschedule();
}

// An operation cannot run. OPERR is raised only where its interrupt is wanted.
void FlashInterface::refuse(uint32_t flags) {
  sr_ |= flags;
  if (cr_ & cr::kErrie) sr_ |= sr::kOperr;
  update_irq();
}

void FlashInterface::begin_busy(Time duration) {
  busy_until_ = std::max(chip_.now(), busy_until_.value_or(0)) + duration;
  counters_.busy += duration;
  chip_.reschedule();
}

void FlashInterface::update_irq() {
  const bool done = (sr_ & sr::kEop) && (cr_ & cr::kEopie);
  const bool error = (sr_ & sr::kOperr) && (cr_ & cr::kErrie);
  chip_.set_irq(kIrq, done || error);
}

}  // namespace virtual_board
