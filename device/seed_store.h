// The generator's seed store, on the root of trust. Here because `rot` and `entropy` never include each
// other, and because agent and client both need it and never include each other either.
#pragma once

#include "entropy/device/generator.h"
#include "rot/rot.h"

namespace device {

class RotSeedStore final : public entropy::SeedStore {
 public:
  explicit RotSeedStore(rot::Rot& rot) : rot_(rot) {}

  base::Status load(std::span<uint8_t, entropy::kSeedSize> seed) override;
  base::Status store(std::span<const uint8_t, entropy::kSeedSize> seed) override;
  base::Result<uint64_t> next_boot_count() override;

 private:
  rot::Rot& rot_;
};

}  // namespace device
