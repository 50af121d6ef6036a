// The life of a unit from blank to locked, in one go and with a restart at every stage.
#include <gtest/gtest.h>

#include <cstdio>

#include "device-agent/src/agent.h"
#include "rot/well_known.h"
#include "tests/support/ram_unit.h"

namespace agent {
namespace {

using base::ErrorCode;
using protocol::Command;
using test::RamUnit;
using test::TestHost;
using test::TestStation;

TEST(AgentSize, IsPrinted) {
  std::printf("sizeof(Agent) %zu: Rot %zu, Generator %zu, Core %zu, Session %zu\n", sizeof(Agent), sizeof(rot::Rot),
              sizeof(entropy::Generator), sizeof(Core), sizeof(Session));
  EXPECT_LE(sizeof(Agent), 12U * 1024);
}

class LifeTest : public testing::Test {
 protected:
  LifeTest() : station(1), unit(&station.batch, 1), plan(test::make_plan(1)) { EXPECT_TRUE(unit.power_on()); }

  std::string inject(const test::UnitPlan& wanted) {
    TestHost host(unit, station);
    const auto done = host.inject(wanted, record);
    return done ? "done" : std::string(base::error_name(done.error()));
  }

  TestStation station;
  RamUnit unit;
  test::UnitPlan plan;
  test::UnitRecord record;
};

TEST_F(LifeTest, BlankChipSaysSo) {
  TestHost host(unit, station);
  const auto before = unit.chip.snapshot();
  const auto hello = host.hello();
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->lifecycle, protocol::Lifecycle::kAssemblyAndTest);
  EXPECT_EQ(hello->board, "ram");
  EXPECT_TRUE(base::equal(hello->chip_id, unit.chip_id()));
  EXPECT_FALSE(hello->seeded);
  EXPECT_FALSE(hello->has_trng);
  EXPECT_FALSE(hello->fault);
  EXPECT_FALSE(hello->transaction);
  EXPECT_EQ(hello->batch, station.batch.id);
  EXPECT_GT(hello->free_bytes, 8000U);
  EXPECT_TRUE(test::same_image(before, unit.chip.snapshot()));
}

TEST_F(LifeTest, WholeInjection) {
  ASSERT_EQ(inject(plan), "done");
  EXPECT_TRUE(record.provisioned);
  EXPECT_TRUE(unit.batch_is_wiped());
  EXPECT_TRUE(unit.chip.snapshot().sectors[0].is_protected);

  ASSERT_TRUE(unit.reset());
  TestHost host(unit, station);
  const auto hello = host.hello();
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->lifecycle, protocol::Lifecycle::kSecured);
  EXPECT_TRUE(hello->seeded);
  EXPECT_EQ(hello->transaction, plan.transaction);
  EXPECT_FALSE(hello->batch);
  EXPECT_TRUE(host.attest(plan, record));
}

TEST_F(LifeTest, KeyBroughtByTheHost) {
  plan.private_key = base::Bytes(32, 0x11);
  ASSERT_EQ(inject(plan), "done");
  EXPECT_TRUE(record.provisioned);
}

TEST_F(LifeTest, UnitWithoutLockIsTakenUpAndLockedLater) {
  plan.lock = false;
  ASSERT_EQ(inject(plan), "done");
  EXPECT_FALSE(record.provisioned);
  ASSERT_TRUE(unit.reset());
  const auto key = record.public_key;
  plan.lock = true;
  ASSERT_EQ(inject(plan), "done");
  EXPECT_TRUE(record.provisioned);
  EXPECT_EQ(record.public_key, key);
}

TEST_F(LifeTest, InjectionAgainChangesNothing) {
  ASSERT_EQ(inject(plan), "done");
  const auto before = unit.chip.snapshot();
  ASSERT_EQ(inject(plan), "done");
  EXPECT_TRUE(test::same_image(before, unit.chip.snapshot()));
}

TEST_F(LifeTest, LargestItemsAndTheirTags) {
  plan.items.clear();
  test::RamUnit big(&station.batch, 2, {{65536, 16384, 16384}, 4});
  ASSERT_TRUE(big.power_on());
  plan.serial = std::string(protocol::kMaxSerialSize, 'S');
  for (size_t i = 0; i + 1 < protocol::kMaxItems; ++i) {
    const size_t size = i < 3 ? protocol::kMaxItemSize : 40;
    plan.items.push_back({"item-" + std::to_string(i), protocol::kItemWriteOnce, base::Bytes(size, static_cast<uint8_t>(i))});
  }
  plan.lock = false;
  TestHost host(big, station);
  const auto injected = host.inject(plan, record);
  ASSERT_TRUE(injected) << base::error_name(injected.error());

  // The longest handshake reply there is: every optional field and kMaxItems tags.
  ASSERT_TRUE(big.reset());
  TestHost again(big, station);
  ASSERT_TRUE(again.hello());
  const auto state = again.handshake();
  ASSERT_TRUE(state) << base::error_name(state.error());
  EXPECT_EQ(state->items.size(), protocol::kMaxItems);
  EXPECT_EQ(state->serial, plan.serial);
  const auto one_more = again.put_item({"one-more", protocol::kItemWriteOnce, {1}});
  ASSERT_FALSE(one_more);
  EXPECT_EQ(one_more.error(), ErrorCode::kAlreadyCommitted);
}

// After every reply that the host gets, the unit is restarted and the host starts over: each session brings the
// unit one command further.
TEST_F(LifeTest, RestartAfterEveryCommand) {
  class Interrupted final : public test::BytePipe {
   public:
    Interrupted(RamUnit& unit, int limit) : unit_(unit), left_(limit) {}
    void send(base::ByteView bytes) override {
      if (left_ > 0) unit_.send(bytes);
    }
    base::Bytes receive() override {
      if (left_ <= 0) return {};
      base::Bytes got = unit_.receive();
      if (!got.empty()) --left_;
      return got;
    }

   private:
    RamUnit& unit_;
    int left_;
  };
  int sessions = 0;
  for (int replies = 1; !record.provisioned; ++replies) {
    ASSERT_LT(replies, 40);
    Interrupted pipe(unit, replies);
    TestHost host(pipe, station);
    host.retransmissions = 0;
    const auto injected = host.inject(plan, record);
    if (!injected) {
      ASSERT_EQ(injected.error(), ErrorCode::kTimeout) << base::error_name(injected.error());
    }
    ASSERT_TRUE(unit.reset());
    ++sessions;
  }
  EXPECT_GT(sessions, 4);
  TestHost host(unit, station);
  ASSERT_TRUE(host.hello());
  EXPECT_TRUE(host.attest(plan, record));
}

TEST_F(LifeTest, AbortAndAnotherTransaction) {
  plan.lock = false;
  ASSERT_EQ(inject(plan), "done");
  const auto first_key = record.public_key;

  TestHost host(unit, station);
  ASSERT_TRUE(host.hello());
  ASSERT_TRUE(host.handshake());
  ASSERT_TRUE(host.command(Command::kAbort));
  ASSERT_TRUE(host.command(Command::kAbort));  // again: nothing left to forget

  const test::UnitPlan second = test::make_plan(2);
  record = {};
  ASSERT_EQ(inject(second), "done");
  EXPECT_NE(record.public_key, first_key);
  ASSERT_TRUE(unit.reset());
  TestHost after(unit, station);
  ASSERT_TRUE(after.hello());
  EXPECT_TRUE(after.attest(second, record));
}

}  // namespace
}  // namespace agent
