#include "client/src/backoff.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/seed.h"

namespace client {
namespace {

using base::ErrorCode;

class SeededSource final : public entropy::RandomSource {
 public:
  explicit SeededSource(uint64_t seed) : random_(seed) {}
  base::Status generate(base::MutableBytes out) override {
    if (fail_) return base::fail(ErrorCode::kUnseeded);
    for (uint8_t& byte : out) byte = static_cast<uint8_t>(random_());
    return {};
  }
  bool fail_ = false;

 private:
  std::mt19937_64 random_;
};

TEST(Backoff, StartsInTheRangeAndDoublesToTheLimit) {
  SeededSource random(test::announce_seed("backoff"));
  const BackoffOptions defaults;
  for (int round = 0; round < 200; ++round) {
    Backoff backoff(defaults, random);
    const auto first = backoff.next();
    ASSERT_TRUE(first);
    EXPECT_GE(*first, 20'000u);
    EXPECT_LE(*first, 100'000u);
    uint64_t value = *first;
    for (int i = 0; i < 15; ++i) {
      value = std::min<uint64_t>(value * 2, 21'600'000);
      const auto wait = backoff.next();
      ASSERT_TRUE(wait);
      EXPECT_LE(*wait, value);
      EXPECT_GE(*wait, value - value / 8);
    }
    EXPECT_EQ(value, 21'600'000u);
    backoff.reset();
    EXPECT_LE(*backoff.next(), 100'000u);
  }
}

TEST(Backoff, DoesNotOverflow) {
  SeededSource random(test::announce_seed("backoff limits"));
  Backoff backoff({.first_least = UINT64_MAX / 2, .first_most = UINT64_MAX / 2, .limit = UINT64_MAX}, random);
  for (int i = 0; i < 5; ++i) EXPECT_GE(*backoff.next(), UINT64_MAX / 2);
}

TEST(Backoff, RefusesBadOptionsAndADeadGenerator) {
  SeededSource random(1);
  EXPECT_EQ(Backoff({.first_least = 2, .first_most = 1, .limit = 3}, random).next().error(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(Backoff({.first_least = 1, .first_most = 4, .limit = 3}, random).next().error(),
            ErrorCode::kInvalidArgument);
  random.fail_ = true;
  EXPECT_EQ(Backoff({}, random).next().error(), ErrorCode::kUnseeded);
}

TEST(RandomUpTo, HitsEveryValueAndNoOther) {
  SeededSource random(test::announce_seed("random_up_to"));
  for (const uint64_t bound : {0u, 1u, 2u, 4u, 6u}) {
    std::vector<int> hits(bound + 1);
    for (int i = 0; i < 2000; ++i) {
      const auto value = random_up_to(random, bound);
      ASSERT_TRUE(value);
      ASSERT_LE(*value, bound);
      ++hits[*value];
    }
    for (const int count : hits) EXPECT_GT(count, 0);  // (1 - 1/7)^2000 by chance
  }
  EXPECT_TRUE(random_up_to(random, UINT64_MAX));
}

}  // namespace
}  // namespace client
