#include "device/seed_store.h"

namespace device {

base::Status RotSeedStore::load(std::span<uint8_t, entropy::kSeedSize> seed) {
  BASE_ASSIGN(const size_t size, rot_.get_state(rot::StateId::kSeed, seed));
  if (size != seed.size()) return base::fail(base::ErrorCode::kStoreCorrupt);
  return {};
}

base::Status RotSeedStore::store(std::span<const uint8_t, entropy::kSeedSize> seed) {
  // The store would take it, under a key that everyone can derive.
  if (!rot_.has_root_key()) return base::fail(base::ErrorCode::kNoRootKey);
  return rot_.put_state(rot::StateId::kSeed, seed);
}

base::Result<uint64_t> RotSeedStore::next_boot_count() {
  BASE_ASSIGN(const uint64_t count, rot_.get_state_u64(rot::StateId::kBootCount));
  BASE_TRY(rot_.put_state_u64(rot::StateId::kBootCount, count + 1));
  return count + 1;
}

}  // namespace device
