// One-time-programmable memory: bits go from 1 to 0 and never back; blocks can be locked for good.
#pragma once

#include "base/bytes.h"

namespace rot {

using base::ByteView;
using base::MutableBytes;
using base::Result;
using base::Status;

class Otp {
 public:
  static constexpr size_t kBlockSize = 32;   // bytes
  static constexpr size_t kBlockCount = 16;  // as on the STM32F411; other chips map theirs onto it
  static constexpr size_t kWordSize = 4;     // smallest unit that is programmed

  virtual ~Otp() = default;
  // kFlashAlignment: outside the area; kFlashIo: the chip or file cannot be read (e.g. RDP with a debugger).
  virtual Status read(size_t offset, MutableBytes out) = 0;
  // Clears the bits that are 0 in `word`; word-aligned. kOtpLocked; kOtpProgram: did not read back; kFlashPowerLost.
  virtual Status program_word(size_t offset, uint32_t word) = 0;
  // A barrier, as Flash::sync(): what was programmed or locked before it is durable when it returns. A chip's OTP is
  // durable word by word and needs nothing here. kFlashIo.
  virtual Status sync() { return {}; }
  // Forbids any change to block `block`, and to no other, for good. Locking a locked block succeeds.
  virtual Status lock_block(size_t block) = 0;
  virtual Result<bool> is_locked(size_t block) = 0;
};

}  // namespace rot
