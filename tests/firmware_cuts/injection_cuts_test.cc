// The power is cut at every operation on flash, OTP and option bytes of a full injection by the real agent firmware, on
// the virtual board. The next start finishes the session: same serial, same key once one was reported, same items. Some
// are cut once more while they recover. tests/cuts/cut_campaign.h says how to run all of them, or one.
//
// Where a torn change of the option bytes may leave SPRMOD on (rot/SPEC.md, section 9) the chip can be lost; then it
// says nothing any more, a debugger finds no flash to read, and what it brings back is no provisioned unit.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "tests/firmware/firmware_board.h"
#include "tests/firmware_cuts/board_cuts.h"
#include "tests/support/seed.h"

namespace test {
namespace {

using namespace virtual_board;
using Clock = std::chrono::steady_clock;

// One in so many operations is cut unless all are: with sanitizers a case takes seconds.
constexpr uint64_t kEvery = 127;

// How a child ended.
enum class Outcome {
  kGood = 0,
  kGoodSecondCut = 1,
  kLost = 2,  // the chip cannot go on
  kInject = CutCampaign::kFirstBad,
  kNotProvisioned,
  kSeedTwice,
  kHello,
  kChip,
  kAttest,
  kLostButRuns,
  kLostButReadable,
  kLostButProvisioned,
};

base::Bytes block_of(const TestStation& station) {
  base::Bytes block(protocol::kBatchBlockSize);
  EXPECT_TRUE(protocol::encode_batch_block(station.batch, std::span<uint8_t, protocol::kBatchBlockSize>(block)));
  return block;
}

class Campaign {
 public:
  explicit Campaign(uint64_t seed)
      : station_(seed),
        unit_(AGENT_ELF, block_of(station_), seed),
        plan_(make_plan(seed % 1000000)),
        cuts_(seed, unit_.board, kEvery) {
    plan_.read_protection = 1;
  }

  // The injection; in a child, its end.
  void run() {
    const ImageContent blank = unit_.image.content();
    rehearse();
    unit_.board.power_off();
    unit_.board.put_in(blank);
    cuts_.begin();
    unit_.board.power_on();
    TestHost host(unit_, station_);
    const auto injected = host.inject(plan_, record_);
    if (cuts_.campaign().is_child()) {
      const Outcome outcome = recover();
      cuts_.campaign().end_child(static_cast<int>(outcome), error_);
    }
    ASSERT_TRUE(injected) << base::error_name(injected.error()) << " " << unit_.board.trouble();
    ASSERT_TRUE(record_.provisioned);
    cuts_.campaign().wait();
  }

  BoardCuts& cuts() { return cuts_; }

 private:
  // So that the simulator has translated the firmware before the first child is made.
  void rehearse() {
    UnitRecord record;
    unit_.board.power_on();
    TestHost host(unit_, station_);
    const auto injected = host.inject(plan_, record);
    ASSERT_TRUE(injected) << base::error_name(injected.error()) << " " << unit_.board.trouble();
  }

  // ---- in a child ----

  void start() {
    unit_.board.power_off();
    unit_.board.power_on();
  }
  Outcome complain(Outcome outcome, base::ErrorCode error = base::ErrorCode::kOk) {
    error_ = error;
    return outcome;
  }

  Outcome recover() {
    const uint64_t seed = cuts_.cut().seed;
    const bool cut_again = seed % 4 == 0 && recover_with_second_cut(mix(seed, 1));
    if (is_execute_only(unit_.image)) return lost();
    start();
    {
      TestHost host(unit_, station_);
      if (const auto injected = host.inject(plan_, record_); !injected)
        return complain(Outcome::kInject, injected.error());
    }
    if (!record_.provisioned) return complain(Outcome::kNotProvisioned);
    auto seeds = record_.seed_commitments;
    std::sort(seeds.begin(), seeds.end());
    if (std::adjacent_find(seeds.begin(), seeds.end()) != seeds.end()) return complain(Outcome::kSeedTwice);
    if (!is_closed()) return complain(Outcome::kChip);
    // And it stays so.
    start();
    TestHost host(unit_, station_);
    const auto hello = host.hello();
    if (!hello) return complain(Outcome::kHello, hello.error());
    if (hello->lifecycle != protocol::Lifecycle::kSecured || !hello->seeded || hello->batch || hello->fault) {
      return complain(Outcome::kHello, static_cast<base::ErrorCode>(hello->fault.value_or(0)));
    }
    if (mix(seed, 2) % 8 == 0) {
      if (const auto attested = host.attest(plan_, record_); !attested)
        return complain(Outcome::kAttest, attested.error());
    }
    return cut_again ? Outcome::kGoodSecondCut : Outcome::kGood;
  }

