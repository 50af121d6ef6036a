#include "client/src/backoff.h"

namespace client {

using base::ErrorCode;
using base::fail;

base::Result<uint64_t> random_up_to(entropy::RandomSource& random, uint64_t bound) {
  if (bound == 0) return 0;
  // The smallest all-ones mask that covers the bound: at least half of the draws are taken.
  uint64_t mask = bound;
  for (unsigned shift = 1; shift < 64; shift *= 2) mask |= mask >> shift;
  for (int tries = 0; tries < 128; ++tries) {
    uint8_t raw[8];
    BASE_TRY(random.generate(raw));
    const uint64_t value = base::load_be<uint64_t>(raw) & mask;
    if (value <= bound) return value;
  }
  return fail(ErrorCode::kCrypto);  // 2^-128 for a working generator
}

base::Result<uint64_t> Backoff::next() {
  if (options_.first_least > options_.first_most || options_.first_most > options_.limit) {
    return fail(ErrorCode::kInvalidArgument);
  }
  if (value_ == 0) {
    BASE_ASSIGN(const uint64_t extra, random_up_to(random_, options_.first_most - options_.first_least));
    value_ = options_.first_least + extra;
    return value_;
  }
  value_ = value_ > options_.limit / 2 ? options_.limit : value_ * 2;
  BASE_ASSIGN(const uint64_t less, random_up_to(random_, value_ / 8));
  return value_ - less;
}

}  // namespace client
