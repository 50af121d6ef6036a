// The power is cut at every flash and OTP operation of a full injection, and a second time during the recovery.
//
// One injection runs in this process. Before each operation it forks: the child loses its power in that
// operation (whole: done but unacknowledged; torn: a random part of its bits, of a word or of a sector being
// erased; unstable: as torn, and the cells in between read at random), starts again and must bring the unit to a
// verified receipt with the same serial, the same key once one was reported, and the same items. Half of the children
// are cut once more while they recover. So every cut starts from the very state that the injection had there.
// cut_campaign.h says how to run more of it, or one case.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>

#include "tests/cuts/cut_campaign.h"
#include "tests/cuts/hooked_chip.h"
#include "tests/support/ram_unit.h"
#include "tests/support/seed.h"

namespace test {
namespace {

using rot::ram::Cut;
using Clock = std::chrono::steady_clock;

constexpr int kKinds = 3;  // the values of Cut

// How a child ended; its exit code.
enum class Outcome { kGood = 0, kGoodSecondCut = 1, kStart = 10, kInject = 11, kNotProvisioned = 12, kAttest = 13, kState = 14 };

class Campaign {
 public:
  explicit Campaign(uint64_t seed)
      : station_(seed), unit_(&station_.batch, seed), plan_(make_plan(seed % 1000000)),
        cuts_(seed, {.kinds = {"whole", "torn", "unstable"}, .rounds_of_all = 5}),
        flash_(unit_.chip.flash(), [this](Operation kind) { at_operation(kind); }),
        otp_(unit_.chip.otp(), [this](Operation kind) { at_operation(kind); }) {
    unit_.flash_port = &flash_;
    unit_.otp_port = &otp_;
    unit_.cut_wipe = [this] {
      at_operation(Operation::kWipe);
      return std::exchange(cut_wipe_, false);
    };
  }

  // The injection itself; in a child, its end. Never returns there.
  void run() {
    const auto started = unit_.power_on();
    ASSERT_TRUE(started) << base::error_name(started.error());
    TestHost host(unit_, station_);
    const auto injected = host.inject(plan_, record_);
    if (cuts_.is_child()) {
      const Outcome outcome = recover();
      cuts_.end_child(static_cast<int>(outcome), error_);
    }
    ASSERT_TRUE(injected) << base::error_name(injected.error());
    ASSERT_TRUE(record_.provisioned);
    cuts_.wait();
  }

  const CutCampaign& cuts() const { return cuts_; }

 private:
  void at_operation(Operation kind) {
    const bool is_wipe = kind == Operation::kWipe;
    const auto cut = cuts_.before_operation(is_wipe ? std::vector{0, 1, 0} : std::vector{1, 1, 1});
    if (!cut) return;
    child_seed_ = cut->seed;
    unit_.chip.reseed(child_seed_);
    if (is_wipe) {
      cut_wipe_ = true;
    } else {
      unit_.chip.cut_at(0, static_cast<Cut>(cut->kind));
    }
  }

  // ---- in a child ----

  Outcome complain(Outcome outcome, base::ErrorCode error) {
    error_ = error;
    return outcome;
  }

  Outcome recover() {
    bool cut_again = false;
    if (child_seed_ % 2 == 0) cut_again = recover_with_second_cut();
    // The next start finishes, whatever came before.
    if (const auto started = unit_.reset(); !started) return complain(Outcome::kStart, started.error());
    {
      TestHost host(unit_, station_);
      if (const auto injected = host.inject(plan_, record_); !injected) return complain(Outcome::kInject, injected.error());
    }
    if (!record_.provisioned) return complain(Outcome::kNotProvisioned, base::ErrorCode::kOk);
    // And it stays so: another start, with nothing left to finish.
    if (const auto started = unit_.reset(); !started) return complain(Outcome::kStart, started.error());
    TestHost host(unit_, station_);
    const auto hello = host.hello();
    if (!hello || hello->lifecycle != protocol::Lifecycle::kSecured || !hello->seeded || hello->batch) {
      return complain(Outcome::kState, hello ? base::ErrorCode::kOk : hello.error());
    }
    if (!unit_.batch_is_wiped() || !unit_.chip.image().sectors[unit_.layout().identity_sector].is_protected) {
      return complain(Outcome::kState, base::ErrorCode::kNotLocked);
    }
    if (const auto attested = host.attest(plan_, record_); !attested) return complain(Outcome::kAttest, attested.error());
    return cut_again ? Outcome::kGoodSecondCut : Outcome::kGood;
  }

  // Starts and goes on, and loses the power again: early, where the start repairs, or anywhere later. False: the
  // unit was finished before the second cut came.
  bool recover_with_second_cut() {
    unit_.power_off();
    const uint64_t early = mix(child_seed_, 1) % 24;
    const uint64_t late = mix(child_seed_, 2) % 1500;
    const auto how = static_cast<Cut>(mix(child_seed_, 3) % kKinds);
    const SecondCut second(unit_, mix(child_seed_, 4) % 2 == 0 ? early : late, how);
    if (const auto started = unit_.power_on(); started) {
      TestHost host(unit_, station_);
      (void)host.inject(plan_, record_);
    }
    return unit_.is_dead();
  }

  // RamUnit::power_on() clears a planned cut, so it is planned at the first operation after it.
  class SecondCut {
   public:
    SecondCut(RamUnit& unit, uint64_t after, Cut how)
        : unit_(unit), left_(after), how_(how), flash_(unit.chip.flash(), [this](Operation) { count(); }),
          otp_(unit.chip.otp(), [this](Operation) { count(); }), flash_before_(unit.flash_port), otp_before_(unit.otp_port) {
      unit_.flash_port = &flash_;
      unit_.otp_port = &otp_;
    }
    ~SecondCut() {
      unit_.power_off();  // before the ports go that the agent holds
      unit_.flash_port = flash_before_;
      unit_.otp_port = otp_before_;
    }
    SecondCut(const SecondCut&) = delete;
    SecondCut& operator=(const SecondCut&) = delete;

   private:
    void count() {
      if (left_-- == 0) unit_.chip.cut_at(0, how_);
    }

    RamUnit& unit_;
    uint64_t left_;
    Cut how_;
    HookedFlash flash_;
    HookedOtp otp_;
    rot::Flash* flash_before_;
    rot::Otp* otp_before_;
  };

  TestStation station_;
  RamUnit unit_;
  UnitPlan plan_;
  UnitRecord record_;
  CutCampaign cuts_;
  HookedFlash flash_;
  HookedOtp otp_;

  bool cut_wipe_ = false;
  uint64_t child_seed_ = 0;
  base::ErrorCode error_ = base::ErrorCode::kOk;
};

TEST(FullInjectionCuts, EveryCutIsFinishedByTheNextStart) {
  Campaign campaign(announce_seed("full injection cuts"));
  const auto begin = Clock::now();
  campaign.run();
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  const CutCampaign& cuts = campaign.cuts();
  const uint64_t second = cuts.ended(static_cast<int>(Outcome::kGoodSecondCut));
  const uint64_t all = cuts.cuts() + second;
  std::printf("%llu operations, %llu cuts (%llu of them a second time), %.1f s, %.0f cuts a second\n",
              static_cast<unsigned long long>(cuts.operations()), static_cast<unsigned long long>(all),
              static_cast<unsigned long long>(second), seconds, static_cast<double>(all) / seconds);
  EXPECT_EQ(cuts.failures(), 0U);
  EXPECT_GT(all, 0U);
}

}  // namespace
}  // namespace test
