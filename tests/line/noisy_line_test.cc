// A line that flips bits, drops, doubles and delays bytes, and a man in the middle: success or a clear link
// failure, never a wrong result.
#include <gtest/gtest.h>

#include <cstdio>
#include <optional>
#include <random>

#include "tests/support/factory_floor.h"
#include "tests/support/line.h"
#include "tests/support/seed.h"

namespace test {
namespace {

// The tool waits less than a user's would, so that a lost frame does not cost the test two seconds.
CommandResult inject_through(FactoryFloor& floor, const Line& line) {
  return floor.inject(line.host_path(), {"--reply-limit", "300"});
}

// Whatever the line did: what the registry says is true of the device, on a clean line. The damaged one must be gone:
// it would read the device's answers away.
void expect_truth(FactoryFloor& floor, UnitProcess& unit) {
  const auto last = floor.inject(unit.port());
  ASSERT_EQ(last.exit_code, 0) << last.err << unit.log();
  EXPECT_EQ(floor.state_of(unit.chip_id()), "provisioned");
  const auto verified = floor.tool({"verify", "--port", unit.port()});
  EXPECT_EQ(verified.exit_code, 0) << verified.err;
}

TEST(NoisyLine, SuccessOrAClearLinkFailure) {
  constexpr int kUnits = 12;
  const uint64_t seed = announce_seed("noisy line");
  std::mt19937_64 random(seed);
  FactoryFloor floor(kUnits);
  int succeeded = 0;
  int link_failures = 0;
  uint64_t faults = 0;
  for (int i = 0; i < kUnits; ++i) {
    auto unit = floor.new_unit();
    unit->power_on();
    const auto strength = static_cast<uint32_t>(100U << (i % 4));  // 100 to 800 in a million, of each kind
    std::optional<Line> line;
    line.emplace(
        unit->port(),
        LineOptions{.seed = random(),
                    .faults = {.flip = strength, .drop = strength, .doubled = strength, .delay = strength / 4}});
    const auto result = inject_through(floor, *line);
    faults += line->counts().faults;
    line.reset();
    if (result.exit_code == 0) {
      ++succeeded;
      EXPECT_EQ(floor.state_of(unit->chip_id()), "provisioned");
    } else {
      EXPECT_EQ(result.exit_code, 4) << result.err;  // the link failed, and nothing else
      ++link_failures;
    }
    unit->power_off();
    unit->power_on();
    expect_truth(floor, *unit);
  }
  std::printf("noisy line: %llu faults on %d lines; %d succeeded through them, %d link failures\n",
              static_cast<unsigned long long>(faults), kUnits, succeeded, link_failures);
  EXPECT_GT(faults, 0U);
  EXPECT_GT(succeeded, 0);
}

TEST(NoisyLine, ACutCableIsALinkFailureAndTheUnitResumes) {
  FactoryFloor floor(6);
  for (const size_t after : {40U, 300U, 900U, 1800U, 3000U}) {
    auto unit = floor.new_unit();
    unit->power_on();
    {
      Line line(unit->port(), {});
      line.set_tap([&line, after, passed = size_t{0}](bool, base::Bytes& bytes) mutable {
        passed += bytes.size();
        if (passed > after) line.cut();
      });
      const auto result = inject_through(floor, line);
      EXPECT_EQ(result.exit_code, 4) << result.err;
    }
    expect_truth(floor, *unit);
  }
}

TEST(NoisyLine, AManInTheMiddleChangesNothing) {
  const uint64_t seed = announce_seed("man in the middle");
  std::mt19937_64 random(seed);
  FactoryFloor floor(8);
  for (int i = 0; i < 6; ++i) {
    auto unit = floor.new_unit();
    unit->power_on();
    {
      Line line(unit->port(), {});
      // Records what passes and throws old frames back in, in both directions, whole and reordered.
      std::vector<base::Bytes> recorded;
      line.set_tap([&](bool to_device, base::Bytes& bytes) {
        recorded.push_back(bytes);
        if (random() % 2 == 0) {
          const base::Bytes old = recorded[random() % recorded.size()];
          bytes.insert(to_device && random() % 2 == 0 ? bytes.begin() : bytes.end(), old.begin(), old.end());
        }
      });
      const auto result = inject_through(floor, line);
      EXPECT_TRUE(result.exit_code == 0 || result.exit_code == 4) << result.err;
    }
    unit->power_off();
    unit->power_on();
    expect_truth(floor, *unit);
  }
  EXPECT_EQ(floor.tool({"audit", "verify"}).exit_code, 0);
}

}  // namespace
}  // namespace test
