// Read protection as the end of the lock: on boards that have it and on one that has not, under every power cut.
#include <gtest/gtest.h>

#include "rot/well_known.h"
#include "tests/support/ram_unit.h"

namespace agent {
namespace {

using base::ErrorCode;
using protocol::Command;
using rot::ram::Cut;

// A unit that is provisioned up to the lock, and its host.
struct Committed {
  explicit Committed(uint8_t highest, uint8_t wanted, uint64_t number = 1)
      : station(number), unit(&station.batch, number), host(unit, station), plan(test::make_plan(number)) {
    unit.highest_protection = highest;
    EXPECT_TRUE(unit.power_on());
    plan.lock = false;
    EXPECT_TRUE(host.inject(plan, record));
    plan.lock = true;
    plan.read_protection = wanted;
  }
  ErrorCode finish() {
    const base::Status status = host.inject(plan, record);
    return status ? ErrorCode::kOk : status.error();
  }
  [[nodiscard]] bool is_locked() { return unit.chip.image().otp[4] == 0; }
  // What has to be there before the level is raised.
  [[nodiscard]] bool everything_else_is_done() {
    const auto& image = unit.chip.image();
    const bool blocks = image.otp_locked[1] && image.otp_locked[2] && image.otp_locked[3] && image.otp_locked[4];
    return is_locked() && image.sectors[0].is_protected && blocks && unit.batch_is_wiped();
  }

