#include "rot/port/ram/ram_chip.h"

#include <algorithm>

namespace rot::ram {

using base::ErrorCode;
using base::fail;

Chip::Chip(Geometry geometry, uint64_t seed) : geometry_(std::move(geometry)) {
  reseed(seed);
  for (const size_t size : geometry_.sector_sizes) {
    image_.sectors.push_back({std::vector<uint8_t>(size, 0xff), {}, false});
  }
  image_.otp.fill(0xff);
  image_.otp_unstable.fill(0);
  image_.otp_locked.fill(false);
  erases_.resize(geometry_.sector_sizes.size());
  worn_.resize(geometry_.sector_sizes.size());
}

void Chip::cut_at(uint64_t after, Cut how) {
  cut_at_ = counters_.operations + after;
  cut_ = how;
}

void Chip::power_on() {
  off_ = false;
  cut_at_.reset();
}

void Chip::fail_programs(size_t sector, size_t from, size_t to, uint64_t count) {
  failures_.push_back({sector, from, to, count});
}

uint64_t Chip::random() {
  // SplitMix64.
  random_ += 0x9e3779b97f4a7c15u;
  uint64_t z = random_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

Status Chip::usable() const {
  if (off_) return fail(ErrorCode::kFlashPowerLost);
  if (io_failing_) return fail(ErrorCode::kFlashIo);
  return {};
}

std::optional<Cut> Chip::begin_operation() {
  const bool cut = cut_at_ == counters_.operations;
  ++counters_.operations;
  if (!cut) return {};
  off_ = true;
  return cut_;
}

void Chip::clear_bits(MutableBytes cells, MutableBytes unstable, ByteView data, std::optional<Cut> cut) {
  const bool torn = cut && *cut != Cut::kWhole;
  for (size_t i = 0; i < cells.size(); ++i) {
    const auto wanted = static_cast<uint8_t>(~data[i]);  // bits to clear
    const auto done = torn ? static_cast<uint8_t>(wanted & random()) : wanted;
    const auto changed = static_cast<uint8_t>(wanted & cells[i] & ~done);
    cells[i] = static_cast<uint8_t>(cells[i] & ~done);
    if (unstable.empty()) continue;
    unstable[i] = static_cast<uint8_t>(unstable[i] & ~done);
    if (cut == Cut::kUnstable) unstable[i] = static_cast<uint8_t>(unstable[i] | (changed & random()));
  }
}

// ---- flash ----

size_t Chip::RamFlash::sector_count() const { return chip_.geometry_.sector_sizes.size(); }
size_t Chip::RamFlash::sector_size(size_t sector) const { return chip_.geometry_.sector_sizes[sector]; }
size_t Chip::RamFlash::write_unit() const { return chip_.geometry_.write_unit; }

Status Chip::RamFlash::read(size_t sector, size_t offset, MutableBytes out) {
  BASE_TRY(chip_.usable());
  if (sector >= sector_count() || offset > sector_size(sector) || out.size() > sector_size(sector) - offset) {
    return fail(ErrorCode::kFlashAlignment);
  }
  ++chip_.counters_.reads;
  const Image::Sector& cells = chip_.image_.sectors[sector];
  base::copy(out, ByteView(cells.data).subspan(offset, out.size()));
  if (!cells.unstable.empty()) {
    for (size_t i = 0; i < out.size(); ++i) {
      if (cells.unstable[offset + i] != 0) {
        out[i] = static_cast<uint8_t>(out[i] ^ (cells.unstable[offset + i] & chip_.random()));
      }
    }
  }
  return {};
}

Status Chip::RamFlash::program_unit(size_t sector, size_t offset, ByteView data) {
  Image::Sector& cells = chip_.image_.sectors[sector];
  const MutableBytes target = MutableBytes(cells.data).subspan(offset, data.size());
  const bool erased = std::all_of(target.begin(), target.end(), [](uint8_t byte) { return byte == 0xff; });
  const bool zeros = std::all_of(data.begin(), data.end(), [](uint8_t byte) { return byte == 0; });
  if (!erased && !zeros) return fail(ErrorCode::kFlashNotErased);

  const std::optional<Cut> cut = chip_.begin_operation();
  ++chip_.counters_.units_programmed;
  if (cut == Cut::kUnstable && cells.unstable.empty()) cells.unstable.resize(cells.data.size());
  const MutableBytes unstable =
      cells.unstable.empty() ? MutableBytes{} : MutableBytes(cells.unstable).subspan(offset, data.size());

  bool failing = chip_.worn_[sector];
  for (Failure& failure : chip_.failures_) {
    if (failure.sector == sector && failure.count > 0 && offset < failure.to && offset + data.size() > failure.from) {
      --failure.count;
      failing = true;
    }
  }
  if (failing && !cut) {
    // One bit that should have been cleared stays.
    std::vector<uint8_t> partial(data.begin(), data.end());
    const size_t byte = chip_.random() % partial.size();
    const uint8_t before = target[byte];
    partial[byte] = 0xff;
    chip_.clear_bits(target, unstable, partial, {});
    return before == data[byte] ? Status{} : fail(ErrorCode::kFlashProgram);
  }
  chip_.clear_bits(target, unstable, data, cut);
  if (cut) return fail(ErrorCode::kFlashPowerLost);
  return {};
}

Status Chip::RamFlash::program(size_t sector, size_t offset, ByteView data) {
  BASE_TRY(chip_.usable());
  const size_t unit = write_unit();
  if (sector >= sector_count() || offset % unit != 0 || data.size() % unit != 0 || offset > sector_size(sector) ||
      data.size() > sector_size(sector) - offset) {
    return fail(ErrorCode::kFlashAlignment);
  }
  if (chip_.image_.sectors[sector].is_protected) return fail(ErrorCode::kFlashProtected);
  for (size_t at = 0; at < data.size(); at += unit) {
    BASE_TRY(program_unit(sector, offset + at, data.subspan(at, unit)));
  }
  return {};
}

Status Chip::RamFlash::erase(size_t sector) {
  BASE_TRY(chip_.usable());
  if (sector >= sector_count()) return fail(ErrorCode::kFlashAlignment);
  Image::Sector& cells = chip_.image_.sectors[sector];
  if (cells.is_protected) return fail(ErrorCode::kFlashProtected);
  const std::optional<Cut> cut = chip_.begin_operation();
  ++chip_.counters_.sectors_erased;
  ++chip_.erases_[sector];
  if (cut == Cut::kTorn || cut == Cut::kUnstable) {
    if (*cut == Cut::kUnstable) cells.unstable.resize(cells.data.size());
    for (size_t i = 0; i < cells.data.size(); ++i) {
      const uint64_t random = chip_.random();
      const auto still_zero = static_cast<uint8_t>(~cells.data[i] & random);
      cells.data[i] = static_cast<uint8_t>(~still_zero);
      if (*cut == Cut::kUnstable) cells.unstable[i] = static_cast<uint8_t>(still_zero & (random >> 8));
    }
    return fail(ErrorCode::kFlashPowerLost);
  }
  if (chip_.worn_[sector] && !cut) return fail(ErrorCode::kFlashErase);
  std::fill(cells.data.begin(), cells.data.end(), uint8_t{0xff});
  cells.unstable.clear();
  if (cut) return fail(ErrorCode::kFlashPowerLost);
  return {};
}

Status Chip::RamFlash::protect(size_t sector) {
  BASE_TRY(chip_.usable());
  if (sector >= sector_count()) return fail(ErrorCode::kFlashAlignment);
  const std::optional<Cut> cut = chip_.begin_operation();
  ++chip_.counters_.locks;
  if (cut && *cut != Cut::kWhole) return fail(ErrorCode::kFlashPowerLost);
  chip_.image_.sectors[sector].is_protected = true;
  if (cut) return fail(ErrorCode::kFlashPowerLost);
  return {};
}

Result<bool> Chip::RamFlash::is_protected(size_t sector) {
  BASE_TRY(chip_.usable());
  if (sector >= sector_count()) return fail(ErrorCode::kFlashAlignment);
  return chip_.image_.sectors[sector].is_protected;
}

// ---- OTP ----

Status Chip::RamOtp::read(size_t offset, MutableBytes out) {
  BASE_TRY(chip_.usable());
  Image& image = chip_.image_;
  if (offset > image.otp.size() || out.size() > image.otp.size() - offset) return fail(ErrorCode::kFlashAlignment);
  ++chip_.counters_.reads;
  base::copy(out, ByteView(image.otp).subspan(offset, out.size()));
  for (size_t i = 0; i < out.size(); ++i) {
    if (image.otp_unstable[offset + i] != 0) {
      out[i] = static_cast<uint8_t>(out[i] ^ (image.otp_unstable[offset + i] & chip_.random()));
    }
  }
  return {};
}

Status Chip::RamOtp::program_word(size_t offset, uint32_t word) {
  BASE_TRY(chip_.usable());
  Image& image = chip_.image_;
  if (offset % kWordSize != 0 || offset + kWordSize > image.otp.size()) return fail(ErrorCode::kFlashAlignment);
  if (image.otp_locked[offset / kBlockSize]) return fail(ErrorCode::kOtpLocked);
  const std::optional<Cut> cut = chip_.begin_operation();
  ++chip_.counters_.otp_words;
  std::array<uint8_t, kWordSize> raw;
  base::store_be(raw.data(), word);
  chip_.clear_bits(MutableBytes(image.otp).subspan(offset, kWordSize),
                   MutableBytes(image.otp_unstable).subspan(offset, kWordSize), raw, cut);
  if (cut) return fail(ErrorCode::kFlashPowerLost);
  return {};
}

Status Chip::RamOtp::lock_block(size_t block) {
  BASE_TRY(chip_.usable());
  if (block >= kBlockCount) return fail(ErrorCode::kFlashAlignment);
  const std::optional<Cut> cut = chip_.begin_operation();
  ++chip_.counters_.locks;
  if (cut && *cut != Cut::kWhole) return fail(ErrorCode::kFlashPowerLost);
  chip_.image_.otp_locked[block] = true;
  if (cut) return fail(ErrorCode::kFlashPowerLost);
  return {};
}

Result<bool> Chip::RamOtp::is_locked(size_t block) {
  BASE_TRY(chip_.usable());
  if (block >= kBlockCount) return fail(ErrorCode::kFlashAlignment);
  return chip_.image_.otp_locked[block];
}

}  // namespace rot::ram
