// The continuous health tests of SP 800-90B section 4.4, on samples of one byte. The cutoffs are computed
// from the min-entropy that the source claims, not pasted.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace entropy {

// Probability of a false alarm of one test: 2^-kAlphaExponent. SP 800-90B suggests 2^-20 to 2^-40. With 2^-30
// and about 1,200 samples a unit an honest source stops a line of a million units about once.
inline constexpr int kAlphaExponent = 30;
inline constexpr uint32_t kProportionWindow = 512;  // section 4.4.2, samples that are not binary

// Section 4.4.1: C = 1 + ceil(-log2(alpha) / H). `min_entropy` H in bits a sample, above 0.
[[nodiscard]] uint32_t repetition_cutoff(double min_entropy, int alpha_exponent = kAlphaExponent);
// Section 4.4.2: C = 1 + CRITBINOM(W, 2^-H, 1 - alpha). W + 1 means a test that cannot fail: H is too small
// for this window, and a source with such a claim must be refused (under 0.0586 bits with the defaults).
[[nodiscard]] uint32_t proportion_cutoff(double min_entropy, uint32_t window = kProportionWindow,
                                         int alpha_exponent = kAlphaExponent);

class HealthTests {
 public:
  explicit HealthTests(double min_entropy);

  // Takes the next samples of the source, in order. kHealthRepetition, kHealthProportion; from then on every
  // call fails the same way, since a source that failed is not trusted again by itself.
  base::Status check(base::ByteView samples);

 private:
  base::Status check_one(uint8_t sample);

  const uint32_t repetition_cutoff_;
  const uint32_t proportion_cutoff_;
  base::Status verdict_;
  uint8_t last_ = 0;
  uint32_t repeats_ = 0;    // how often `last_` came in a row; 0: no sample yet
  uint8_t reference_ = 0;   // first sample of the present window
  uint32_t in_window_ = 0;  // samples of the present window so far
  uint32_t same_ = 0;       // how many of them equal `reference_`
};

}  // namespace entropy
