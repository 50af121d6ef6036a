// Flash and OTP of the root of trust on an STM32F411: sectors S1, S2 and S3 (16 KiB each, from 0x08004000) as sectors
// 0, 1 and 2, and the OTP area at 0x1FFF7800. No state in memory; the board makes one of each.
#pragma once

#include "rot/flash.h"
#include "rot/otp.h"

namespace rot {

class Stm32Flash final : public Flash {
 public:
  static constexpr unsigned kFirstSector = 1;  // of the chip
  static constexpr size_t kSectorCount = 3;
  static constexpr size_t kSectorSize = 16 * 1024;

  size_t sector_count() const override { return kSectorCount; }
  size_t sector_size(size_t) const override { return kSectorSize; }
  size_t write_unit() const override { return 4; }
  Status read(size_t sector, size_t offset, MutableBytes out) override;
  Status program(size_t sector, size_t offset, ByteView data) override;
  Status erase(size_t sector) override;
  // Also what Stm32OptionBytes reports.
  Status protect(size_t sector) override;
  Result<bool> is_protected(size_t sector) override;
};

class Stm32Otp final : public Otp {
 public:
  Status read(size_t offset, MutableBytes out) override;
  Status program_word(size_t offset, uint32_t word) override;
  Status lock_block(size_t block) override;
  // Only a lock byte of all zeros counts: lock_block() finishes one that a cut left half done.
  Result<bool> is_locked(size_t block) override;
};

}  // namespace rot
