#include "client/src/time_floor.h"

#include <gtest/gtest.h>
#include <psa/crypto.h>

#include "rot/well_known.h"
#include "tests/support/test_unit.h"

namespace client {
namespace {

using base::ErrorCode;

constexpr int64_t kInjected = 1'700'000'000;

class TimeFloorTest : public testing::Test {
 protected:
  void open(int64_t injected) {
    test::provision(board_, {.uri = "https://x", .current_time = injected}, test::KeyPair::generate());
    ASSERT_EQ(psa_crypto_init(), PSA_SUCCESS);
    rot_.emplace(board_.otp(), board_.flash(), board_.layout(), board_.chip_id());
    ASSERT_TRUE(rot_->mount());
    floor_.emplace(*rot_);
  }
  test::TestBoard board_{"time-floor-chip"};
  std::optional<rot::Rot> rot_;
  std::optional<TimeFloor> floor_;
};

TEST_F(TimeFloorTest, WithoutAClockTheFloorIsTheTime) {
  open(kInjected);
  const auto now = floor_->now(std::nullopt);
  ASSERT_TRUE(now);
  EXPECT_EQ(now->seconds, static_cast<uint64_t>(kInjected));
  EXPECT_FALSE(now->from_clock);
  EXPECT_FALSE(now->clock_behind);
}

TEST_F(TimeFloorTest, NeverBelievesAClockBeforeIt) {
  open(kInjected);
  for (const uint64_t clock : {uint64_t{0}, uint64_t{1}, static_cast<uint64_t>(kInjected) - 1}) {
    const auto now = floor_->now(clock);
    ASSERT_TRUE(now);
    EXPECT_EQ(now->seconds, static_cast<uint64_t>(kInjected));
    EXPECT_FALSE(now->from_clock);
    EXPECT_TRUE(now->clock_behind);
  }
  const auto now = floor_->now(kInjected);
  ASSERT_TRUE(now);
  EXPECT_TRUE(now->from_clock);
  EXPECT_EQ(floor_->now(kInjected + 5)->seconds, static_cast<uint64_t>(kInjected) + 5);
  EXPECT_EQ(*floor_->seconds(), static_cast<uint64_t>(kInjected)) << "a clock must not move the floor";
}

TEST_F(TimeFloorTest, RisesAndNeverFalls) {
  open(kInjected);
  ASSERT_TRUE(floor_->raise(kInjected - 100));
  EXPECT_EQ(*floor_->seconds(), static_cast<uint64_t>(kInjected));
  ASSERT_TRUE(floor_->raise(kInjected + 100));
  ASSERT_TRUE(floor_->raise(kInjected + 50));
  EXPECT_EQ(*floor_->seconds(), static_cast<uint64_t>(kInjected) + 100);

  rot::Rot again(board_.otp(), board_.flash(), board_.layout(), board_.chip_id());
  ASSERT_TRUE(again.mount());
  EXPECT_EQ(*TimeFloor(again).seconds(), static_cast<uint64_t>(kInjected) + 100) << "after a restart";
}

TEST_F(TimeFloorTest, IsZeroWithoutAnInjectedTime) {
  open(0);
  EXPECT_EQ(*floor_->seconds(), 0u);
  EXPECT_TRUE(floor_->now(1)->from_clock);
}

}  // namespace
}  // namespace client
