// How long to wait between attempts: starts at random within a range, doubles up to a limit, with jitter, so
// that a fleet that lost its server does not come back all at once.
#pragma once

#include "entropy/device/random_source.h"

namespace client {

// Milliseconds. The defaults are those of the field: 20 to 100 s, doubling to 6 h.
struct BackoffOptions {
  uint64_t first_least = 20'000;
  uint64_t first_most = 100'000;
  uint64_t limit = 21'600'000;
};

// A number from 0 to `bound`, both included, without bias. Errors of the generator.
[[nodiscard]] base::Result<uint64_t> random_up_to(entropy::RandomSource& random, uint64_t bound);

class Backoff {
 public:
  Backoff(const BackoffOptions& options, entropy::RandomSource& random) : options_(options), random_(random) {}

  // The wait before the next attempt. The first lies between first_least and first_most; each later one
  // between 7/8 of a value and the value, which doubles until it reaches the limit.
  // kInvalidArgument: first_least > first_most or first_most > limit; and what the generator reports.
  [[nodiscard]] base::Result<uint64_t> next();
  void reset() { value_ = 0; }

 private:
  BackoffOptions options_;
  entropy::RandomSource& random_;
  uint64_t value_ = 0;  // 0: none drawn yet
};

}  // namespace client
