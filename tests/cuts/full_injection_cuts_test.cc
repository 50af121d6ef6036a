// The power is cut at every flash and OTP operation of a full injection, and a second time during the recovery.
//
// One injection runs in this process. Before each operation it forks: the child loses its power in that
// operation (whole: done but unacknowledged; torn: a random part of its bits, of a word or of a sector being
// erased; unstable: as torn, and the cells in between read at random), starts again and must bring the unit to a
// verified receipt with the same serial, the same key once one was reported, and the same items. Half of the children
// are cut once more while they recover. So every cut starts from the very state that the injection had there.
//
//   (default)                every operation in every variant, once
//   FACTORY_LINE_CUTS=all    five times each, with other torn bits and other second cuts
//   FACTORY_LINE_CUTS=N      every N-th of the default's cuts
//   FACTORY_LINE_CUT=OP:VAR  this one alone, as a failure prints it
//   FACTORY_LINE_SEED=S      the random choices
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tests/cuts/hooked_chip.h"
#include "tests/support/ram_unit.h"
#include "tests/support/seed.h"

namespace test {
namespace {

using rot::ram::Cut;
using Clock = std::chrono::steady_clock;

constexpr int kVariants = 3;
constexpr const char* kVariantNames[kVariants] = {"whole", "torn", "unstable"};
constexpr int kParallel = 2;

uint64_t mix(uint64_t seed, uint64_t number) {
  uint64_t z = seed + (number + 1) * 0x9E3779B97F4A7C15U;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

// How a child ended; its exit code.
enum class Outcome { kGood = 0, kGoodSecondCut = 1, kStart = 10, kInject = 11, kNotProvisioned = 12, kAttest = 13, kState = 14 };

class Campaign {
 public:
  explicit Campaign(uint64_t seed)
      : seed_(seed), station_(seed), unit_(&station_.batch, seed), plan_(make_plan(seed % 1000000)),
        flash_(unit_.chip.flash(), [this](Operation kind) { at_operation(kind); }),
        otp_(unit_.chip.otp(), [this](Operation kind) { at_operation(kind); }) {
    unit_.flash_port = &flash_;
    unit_.otp_port = &otp_;
    unit_.cut_wipe = [this] {
      at_operation(Operation::kWipe);
      return std::exchange(cut_wipe_, false);
    };
    if (const char* all = std::getenv("FACTORY_LINE_CUTS")) {
      if (std::strcmp(all, "all") == 0) {
        rounds_ = 5;
      } else {
        every_ = std::max(1ULL, std::strtoull(all, nullptr, 10));
      }
    }
    if (const char* one = std::getenv("FACTORY_LINE_CUT")) {
      unsigned long long operation = 0;
      int variant = 0;
      if (std::sscanf(one, "%llu:%d", &operation, &variant) == 2) {
        only_operation_ = operation;
        only_variant_ = variant;
        only_one_ = true;
        rounds_ = variant / kVariants + 1;
      }
    }
  }

  // The injection itself; in a child, its end. Never returns there.
  void run() {
    const auto started = unit_.power_on();
    ASSERT_TRUE(started) << base::error_name(started.error());
    TestHost host(unit_, station_);
    const auto injected = host.inject(plan_, record_);
    if (is_child_) {
      const Outcome outcome = recover();
      std::fflush(stderr);
      ::_exit(static_cast<int>(outcome));
    }
    ASSERT_TRUE(injected) << base::error_name(injected.error());
    ASSERT_TRUE(record_.provisioned);
    while (running_ > 0) reap();
  }

  uint64_t operations() const { return operations_; }
  uint64_t cuts() const { return first_cuts_ + second_cuts_; }
  uint64_t second_cuts() const { return second_cuts_; }
  uint64_t failures() const { return failures_; }

 private:
  void at_operation(Operation kind) {
    if (is_child_) return;
    const uint64_t number = operations_++;
    for (int round = 0; round < rounds_; ++round) {
      for (int variant = round * kVariants; variant < (round + 1) * kVariants && !is_child_; ++variant) {
        if (is_chosen(number, kind, variant)) cut_here(number, kind, variant);
      }
    }
  }

  bool is_chosen(uint64_t number, Operation kind, int variant) {
    if (only_one_) return number == only_operation_ && variant == only_variant_;
    if (kind == Operation::kWipe && variant != static_cast<int>(Cut::kTorn)) return false;
    return candidates_++ % every_ == 0;
  }

  void cut_here(uint64_t number, Operation kind, int variant) {
    while (running_ >= kParallel) reap();
    std::fflush(stdout);
    const pid_t pid = ::fork();
    if (pid != 0) {
      ASSERT_GT(pid, 0);
      ++running_;
      ++first_cuts_;
      return;
    }
    is_child_ = true;
    operation_ = number;
    variant_ = variant;
    child_seed_ = mix(mix(seed_, number), static_cast<uint64_t>(variant));
    unit_.chip.reseed(child_seed_);
    if (kind == Operation::kWipe) {
      cut_wipe_ = true;
    } else {
      unit_.chip.cut_at(0, static_cast<Cut>(variant % kVariants));
    }
  }

  void reap() {
    int status = 0;
    if (::waitpid(-1, &status, 0) <= 0) return;
    --running_;
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (code == static_cast<int>(Outcome::kGoodSecondCut)) {
      ++second_cuts_;
    } else if (code != static_cast<int>(Outcome::kGood)) {
      ++failures_;
    }
  }

  // ---- in a child ----

  Outcome complain(Outcome outcome, base::ErrorCode error) {
    std::fprintf(stderr, "FACTORY_LINE_SEED=%llu FACTORY_LINE_CUT=%llu:%d (%s): step %d, %.*s\n",
                 static_cast<unsigned long long>(seed_), static_cast<unsigned long long>(operation_), variant_,
                 kVariantNames[variant_ % kVariants], static_cast<int>(outcome), static_cast<int>(base::error_name(error).size()),
                 base::error_name(error).data());
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
    const auto how = static_cast<Cut>(mix(child_seed_, 3) % kVariants);
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

  const uint64_t seed_;
  TestStation station_;
  RamUnit unit_;
  UnitPlan plan_;
  UnitRecord record_;
  HookedFlash flash_;
  HookedOtp otp_;

  int rounds_ = 1;
  uint64_t every_ = 1;
  bool only_one_ = false;
  uint64_t only_operation_ = 0;
  int only_variant_ = 0;

  uint64_t operations_ = 0;
  uint64_t candidates_ = 0;
  uint64_t first_cuts_ = 0;
  uint64_t second_cuts_ = 0;
  uint64_t failures_ = 0;
  int running_ = 0;

  bool is_child_ = false;
  bool cut_wipe_ = false;
  uint64_t operation_ = 0;
  int variant_ = 0;
  uint64_t child_seed_ = 0;
};

TEST(FullInjectionCuts, EveryCutIsFinishedByTheNextStart) {
  Campaign campaign(announce_seed("full injection cuts"));
  const auto begin = Clock::now();
  campaign.run();
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  std::printf("%llu operations, %llu cuts (%llu of them a second time), %.1f s, %.0f cuts a second\n",
              static_cast<unsigned long long>(campaign.operations()), static_cast<unsigned long long>(campaign.cuts()),
              static_cast<unsigned long long>(campaign.second_cuts()), seconds,
              static_cast<double>(campaign.cuts()) / seconds);
  EXPECT_EQ(campaign.failures(), 0U);
  EXPECT_GT(campaign.cuts(), 0U);
}

}  // namespace
}  // namespace test
