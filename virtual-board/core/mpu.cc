#include "virtual-board/core/mpu.h"

#include <algorithm>

namespace virtual_board {
namespace {

constexpr uint32_t kType = 0xD90, kControl = 0xD94, kNumber = 0xD98, kBase = 0xD9C, kAttributes = 0xDA0;
constexpr uint32_t kEnable = 1, kPrivateDefault = 4;
constexpr uint32_t kExecuteNever = 1U << 28;
constexpr uint32_t kNumberIsValid = 1U << 4;

// RBAR and RASR come four times, for programs that load several regions at once.
constexpr uint32_t without_alias(uint32_t offset) { return offset < kBase ? offset : kBase + (offset - kBase) % 8; }

// Without a region: the default memory map (B3.1).
constexpr bool default_allows(uint32_t address, MemoryUse use) {
  const bool device = (address >= 0x4000'0000 && address < 0x6000'0000) || address >= 0xA000'0000;
  return use != MemoryUse::kExecute || !device;
}

}  // namespace

uint32_t Mpu::read(uint32_t offset) const {
  switch (without_alias(offset)) {
    case kType:
      return kRegions << 8;
    case kControl:
      return control_;
    case kNumber:
      return number_;
    case kBase:
      return regions_[number_].base | number_;
    case kAttributes:
      return regions_[number_].attributes;
    default:
      return 0;
  }
}

void Mpu::write(uint32_t offset, uint32_t value) {
  switch (without_alias(offset)) {
    case kControl:
      control_ = value & 7;
      return;
    case kNumber:
      number_ = value % kRegions;
      return;
    case kBase:
      if ((value & kNumberIsValid) != 0) {
        number_ = value % kRegions;
      }
      regions_[number_].base = value & ~0x1FU;
      return;
    case kAttributes:
      regions_[number_].attributes = value & 0x173F'FF3F;
      return;
    default:
      return;
  }
}

bool Mpu::holds(const Region& region, uint32_t address) {
  const unsigned log_size = (region.attributes >> 1 & 0x1F) + 1;
  if ((region.attributes & kEnable) == 0 || log_size < 5) {
    return false;
  }
  const uint64_t size = uint64_t{1} << log_size;
  const uint32_t base = region.base & ~static_cast<uint32_t>(size - 1);
  if (address < base || address - base >= size) {
    return false;
  }
  // From 256 bytes on, eight parts that can be left out.
  const unsigned part = log_size < 8 ? 0 : static_cast<unsigned>((address - base) >> (log_size - 3));
  return log_size < 8 || (region.attributes >> (8 + part) & 1) == 0;
}

bool Mpu::permits(uint32_t attributes, MemoryUse use, bool privileged) {
  struct Access {
    bool read, write;
  };
  const unsigned permission = attributes >> 24 & 7;
  const Access access = [&]() -> Access {
    switch (permission) {
      case 1:
        return {privileged, privileged};
      case 2:
        return {true, privileged};
      case 3:
        return {true, true};
      case 5:
        return {privileged, false};
      case 6:
      case 7:
        return {true, false};
      default:
        return {false, false};
    }
  }();
  switch (use) {
    case MemoryUse::kWrite:
      return access.write;
    case MemoryUse::kExecute:
      return access.read && (attributes & kExecuteNever) == 0;
    default:
      return access.read;
  }
}

bool Mpu::allows(uint32_t address, MemoryUse use, bool privileged) const {
  if (address >= 0xE000'0000 && address < 0xE010'0000) {
    return default_allows(address, use);  // the core's own registers are not its business
  }
  // The highest region that holds the address decides.
  const auto region = std::find_if(regions_.rbegin(), regions_.rend(),
                                   [address](const Region& candidate) { return holds(candidate, address); });
  if (region != regions_.rend()) {
    return default_allows(address, use) && permits(region->attributes, use, privileged);
  }
  return privileged && (control_ & kPrivateDefault) != 0 && default_allows(address, use);
}

}  // namespace virtual_board
