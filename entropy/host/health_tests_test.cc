#include "entropy/host/health_tests.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace entropy {
namespace {

using base::ErrorCode;
using Bytes = std::vector<uint8_t>;

// By hand from SP 800-90B section 4.4.1: C = 1 + ceil(-log2(alpha) / H).
TEST(Cutoffs, RepetitionCount) {
  EXPECT_EQ(repetition_cutoff(1, 20), 21U);
  EXPECT_EQ(repetition_cutoff(2, 20), 11U);
  EXPECT_EQ(repetition_cutoff(8, 20), 4U);
  EXPECT_EQ(repetition_cutoff(1), 31U);
  EXPECT_EQ(repetition_cutoff(8), 5U);
  EXPECT_EQ(repetition_cutoff(0.5), 61U);
  EXPECT_EQ(repetition_cutoff(7, 30), 6U);
}

// The example cutoffs that NIST tabulates with the test, for alpha = 2^-20.
TEST(Cutoffs, AdaptiveProportionMatchesTheTablesOfNist) {
  struct {
    double entropy;
    uint32_t window;
    uint32_t cutoff;
  } const table[] = {{0.2, 1024, 941}, {0.4, 1024, 840}, {0.6, 1024, 748}, {0.8, 1024, 664}, {1, 1024, 589},
                     {0.5, 512, 410},  {1, 512, 311},    {2, 512, 177},    {4, 512, 62},     {8, 512, 13}};
  for (const auto& row : table) EXPECT_EQ(proportion_cutoff(row.entropy, row.window, 20), row.cutoff) << row.entropy;
}

// The figure in use with alpha = 2^-30 for one bit a sample, as other implementations have it.
TEST(Cutoffs, AdaptiveProportionAtOurAlpha) {
  EXPECT_EQ(proportion_cutoff(1), 325U);
  EXPECT_EQ(proportion_cutoff(0.0625), 512U);  // the least that a seed source may claim still can fail
}

TEST(HealthTests, RepetitionStopsAtTheCutoffAndStays) {
  HealthTests tests(8);
  EXPECT_TRUE(tests.check(Bytes{1, 7, 7, 7, 7, 2}));  // four in a row: one less than the cutoff
  EXPECT_TRUE(tests.check(Bytes{9, 9, 9}));
  EXPECT_EQ(tests.check(Bytes{9, 9}).error(), ErrorCode::kHealthRepetition);  // goes on across calls
  EXPECT_EQ(tests.check(Bytes{1, 2, 3}).error(), ErrorCode::kHealthRepetition);
  EXPECT_EQ(tests.check({}).error(), ErrorCode::kHealthRepetition);
}

// `wanted` samples of a window equal its first one, spread so that none repeats at once.
Bytes window_with(uint32_t wanted) {
  Bytes samples;
  uint8_t other = 1;
  for (uint32_t i = 0; i < kProportionWindow; ++i) {
    const bool same = i % 4 == 0 && i / 4 < wanted;
    if (!same) other = static_cast<uint8_t>(other == 255 ? 1 : other + 1);
    samples.push_back(same ? 0 : other);
  }
  return samples;
}

TEST(HealthTests, ProportionStopsAtTheCutoff) {
  const uint32_t cutoff = proportion_cutoff(8);
  ASSERT_LT(cutoff, kProportionWindow / 4);
  HealthTests below(8);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(below.check(window_with(cutoff - 1)));  // each window counts anew
  HealthTests at(8);
  EXPECT_EQ(at.check(window_with(cutoff)).error(), ErrorCode::kHealthProportion);
}

TEST(HealthTests, AnHonestSourcePassesAndABiasedOneDoesNot) {
  std::mt19937_64 random(20261122);
  HealthTests honest(8);
  Bytes samples(1 << 20);
  for (auto& sample : samples) sample = static_cast<uint8_t>(random());
  EXPECT_TRUE(honest.check(samples));

  HealthTests biased(8);
  for (auto& sample : samples) {
    if (random() % 8 == 0) sample = 0x55;  // min-entropy under 3 bits
  }
  EXPECT_FALSE(biased.check(samples));
  HealthTests claimed(2);  // the same source, honestly claimed
  EXPECT_TRUE(claimed.check(samples));
}

}  // namespace
}  // namespace entropy
