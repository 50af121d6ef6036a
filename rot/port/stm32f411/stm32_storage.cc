#include "rot/port/stm32f411/stm32_storage.h"

#include "rot/port/stm32f411/flash_driver.h"
#include "rot/port/stm32f411/option_bytes.h"
#include "rot/port/stm32f411/registers.h"

namespace rot {

using base::ErrorCode;
using base::fail;
using namespace stm32f411;

namespace {

constexpr uint32_t kOtpSize = Otp::kBlockSize * Otp::kBlockCount;
static_assert(kOtpBase + kOtpSize == kOtpLockBase);

constexpr uint32_t kStoreBase = kFlashBase + sector_offset(Stm32Flash::kFirstSector);
static_assert(sector_offset(Stm32Flash::kFirstSector + Stm32Flash::kSectorCount) - sector_offset(1) ==
              Stm32Flash::kSectorCount * Stm32Flash::kSectorSize);

// Copies cells out; volatile, since the memory changes behind the compiler's back.
Status read_cells(uint32_t base, size_t size, size_t offset, MutableBytes out) {
  if (offset > size || out.size() > size - offset) return fail(ErrorCode::kFlashAlignment);
  const auto* cells = reinterpret_cast<const uint8_t*>(base + static_cast<uint32_t>(offset));
  asm volatile("" : "+r"(cells)::"memory");
  base::copy(out, {cells, out.size()});
  return {};
}

uint32_t word_at(uint32_t address) { return *reinterpret_cast<const volatile uint32_t*>(address); }

}  // namespace

Status Stm32Flash::read(size_t sector, size_t offset, MutableBytes out) {
  if (sector >= kSectorCount) return fail(ErrorCode::kFlashAlignment);
  return read_cells(kStoreBase + sector * kSectorSize, kSectorSize, offset, out);
}

Status Stm32Flash::program(size_t sector, size_t offset, ByteView data) {
  BASE_ASSIGN(const bool closed, is_protected(sector));
  if ((offset | data.size()) % 4 != 0 || offset > kSectorSize || data.size() > kSectorSize - offset) {
    return fail(ErrorCode::kFlashAlignment);
  }
  if (closed) return fail(ErrorCode::kFlashProtected);
  uint32_t address = kStoreBase + sector * kSectorSize + offset;
  for (; !data.empty(); data = data.subspan(4), address += 4) {
    uint32_t word;
    std::memcpy(&word, data.data(), sizeof word);
    if (word != 0 && word_at(address) != 0xFFFF'FFFF) return fail(ErrorCode::kFlashNotErased);
    BASE_TRY(Stm32FlashDriver::program_word(address, word));
  }
  return {};
}

Status Stm32Flash::erase(size_t sector) {
  BASE_ASSIGN(const bool closed, is_protected(sector));
  if (closed) return fail(ErrorCode::kFlashProtected);
  return Stm32FlashDriver::erase_sector(kFirstSector + sector);
}

Status Stm32Flash::protect(size_t sector) {
  if (sector >= kSectorCount) return fail(ErrorCode::kFlashAlignment);
  return Stm32OptionBytes::write_protect(kFirstSector + sector);
}

Result<bool> Stm32Flash::is_protected(size_t sector) {
  if (sector >= kSectorCount) return fail(ErrorCode::kFlashAlignment);
  return Stm32OptionBytes::is_write_protected(kFirstSector + sector);
}

// ---- OTP ----

namespace {

Status as_otp(Status status) {
  if (status || status.error() == ErrorCode::kFlashIo) return status;
  return fail(status.error() == ErrorCode::kFlashProtected ? ErrorCode::kOtpLocked : ErrorCode::kOtpProgram);
}

}  // namespace

Status Stm32Otp::read(size_t offset, MutableBytes out) { return read_cells(kOtpBase, kOtpSize, offset, out); }

Status Stm32Otp::program_word(size_t offset, uint32_t word) {
  if (offset % kWordSize != 0 || offset >= kOtpSize) return fail(ErrorCode::kFlashAlignment);
  BASE_ASSIGN(const bool locked, is_locked(offset / kBlockSize));
  if (locked) return fail(ErrorCode::kOtpLocked);
  const uint32_t address = kOtpBase + static_cast<uint32_t>(offset);
  // Numbers on the chip are big-endian, its words are not. Bits that are burnt already are burnt again: a cut may have
  // left them weak.
  return as_otp(Stm32FlashDriver::program_word(address, __builtin_bswap32(word) & word_at(address)));
}

Status Stm32Otp::lock_block(size_t block) {
  BASE_ASSIGN(const bool locked, is_locked(block));
  if (locked) return {};
  return as_otp(Stm32FlashDriver::program_byte(kOtpLockBase + static_cast<uint32_t>(block), 0));
}

Result<bool> Stm32Otp::is_locked(size_t block) {
  if (block >= kBlockCount) return fail(ErrorCode::kFlashAlignment);
  return *reinterpret_cast<const volatile uint8_t*>(kOtpLockBase + static_cast<uint32_t>(block)) == 0;
}

}  // namespace rot
