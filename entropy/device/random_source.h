// What PSA's random functions draw from, on host and device.
#pragma once

#include "base/bytes.h"

namespace entropy {

// PSA's generator (psa_generate_random, key generation) draws from what is set here. One a process or firmware.
class RandomSource {
 public:
  virtual base::Status generate(base::MutableBytes out) = 0;

 protected:
  ~RandomSource() = default;
};
// Null: every draw of PSA fails with PSA_ERROR_INSUFFICIENT_ENTROPY.
void set_psa_random_source(RandomSource* source);
[[nodiscard]] RandomSource* psa_random_source();

}  // namespace entropy
