// The cells as the bus sees them: what reads as what, and which writes are programmed (RM0383 section 3.6.4, 3.9).
#include <algorithm>
#include <cstring>

#include "virtual-board/chip/flash_interface.h"

namespace virtual_board {

using namespace flash;

namespace {

constexpr uint32_t kRow = 16;                       // bytes that one program access may not leave
constexpr Region kSystemArea{0x1FFF'0000, 0x7A30};  // boot loader, OTP, its lock bytes, unique id, flash size

constexpr bool contains(const Region& region, uint32_t address, size_t size = 1) {
  return address >= region.base && size <= region.size && address - region.base <= region.size - size;
}

constexpr size_t sector_of(uint32_t address) {
  size_t sector = 0;
  while (address - kSectors[sector].base >= kSectors[sector].size) sector++;
  return sector;
}

}  // namespace

bool FlashInterface::covers(uint32_t address) {
  return contains(kFlash, address) || contains(kSystemArea, address) || contains(kOptionBytes, address);
}

bool FlashInterface::is_write_protected(size_t sector) const {
  const uint32_t options = image_.content().option_bytes;
  const bool bit = (options >> (optcr::kNwrpShift + sector)) & 1;
  return (options & optcr::kSprmod) ? bit : !bit;
}

bool FlashInterface::is_read_protected(uint32_t address) const {
  return (image_.content().option_bytes & optcr::kSprmod) && contains(kFlash, address) &&
         is_write_protected(sector_of(address));
}

uint8_t FlashInterface::byte_at(uint32_t address) const {
  const ImageContent& content = image_.content();
  if (contains(kFlash, address)) return content.flash[address - kFlash.base];
  if (contains(kOtp, address)) return content.otp[address - kOtp.base];
  if (contains(kOtpLocks, address)) return content.otp_locks[address - kOtpLocks.base];
  if (contains(kUniqueId, address)) return content.unique_id[address - kUniqueId.base];
  if (address == kFlashSizeRegister) return (kFlash.size / 1024) & 0xFF;
  if (address == kFlashSizeRegister + 1) return (kFlash.size / 1024) >> 8;
  const uint32_t options = content.option_bytes;
  switch (address - kOptionBytes.base) {
    case 0:  // USER: 0xEF in a new chip; bits 0 and 1 have no meaning, bit 4 is 0
      return static_cast<uint8_t>((options & optcr::kUser) | 3);
    case 1:
      return static_cast<uint8_t>(options >> optcr::kRdpShift);
    case 8:
      return static_cast<uint8_t>(options >> optcr::kNwrpShift);
    case 9:
      return (options & optcr::kSprmod) ? 0xFF : 0x7F;
    default:
      return 0xFF;
  }
}

uint32_t FlashInterface::read_cells(uint32_t address, unsigned size) {
  if (is_read_protected(address)) {
    refuse(sr::kRderr);
    return 0;
  }
  uint32_t value = 0;
  for (unsigned i = 0; i < size; i++) value |= uint32_t{byte_at(address + i)} << (8 * i);
  return value;
}

FlashInterface::Cells FlashInterface::cells_at(uint32_t address, size_t size) {
  ImageContent& content = image_.content();
  const auto part = [&](auto& bytes, const Region& region) {
    return std::span<uint8_t>(bytes).subspan(address - region.base, size);
  };
  if (contains(kFlash, address, size)) return {Area::kMain, part(content.flash, kFlash)};
  if (contains(kOtp, address, size)) return {Area::kOneTime, part(content.otp, kOtp)};
  if (contains(kOtpLocks, address, size)) return {Area::kOneTimeLocks, part(content.otp_locks, kOtpLocks)};
  return {Area::kReadOnly, {}};
}

bool FlashInterface::is_protected(Area area, uint32_t address) const {
  switch (area) {
    case Area::kMain:
      return is_write_protected(sector_of(address));
    case Area::kOneTime: {
      constexpr uint32_t kBlock = kOtp.size / kOtpLocks.size;
      static_assert(kBlock % kRow == 0, "one unit is in one block");
      return image_.content().otp_locks[(address - kOtp.base) / kBlock] == 0x00;
    }
    case Area::kOneTimeLocks:
      return false;  // what is 0x00 already stays so
    case Area::kReadOnly:
      break;
  }
  return true;
}

void FlashInterface::write_cells(uint32_t address, uint32_t value, unsigned size) {
  advance();
  if (power_lost_) return;
  const unsigned unit = 1u << ((cr_ & cr::kPsize) >> cr::kPsizeShift);
  uint32_t errors = 0;
  if (!lock_.open() || !(cr_ & cr::kPg) || erasing()) errors |= sr::kPgserr;
  // The core breaks an unaligned access into narrower ones, which do not fit PSIZE either.
  if (size != std::min(unit, 4u) || address % size != 0) errors |= sr::kPgperr;
  if (address % kRow + size > kRow) errors |= sr::kPgaerr;
  // Across a row's end, the row that it starts in decides.
  if (is_protected(cells_at(address, 1).area, address)) errors |= sr::kWrperr;
  if (unit == 8) {
    const bool second = address % 8 == 4;
    if (second != half_unit_.has_value() || (second && half_unit_->address + 4 != address)) errors |= sr::kPgserr;
  }
  if (errors) {
    half_unit_.reset();
    refuse(errors);
    return;
  }

  std::array<uint8_t, 8> bytes{};
  if (unit == 8 && !half_unit_) {
    half_unit_ = {address, value};
    return;
  }
  if (unit == 8) {
    std::memcpy(bytes.data(), &half_unit_->value, 4);
    std::memcpy(bytes.data() + 4, &value, 4);
    address -= 4;
    half_unit_.reset();
  } else {
    std::memcpy(bytes.data(), &value, size);
  }
  program(address, std::span(bytes).first(unit));
}

// Bits only fall: one that would have to rise stays 0, and no flag tells.
void FlashInterface::program(uint32_t address, std::span<const uint8_t> value) {
  using Kind = FlashOperation::Kind;
  const Cells cells = cells_at(address, value.size());
  const Kind kind = cells.area == Area::kMain      ? Kind::kProgram
                    : cells.area == Area::kOneTime ? Kind::kOneTime
                                                   : Kind::kLock;
  const std::optional<Cut> cut = next_operation(kind, address);
  const uint64_t spared = cut == Cut::kTorn ? random_bits(chip_.random() % 3) : 0;
  for (size_t i = 0; i < value.size(); i++) {
    cells.bytes[i] &= static_cast<uint8_t>(value[i] | (spared >> (8 * i)));
  }
  if (cells.area == Area::kMain) {
    counters_.units_programmed++;
    chip_.code_changed(address, value.size());
  } else {
    counters_.otp_units++;
    if (cells.area == Area::kOneTimeLocks) counters_.otp_locks++;
  }
  if (cut) return lose_power();
  begin_busy(timing_.program_unit);
}

}  // namespace virtual_board
