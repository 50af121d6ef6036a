// Internal flash as the store sees it: sectors that are erased whole to all ones, words that are
// programmed once, and write protection that outlives a reset.
#pragma once

#include "base/bytes.h"

namespace rot {

using base::ByteView;
using base::MutableBytes;
using base::Result;
using base::Status;

class Flash {
 public:
  virtual ~Flash() = default;

  virtual size_t sector_count() const = 0;
  virtual size_t sector_size(size_t sector) const = 0;  // bytes
  // Bytes programmed at once: 1, 2, 4 or 8. A cut can leave a half-programmed unit.
  virtual size_t write_unit() const = 0;

  // kFlashAlignment: outside the sector; kFlashIo; kFlashPowerLost.
  virtual Status read(size_t sector, size_t offset, MutableBytes out) = 0;
  // `data` is a whole number of units at a unit's boundary, and the target is erased, except that a unit
  // may be programmed a second time to all zeros. Verified by reading back.
  // kFlashAlignment, kFlashNotErased, kFlashProtected, kFlashProgram (worn or torn), kFlashPowerLost, kFlashIo.
  virtual Status program(size_t sector, size_t offset, ByteView data) = 0;
  // A barrier: what was programmed or erased before it is durable before anything after it. A chip's flash is durable
  // word by word and needs nothing here. kFlashIo, kFlashPowerLost.
  virtual Status sync() { return {}; }
  // kFlashProtected, kFlashErase, kFlashPowerLost, kFlashIo.
  virtual Status erase(size_t sector) = 0;
  // Write-protects `sector` for good as far as the agent is concerned. Protecting twice succeeds.
  virtual Status protect(size_t sector) = 0;
  virtual Result<bool> is_protected(size_t sector) = 0;
};

}  // namespace rot
