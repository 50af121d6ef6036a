#include "entropy/host/health_tests.h"

#include <cmath>

namespace entropy {

using base::ErrorCode;
using base::fail;
using base::Status;

uint32_t repetition_cutoff(double min_entropy, int alpha_exponent) {
  return 1 + static_cast<uint32_t>(std::ceil(alpha_exponent / min_entropy));
}

// CRITBINOM(n, p, 1 - alpha) is the smallest k with P(X > k) <= alpha. Summed from the far end of the tail, where
// the terms are smallest, so that nothing is lost to rounding.
uint32_t proportion_cutoff(double min_entropy, uint32_t window, int alpha_exponent) {
  const double n = window;
  const double log_p = -min_entropy * std::log(2.0);
  const double log_q = std::log1p(-std::exp(log_p));
  const double alpha = std::ldexp(1.0, -alpha_exponent);
  double tail = 0;
  for (uint32_t k = window; k > 0; --k) {
    const double log_term =
        std::lgamma(n + 1) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1) + k * log_p + (n - k) * log_q;
    tail += std::exp(log_term);  // P(X >= k) = P(X > k - 1)
    if (tail > alpha) return 1 + k;
  }
  return 1;
}

HealthTests::HealthTests(double min_entropy)
    : repetition_cutoff_(repetition_cutoff(min_entropy)), proportion_cutoff_(proportion_cutoff(min_entropy)) {}

Status HealthTests::check(base::ByteView samples) {
  for (const uint8_t sample : samples) {
    if (!verdict_) break;
    verdict_ = check_one(sample);
  }
  return verdict_;
}

Status HealthTests::check_one(uint8_t sample) {
  if (repeats_ > 0 && sample == last_) {
    ++repeats_;
  } else {
    last_ = sample;
    repeats_ = 1;
  }
  if (repeats_ >= repetition_cutoff_) return fail(ErrorCode::kHealthRepetition);

  if (in_window_ == 0) {
    reference_ = sample;
    same_ = 0;
  }
  if (sample == reference_) ++same_;
  if (same_ >= proportion_cutoff_) return fail(ErrorCode::kHealthProportion);
  if (++in_window_ == kProportionWindow) in_window_ = 0;
  return {};
}

}  // namespace entropy
