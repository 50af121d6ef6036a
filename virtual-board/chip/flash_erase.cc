// Sector erase, mass erase and what a debugger does before it programs (RM0383 section 3.6.3, 3.7.4).
#include <algorithm>

#include "virtual-board/chip/flash_interface.h"

namespace virtual_board {

using namespace flash;

namespace {

constexpr size_t size_class(size_t sector) {  // index into FlashTiming::erase
  return kSectors[sector].size == 16 * 1024 ? 0 : kSectors[sector].size == 64 * 1024 ? 1 : 2;
}

// Milliseconds by PSIZE (x64: with the external Vpp) for 16, 64, 128 KiB: typical values of the data sheet.
constexpr std::array<std::array<Time, 3>, 4> kTypical{{
    {400, 1'200, 2'000},
    {300, 700, 1'300},
    {250, 550, 1'000},
    {230, 490, 875},
}};

bool touches(const Sector& sector, const LoadPiece& piece) {
  const uint64_t end = uint64_t{piece.address} + piece.bytes.size();
  return !piece.bytes.empty() && piece.address < sector.base + sector.size && end > sector.base;
}

}  // namespace

bool FlashInterface::any_write_protected() const {
  for (size_t sector = 0; sector < kSectors.size(); sector++) {
    if (is_write_protected(sector)) return true;
  }
  return false;
}

Time FlashInterface::erase_time(size_t sector) const {
  const size_t size = size_class(sector);
  const size_t psize = (cr_ & cr::kPsize) >> cr::kPsizeShift;
  return timing_.erase[size] / kTypical[2][size] * kTypical[psize][size];
}

void FlashInterface::start_erase() {
  const bool sector_erase = cr_ & cr::kSer;
  const bool mass_erase = cr_ & cr::kMer;
  if (!sector_erase && !mass_erase) return;
  const size_t sector = (cr_ & cr::kSnb) >> cr::kSnbShift;
  // Numbers from 8 on are no sector of this chip, or those of OTP and of the option bytes, which cannot be erased so.
  const bool forbidden = sector_erase && mass_erase  ? true
                         : mass_erase                ? any_write_protected()
                         : sector >= kSectors.size() ? true
                                                     : is_write_protected(sector);
  if (forbidden) return refuse(sr::kWrperr);

  const size_t first = mass_erase ? 0 : sector;
  const std::optional<Cut> cut = next_operation(FlashOperation::Kind::kErase, kSectors[first].base);
  const size_t count = mass_erase ? kSectors.size() : 1;
  erase(first, count, cut);
  if (cut) return lose_power();
  Time duration = 0;
  for (size_t i = first; i < first + count; i++) duration += erase_time(i);
  start_ = true;
  begin_busy(duration);
}

void FlashInterface::erase(size_t first, size_t count, std::optional<Cut> cut) {
  const uint32_t base = kSectors[first].base;
  const uint32_t end = kSectors[first + count - 1].base + kSectors[first + count - 1].size;
  const std::span<uint8_t> bytes = std::span(image_.content().flash).subspan(base - kFlash.base, end - base);
  if (cut == Cut::kTorn) {
    const uint64_t density = chip_.random() % 3;
    for (size_t i = 0; i < bytes.size(); i += 8) {
      const uint64_t risen = random_bits(density);
      for (size_t j = 0; j < 8; j++) bytes[i + j] |= static_cast<uint8_t>(risen >> (8 * j));
    }
  } else {
    std::ranges::fill(bytes, uint8_t{0xFF});
  }
  counters_.sectors_erased += count;
  chip_.code_changed(base, bytes.size());
}

bool FlashInterface::may_load(const LoadPiece& piece) const {
  const uint64_t end = uint64_t{piece.address} + piece.bytes.size();
  if (read_protection() != 0 || piece.address < kFlash.base || end > uint64_t{kFlash.base} + kFlash.size) return false;
  for (size_t i = 0; i < kSectors.size(); i++) {
    if (touches(kSectors[i], piece) && is_write_protected(i)) return false;
  }
  return true;
}

bool FlashInterface::load(std::span<const LoadPiece> pieces) {
  begin_load();
  if (!std::ranges::all_of(pieces, [&](const LoadPiece& piece) { return may_load(piece); })) return false;
  for (const LoadPiece& piece : pieces) load(piece.address, piece.bytes);
  return true;
}

bool FlashInterface::load(uint32_t address, std::span<const uint8_t> bytes) {
  const LoadPiece piece{address, bytes};
  if (!may_load(piece)) return false;
  auto& cells = image_.content().flash;
  for (size_t i = 0; i < kSectors.size(); i++) {
    if (!touches(kSectors[i], piece) || loaded_sectors_.test(i)) continue;
    loaded_sectors_.set(i);
    std::fill_n(cells.begin() + (kSectors[i].base - kFlash.base), kSectors[i].size, uint8_t{0xFF});
    chip_.code_changed(kSectors[i].base, kSectors[i].size);
  }
  std::ranges::copy(bytes, cells.begin() + (address - kFlash.base));
  chip_.code_changed(address, bytes.size());
  return true;
}

}  // namespace virtual_board