  test::TestStation station;
  test::RamUnit unit;
  test::TestHost host;
  test::UnitPlan plan;
  test::UnitRecord record;
};

TEST(ReadProtection, ABoardWithoutRefusesBeforeAnythingChanges) {
  Committed unit(0, 1);
  const auto hello = unit.host.hello();
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->max_read_protection, 0);
  ASSERT_TRUE(unit.host.handshake());
  const auto before = unit.unit.chip.snapshot();
  for (const uint8_t level : {uint8_t{1}, uint8_t{2}}) {
    protocol::LockRequest request;
    request.read_protection = level;
    EXPECT_EQ(unit.host.command(Command::kLock, request).error(), ErrorCode::kUnsupported);
  }
  EXPECT_TRUE(test::same_image(before, unit.unit.chip.snapshot()));
  unit.plan.read_protection = 0;
  EXPECT_EQ(unit.finish(), ErrorCode::kOk);
}

TEST(ReadProtection, IsRaisedLastAndSaidInTheReceipt) {
  for (uint8_t highest = 1; highest <= 2; ++highest) {
    for (uint8_t level = 0; level <= highest; ++level) {
      Committed unit(highest, level);
      int raised = 0;
      unit.unit.cut_protection = [&](uint8_t to) -> base::Result<bool> {
        EXPECT_EQ(to, level);
        EXPECT_TRUE(unit.everything_else_is_done());
        ++raised;
        return false;
      };
      const auto hello = unit.host.hello();
      ASSERT_TRUE(hello);
      EXPECT_EQ(hello->max_read_protection, highest);
      ASSERT_EQ(unit.finish(), ErrorCode::kOk);  // the host wants it in the receipt
      EXPECT_EQ(unit.unit.protection, level);
      EXPECT_EQ(raised, level == 0 ? 0 : 1);
      // A receipt that says less than was asked for would not do.
      unit.plan.read_protection = static_cast<uint8_t>(level + 1);
      EXPECT_EQ(unit.host.attest(unit.plan, unit.record).error(), ErrorCode::kReceiptInvalid);
    }
  }
}

TEST(ReadProtection, ALevelThatTheChipHasAlreadyIsKeptAndSaid) {
  Committed unit(2, 0);
  unit.unit.protection = 1;
  ASSERT_EQ(unit.finish(), ErrorCode::kOk);
  EXPECT_EQ(unit.unit.protection, 1);
  unit.plan.read_protection = 1;
  EXPECT_TRUE(unit.host.attest(unit.plan, unit.record));
}

TEST(ReadProtection, IsNotRaisedWhileTheBatchSecretIsThere) {
  Committed unit(2, 2);
  unit.unit.fail_wipe = true;
  EXPECT_EQ(unit.finish(), ErrorCode::kFlashErase);
  EXPECT_TRUE(unit.is_locked());
  EXPECT_EQ(unit.unit.protection, 0);
  unit.unit.fail_wipe = false;
  EXPECT_EQ(unit.finish(), ErrorCode::kOk);  // attest finishes the lock first
  EXPECT_EQ(unit.unit.protection, 2);
}

TEST(ReadProtection, ACutInTheMiddleOfItIsFinishedByTheNextStart) {
  for (const bool raised : {false, true}) {
    Committed unit(2, 2);
    unit.unit.cut_protection = [&](uint8_t) -> base::Result<bool> {
      if (raised) return true;
      return base::fail(ErrorCode::kFlashPowerLost);
    };
    EXPECT_EQ(unit.finish(), ErrorCode::kTimeout);
    EXPECT_EQ(unit.unit.protection, raised ? 2 : 0);
    unit.unit.cut_protection = nullptr;
    ASSERT_TRUE(unit.unit.reset());
    EXPECT_EQ(unit.unit.protection, 2);  // by the start alone
    EXPECT_EQ(unit.finish(), ErrorCode::kOk);
  }
}

TEST(ReadProtection, AFailureIsAFaultUntilItSucceeds) {
  Committed unit(1, 1);
  unit.unit.cut_protection = [](uint8_t) -> base::Result<bool> { return true; };
  EXPECT_EQ(unit.finish(), ErrorCode::kTimeout);
  // The chip lost it again, and the board says that it can't: the unit must not say that it is locked.
  unit.unit.protection = 0;
  unit.unit.highest_protection = 0;
  EXPECT_EQ(unit.unit.reset().error(), ErrorCode::kUnsupported);
  EXPECT_EQ(unit.finish(), ErrorCode::kUnsupported);
  unit.unit.highest_protection = 1;
  unit.unit.cut_protection = nullptr;
  ASSERT_TRUE(unit.unit.reset());
  EXPECT_EQ(unit.finish(), ErrorCode::kOk);
}

// Every operation of the lock, whole and torn. Until the lifecycle has moved the host may change its mind.
TEST(ReadProtection, EveryCutOfTheLockEndsAtTheLevelAskedFor) {
  int cuts = 0, before_lock = 0;
  for (const Cut how : {Cut::kWhole, Cut::kTorn}) {
    bool done = false;
    for (uint64_t operation = 0; !done; ++operation) {
      Committed unit(2, 2);
      unit.unit.chip.reseed(operation + 1);
      unit.unit.chip.cut_at(operation, how);
      done = unit.finish() == ErrorCode::kOk;
      if (done) continue;
      ++cuts;
      SCOPED_TRACE("cut " + std::to_string(operation) + (how == Cut::kTorn ? " torn" : " whole"));
      const bool locked = unit.is_locked();
      ASSERT_TRUE(unit.unit.reset());
      if (locked) {
        EXPECT_EQ(unit.unit.protection, 2);
        EXPECT_TRUE(unit.everything_else_is_done());
      } else if (unit.unit.protection == 0) {
        ++before_lock;
        unit.plan.read_protection = operation % 2 == 0 ? 1 : 0;
      }
      EXPECT_EQ(unit.finish(), ErrorCode::kOk);
      EXPECT_EQ(unit.unit.protection, unit.plan.read_protection);
      EXPECT_TRUE(unit.everything_else_is_done());
    }
  }
  std::printf("%d cuts, %d of them before the lifecycle moved\n", cuts, before_lock);
  EXPECT_GT(before_lock, 10);
  EXPECT_GT(cuts, before_lock + 10);
}

}  // namespace
}  // namespace agent
