// What each word of the one-time-programmable memory means, and the rules by which it only moves forward.
// SPEC.md section 2 has the same table.
#pragma once

#include "rot/otp.h"

namespace rot {

namespace otp_layout {
// Block 0: lifecycle and layout. A lifecycle word with any zero bit counts as reached.
inline constexpr size_t kLifecycleWords = 0;  // psa-rot-provisioning, secured, decommissioned
inline constexpr size_t kLayoutWord = 12;     // all ones: the layout of this program
// Blocks 1 to 3: three slots for the OTP share of the hardware unique key.
inline constexpr size_t kShareSlots = 3;
inline constexpr size_t kFirstShareBlock = 1;
// Block 4: root key exists; then "opened" and "valid" of each slot.
inline constexpr size_t kMarkerBlock = 4;
inline constexpr size_t kRootKeyWord = 4 * Otp::kBlockSize;
// Block 5 is reserved. Blocks 6 to 15: the epoch counter, one bit an epoch, from the most significant bit on.
inline constexpr size_t kFirstEpochBlock = 6;
inline constexpr size_t kEpochBlocks = 10;
inline constexpr size_t kEpochBits = kEpochBlocks * Otp::kBlockSize * 8;
static_assert(kFirstEpochBlock + kEpochBlocks == Otp::kBlockCount);
static_assert((1 + 2 * kShareSlots) * Otp::kWordSize <= Otp::kBlockSize);
}  // namespace otp_layout

inline constexpr size_t kShareSize = 32;  // each of the two shares of the hardware unique key
static_assert(kShareSize == Otp::kBlockSize);

class OtpMap {
 public:
  explicit OtpMap(Otp& otp) : otp_(otp) {}

  // Reads everything and finishes half-burnt lifecycle words. kLayoutVersion, and what the OTP reports.
  Status load();

  // 0 to 3, the numbers of rot::Lifecycle.
  [[nodiscard]] uint8_t lifecycle() const { return lifecycle_; }
  // Burns the word of `state` and those of the states before it.
  Status reach(uint8_t state);

  // The newest epoch on record: the number of the last burnt bit.
  [[nodiscard]] uint32_t epoch() const { return epoch_; }
  // Records `epoch` and all before it in the same word. Beyond the last bit nothing is left to record, and a cell
  // that cannot be burnt makes the record one epoch coarser; neither is an error.
  Status burn_epoch(uint32_t epoch);

  [[nodiscard]] bool root_key_exists() const { return root_key_exists_; }
  Status mark_root_key();

  // Makes `share` durable in a slot and returns its number, 1 to kShareSlots. A slot that an earlier, interrupted
  // attempt completed but nothing uses is taken as it is, and `share` is replaced by its content. A slot that was
  // opened but never became valid is dead. kOtpExhausted: no slot is left.
  Result<uint8_t> store_share(std::span<uint8_t, kShareSize> share);
  // kStoreCorrupt: that slot does not exist or was never completed.
  Status read_share(uint8_t slot, std::span<uint8_t, kShareSize> share);
  // Locks the blocks of the shares and of their markers.
  Status lock_key_blocks();

 private:
  Status read_word(size_t offset, uint32_t& word);
  Status burn(size_t offset, uint32_t word);
  Status finish_word(size_t offset);

  Otp& otp_;
  uint8_t lifecycle_ = 0;
  bool root_key_exists_ = false;
  uint32_t epoch_ = 0;
};

}  // namespace rot
