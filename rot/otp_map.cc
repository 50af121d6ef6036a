#include "rot/otp_map.h"

#include <bit>

#include "base/secure.h"

namespace rot {

using base::ErrorCode;
using base::fail;
using namespace otp_layout;

namespace {

constexpr uint32_t kBlank = 0xffffffff;
constexpr uint8_t kLifecycleStates = 3;  // beyond assembly-and-test, which needs no word

constexpr size_t lifecycle_word(uint8_t state) { return kLifecycleWords + (state - 1u) * Otp::kWordSize; }
constexpr size_t epoch_word(uint32_t bit) { return kFirstEpochBlock * Otp::kBlockSize + bit / 32 * Otp::kWordSize; }
constexpr size_t share_block(size_t slot) { return (kFirstShareBlock + slot) * Otp::kBlockSize; }
constexpr size_t opened_word(size_t slot) { return kRootKeyWord + (1 + 2 * slot) * Otp::kWordSize; }
constexpr size_t valid_word(size_t slot) { return opened_word(slot) + Otp::kWordSize; }

}  // namespace

Status OtpMap::read_word(size_t offset, uint32_t& word) {
  uint8_t raw[Otp::kWordSize];
  BASE_TRY(otp_.read(offset, raw));
  word = base::load_be<uint32_t>(raw);
  return {};
}

Status OtpMap::burn(size_t offset, uint32_t word) {
  uint32_t before = 0;
  BASE_TRY(read_word(offset, before));
  if ((before & word) == before) return {};
  BASE_TRY(otp_.program_word(offset, word));
  uint32_t after = 0;
  BASE_TRY(read_word(offset, after));
  if (after != (before & word)) return fail(ErrorCode::kOtpProgram);
  return {};
}

Status OtpMap::finish_word(size_t offset) {
  uint32_t word = 0;
  BASE_TRY(read_word(offset, word));
  if (word == kBlank || word == 0) return {};
  return burn(offset, 0);
}

Status OtpMap::load() {
  uint32_t layout = 0;
  BASE_TRY(read_word(kLayoutWord, layout));
  if (layout != kBlank) return fail(ErrorCode::kLayoutVersion);

  lifecycle_ = 0;
  for (uint8_t state = 1; state <= kLifecycleStates; ++state) {
    uint32_t word = 0;
    BASE_TRY(read_word(lifecycle_word(state), word));
    if (word != kBlank) lifecycle_ = state;
  }
  for (uint8_t state = 1; state <= lifecycle_; ++state) BASE_TRY(burn(lifecycle_word(state), 0));

  uint32_t root_key = 0;
  BASE_TRY(read_word(kRootKeyWord, root_key));
  root_key_exists_ = root_key != kBlank;

  epoch_ = 0;
  for (uint32_t first = 0; first < kEpochBits; first += 32) {
    uint32_t word = 0;
    BASE_TRY(read_word(epoch_word(first), word));
    if (word != kBlank) epoch_ = first + 32 - static_cast<uint32_t>(std::countr_one(word));
  }
  return {};
}

Status OtpMap::reach(uint8_t state) {
  for (uint8_t step = 1; step <= state; ++step) BASE_TRY(burn(lifecycle_word(step), 0));
  BASE_TRY(otp_.sync());
  if (state > lifecycle_) lifecycle_ = state;
  return {};
}

Status OtpMap::burn_epoch(uint32_t epoch) {
  if (epoch == 0 || epoch > kEpochBits) return {};
  // Without a look at what is there: a bit that a cut left weak may read as burnt just now.
  const Status status = otp_.program_word(epoch_word(epoch - 1), (kBlank >> ((epoch - 1) % 32)) >> 1);
  if (!status && status.error() != ErrorCode::kOtpProgram) return status;
  epoch_ = epoch;
  return {};
}

Status OtpMap::mark_root_key() {
  root_key_exists_ = true;
  return burn(kRootKeyWord, 0);
}

Result<uint8_t> OtpMap::store_share(std::span<uint8_t, kShareSize> share) {
  for (size_t slot = 0; slot < kShareSlots; ++slot) {
    const auto number = static_cast<uint8_t>(slot + 1);
    uint32_t valid = 0;
    BASE_TRY(read_word(valid_word(slot), valid));
    if (valid != kBlank) {
      // Programming "valid" begins only after the whole share was read back, so any zero bit says it is there.
      BASE_TRY(finish_word(valid_word(slot)));
      BASE_TRY(otp_.read(share_block(slot), share));
      return number;
    }
    uint32_t opened = 0;
    BASE_TRY(read_word(opened_word(slot), opened));
    if (opened != kBlank) continue;
    BASE_TRY(burn(opened_word(slot), 0));
    Status written;
    for (size_t at = 0; at < kShareSize && written; at += Otp::kWordSize) {
      written = otp_.program_word(share_block(slot) + at, base::load_be<uint32_t>(&share[at]));
    }
    base::SecretBytes<kShareSize> check;
    if (written) written = otp_.read(share_block(slot), check.span());
    if (written && !base::constant_time_equal(check.view(), share)) written = fail(ErrorCode::kOtpProgram);
    if (!written) {
      if (written.error() == ErrorCode::kOtpProgram || written.error() == ErrorCode::kOtpLocked) continue;
      return fail(written.error());
    }
    BASE_TRY(otp_.sync());
    BASE_TRY(burn(valid_word(slot), 0));
    BASE_TRY(otp_.sync());
    return number;
  }
  return fail(ErrorCode::kOtpExhausted);
}

Status OtpMap::read_share(uint8_t slot, std::span<uint8_t, kShareSize> share) {
  if (slot == 0 || slot > kShareSlots) return fail(ErrorCode::kStoreCorrupt);
  uint32_t valid = 0;
  BASE_TRY(read_word(valid_word(slot - 1u), valid));
  if (valid == kBlank) return fail(ErrorCode::kStoreCorrupt);
  return otp_.read(share_block(slot - 1u), share);
}

Status OtpMap::lock_key_blocks() {
  for (size_t block = kFirstShareBlock; block <= kMarkerBlock; ++block) {
    BASE_ASSIGN(const bool locked, otp_.is_locked(block));
    if (!locked) BASE_TRY(otp_.lock_block(block));
  }
  return otp_.sync();
}

}  // namespace rot
