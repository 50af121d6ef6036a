#include "virtual-board/app/pace.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace virtual_board::app {
namespace {

TEST(Pace, ComputingWaitsForNothing) {
  Pace pace(Pace::Mode::kWaiting);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(pace.wait(), 0U);
    pace.passed(10 * kMicrosecond);
    EXPECT_EQ(pace.step(), Pace::kStep);
    pace.ran(Pace::kStep, 0, false);
  }
}

TEST(Pace, WhatWasSleptIsPaid) {
  Pace pace(Pace::Mode::kWaiting);
  pace.passed(0);
  pace.ran(kMillisecond, kMillisecond / 2, false);
  EXPECT_EQ(pace.wait(), 0U);  // too little for a system call
  pace.passed(100 * kMicrosecond);
  pace.ran(kMillisecond, 700 * kMicrosecond, false);
  EXPECT_EQ(pace.wait(), 1'100 * kMicrosecond);
}

TEST(Pace, WhoOnlyWaitsWaitsFirstInStepsThatGrow) {
  Pace pace(Pace::Mode::kWaiting);
  pace.ran(kMillisecond, kMillisecond, false);
  EXPECT_TRUE(pace.only_waits());
  EXPECT_EQ(pace.wait(), 2 * kMillisecond) << "the millisecond that is owed, and the next one";
  pace.passed(2 * kMillisecond + 60 * kMicrosecond);
  EXPECT_EQ(pace.step(), kMillisecond + 60 * kMicrosecond);
  Time longest = 0;
  for (int i = 0; i < 10; ++i) {
    const Time step = pace.step();
    pace.ran(step, step, false);
    longest = std::max(longest, pace.wait());
    pace.passed(pace.wait());
  }
  EXPECT_EQ(longest, Pace::kLongestStep);
  pace.woken();
  EXPECT_EQ(pace.wait(), 0U);
}

TEST(Pace, InputInTheMiddleOfAWaitBringsItUpToThePresentOnly) {
  Pace pace(Pace::Mode::kWaiting);
  pace.ran(kMillisecond, kMillisecond, false);
  pace.passed(1'300 * kMicrosecond);
  EXPECT_EQ(pace.step(), 300 * kMicrosecond);
}

TEST(Pace, IdleWaitsForEver) {
  Pace pace(Pace::Mode::kWaiting);
  pace.ran(kMillisecond, kMillisecond, true);
  EXPECT_EQ(pace.wait(), kNever);
  pace.passed(100 * kSecond);
  EXPECT_EQ(pace.step(), Pace::kMostCredit);
}

TEST(Pace, AllAndNever) {
  Pace all(Pace::Mode::kAll);
  all.ran(2 * kMillisecond, 0, false);
  EXPECT_EQ(all.wait(), 2 * kMillisecond);
  EXPECT_FALSE(all.only_waits());
  Pace never(Pace::Mode::kNever);
  never.ran(kMillisecond, kMillisecond, false);
  EXPECT_EQ(never.wait(), 0U);
  never.passed(10);
  EXPECT_EQ(never.step(), Pace::kStep);
  never.ran(kMillisecond, kMillisecond, true);
  EXPECT_EQ(never.step(), Pace::kIdleStep);
}

// Whatever the mix: the time a program waited is never ahead of real time by more than a step and a wait too short to
// be made.
TEST(Pace, WaitingIsNeverAheadOfRealTime) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  Pace pace(Pace::Mode::kWaiting);
  Time waited = 0;
  Time real = 0;
  for (int i = 0; i < 20'000; ++i) {
    const Time wait = pace.wait();
    ASSERT_LE(wait, Pace::kLongestStep + 2 * Pace::kStep);
    // Input may end a wait early, the computer may be late.
    const Time spent = random() % 4 == 0 ? random() % (wait + 1) : wait + random() % (200 * kMicrosecond);
    real += spent;
    pace.passed(spent);
    if (random() % 8 == 0) pace.woken();
    const Time step = pace.step();
    const Time slept = random() % 3 == 0 ? random() % (step + 1) : random() % 2 == 0 ? step : 0;
    pace.ran(step, slept, false);
    waited += slept;
    ASSERT_LE(waited, real + 2 * Pace::kStep) << "round " << i;
  }
}

}  // namespace
}  // namespace virtual_board::app
