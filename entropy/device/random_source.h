// What PSA's random functions draw from, on host and device.
#pragma once

#include "base/bytes.h"

namespace entropy {

// PSA's generator (psa_generate_random, key generation) draws from what is set here. One a process or firmware.
class RandomSource {
 public:
  virtual base::Status generate(base::MutableBytes out) = 0;
  // Makes every later output depend on `data` as well; counts as no entropy. Called with what is about to be signed and
  // with what came from a peer: a generator whose storage was put back repeats itself, and a nonce of
  // ECDSA that stands under two messages gives away the key. A source that cannot repeat itself need not do anything.
  // After a failure the source hands out nothing.
  virtual void stir(base::ByteView /*data*/) {}

 protected:
  ~RandomSource() = default;
};
// Null: every draw of PSA fails with PSA_ERROR_INSUFFICIENT_ENTROPY.
void set_psa_random_source(RandomSource* source);
[[nodiscard]] RandomSource* psa_random_source();
// stir() of the source that is set; to be called before PSA signs `data`.
void stir_psa_random(base::ByteView data);

}  // namespace entropy