  // Starts, goes on, and loses the power again: early, where the start repairs, or anywhere later. False: the unit was
  // finished before.
  bool recover_with_second_cut(uint64_t seed) {
    const uint64_t after = mix(seed, 1) % 2 == 0 ? mix(seed, 2) % 40 : mix(seed, 2) % 1500;
    if (is_execute_only(unit_.image)) return false;
    unit_.board.flash().cut_at(after, mix(seed, 3) % 2 == 0 ? Cut::kWhole : Cut::kTorn);
    start();
    TestHost host(unit_, station_);
    const bool finished = static_cast<bool>(host.inject(plan_, record_));
    unit_.board.flash().never_cut();
    return !finished;
  }

  // Everything that lock promises, as a debugger would see it; no byte of the batch's secret is left.
  bool is_closed() const {
    const ImageContent& chip = unit_.image.content();
    const auto level = static_cast<uint8_t>(chip.option_bytes >> 8);
    const bool locks =
        std::all_of(chip.otp_locks.begin() + 1, chip.otp_locks.begin() + 5, [](uint8_t lock) { return lock == 0; });
    const bool identity_only = (chip.option_bytes >> 16 & 0xFF) == 0xFD;
    return locks && identity_only && level != 0xAA && level != 0xCC && !holds(station_.batch.secret);
  }
  bool holds(base::ByteView secret) const {
    const auto& flash = unit_.image.content().flash;
    return std::search(flash.begin(), flash.end(), secret.begin(), secret.end()) != flash.end();
  }

  Outcome lost() {
    start();
    if (unit_.board.run(unit_.board.now() + kSecond, true) != StopReason::kLockup)
      return complain(Outcome::kLostButRuns);
    unit_.board.power_off();
    FlashInterface& flash = unit_.board.flash();
    if (flash.read_protection() == 0 || !flash.unprotect()) return complain(Outcome::kLostButReadable);
    const auto& cells = unit_.image.content().flash;
    if (std::any_of(cells.begin(), cells.end(), [](uint8_t byte) { return byte != 0xFF; })) {
      return complain(Outcome::kLostButReadable);
    }
    if (!unit_.board.flash_elf(AGENT_ELF)) return complain(Outcome::kLostButReadable);
    unit_.board.power_on();
    TestHost host(unit_, station_);
    const auto hello = host.hello();
    return hello && hello->fault && !hello->seeded ? Outcome::kLost : complain(Outcome::kLostButProvisioned);
  }

  TestStation station_;
  FirmwareBoard unit_;
  UnitPlan plan_;
  UnitRecord record_;
  BoardCuts cuts_;
  base::ErrorCode error_ = base::ErrorCode::kOk;
};

TEST(FirmwareInjectionCuts, EveryCutIsFinishedByTheNextStart) {
  Campaign campaign(announce_seed("injection cuts on the virtual board"));
  const auto begin = Clock::now();
  campaign.run();
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  CutCampaign& cuts = campaign.cuts().campaign();
  const auto ended = [&](Outcome outcome) {
    return static_cast<unsigned long long>(cuts.ended(static_cast<int>(outcome)));
  };
  std::printf("%llu operations: %s\n", static_cast<unsigned long long>(cuts.operations()),
              campaign.cuts().operations_by_class().c_str());
  std::printf(
      "%llu cuts (%llu of them a second time): %llu finished by the next start, %llu failed (SPRMOD was left on); %.1f "
      "s\n",
      static_cast<unsigned long long>(cuts.cuts()) + ended(Outcome::kGoodSecondCut), ended(Outcome::kGoodSecondCut),
      ended(Outcome::kGood) + ended(Outcome::kGoodSecondCut), ended(Outcome::kLost), seconds);
  EXPECT_EQ(cuts.failures(), 0U);
  EXPECT_GT(cuts.cuts(), 0U);
}

}  // namespace
}  // namespace test
