// The provisioning firmware as it would be flashed, on the virtual board: boots, tells why it did, survives what a line
// and a host do to it, and takes a unit through its life.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "tests/firmware/firmware_board.h"

namespace {

using namespace virtual_board;
using base::Bytes;
using base::ByteView;

constexpr uint32_t kPin = 1U << 26;
constexpr uint32_t kPowerOn = 1U << 27;
constexpr uint32_t kSoftware = 1U << 28;
constexpr uint32_t kWatchdog = 1U << 29;
// Of stm32f411.ld; half of it must stay untouched.
constexpr uint32_t kStackBottom = 0x2000'0000;
constexpr uint32_t kStackTop = 0x2000'4000;
constexpr uint32_t kStackReserve = 8 * 1024;
constexpr uint32_t kCauses = 0xFE00'0000;
uint32_t fault_kind(uint32_t cause) { return cause >> 20 & 0xF; }
uint32_t fault_address(uint32_t cause) { return 0x0800'0000 + 2 * (cause & 0x3'FFFF); }

Bytes block_of(const test::TestStation& station) {
  Bytes block(protocol::kBatchBlockSize);
  EXPECT_TRUE(protocol::encode_batch_block(station.batch, std::span<uint8_t, protocol::kBatchBlockSize>(block)));
  return block;
}

class AgentFirmwareTest : public testing::Test {
 protected:
  AgentFirmwareTest() : unit_(AGENT_ELF, block_of(station_)), host_(unit_, station_) { unit_.board.power_on(); }

  uint32_t reset_cause() {
    const auto hello = host_.hello();
    EXPECT_TRUE(hello) << base::error_name(hello.error()) << " " << unit_.board.trouble();
    return hello ? hello->reset_cause : 0;
  }
  // Runs `code` as the tick's handler and then gives the firmware time to start anew.
  void break_by(const std::vector<uint16_t>& code, Time time) {
    unit_.hijack_tick(code);
    unit_.run_for(time);
  }

  test::TestStation station_{7};
  test::UnitPlan plan_ = test::make_plan(7);
  test::FirmwareBoard unit_;
  test::UnitRecord record_;
  test::TestHost host_;
};

TEST_F(AgentFirmwareTest, AnswersHello) {
  const auto hello = host_.hello();
  ASSERT_TRUE(hello) << base::error_name(hello.error()) << " " << unit_.board.trouble();
  EXPECT_EQ(hello->board, "nucleo-f411re");
  EXPECT_TRUE(base::equal(hello->chip_id, unit_.image.content().unique_id));
  EXPECT_FALSE(hello->has_trng);
  EXPECT_FALSE(hello->fault);
  EXPECT_EQ(hello->batch, station_.batch.id);
  EXPECT_EQ(hello->reset_cause & kCauses, kPowerOn | kPin | 1U << 25);
  EXPECT_EQ(fault_kind(hello->reset_cause), 0U);
  EXPECT_EQ(unit_.board.baud(), 115'207U);  // 50 MHz / 434
}

TEST_F(AgentFirmwareTest, IsProvisionedAndLocked) {
  unit_.board.paint_sram(kStackBottom, kStackTop);
  const auto injected = host_.inject(plan_, record_);
  ASSERT_TRUE(injected) << base::error_name(injected.error()) << " " << unit_.board.trouble();
  EXPECT_TRUE(record_.provisioned);

  // On the chip: the identity's sector is write-protected, its neighbours are not, the batch secret is gone.
  EXPECT_EQ(unit_.image.content().option_bytes >> 16 & 0xFF, 0xFDU);
  const auto& flash = unit_.image.content().flash;
  EXPECT_EQ(std::search(flash.begin(), flash.end(), station_.batch.secret.begin(), station_.batch.secret.end()),
            flash.end());

  ASSERT_TRUE(host_.request(protocol::FrameType::kReboot, {}));
  const auto hello = host_.hello();
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->lifecycle, protocol::Lifecycle::kSecured);
  EXPECT_FALSE(hello->batch);
  EXPECT_EQ(hello->reset_cause & kCauses, kSoftware | kPin);
  EXPECT_TRUE(host_.attest(plan_, record_));

  const uint32_t deepest = unit_.board.lowest_touched(kStackBottom, kStackTop);
  std::printf("size: nucleo-f411re-agent.elf: peak stack %u bytes\n", kStackTop - deepest);
  EXPECT_GT(deepest, kStackBottom + kStackReserve);
}

TEST_F(AgentFirmwareTest, ReadProtectionAsThePlanSays) {
  plan_.read_protection = 1;
  const auto injected = host_.inject(plan_, record_);
  ASSERT_TRUE(injected) << base::error_name(injected.error()) << " " << unit_.board.trouble();
  const uint32_t level = unit_.image.content().option_bytes >> 8 & 0xFF;
  EXPECT_NE(level, 0xAAU);
  EXPECT_NE(level, 0xCCU);
}

TEST_F(AgentFirmwareTest, ResetButton) {
  (void)reset_cause();
  unit_.board.press_reset();
  EXPECT_EQ(reset_cause(), kPin);
}

TEST_F(AgentFirmwareTest, UsageFaultIsReportedOnce) {
  (void)reset_cause();
  break_by({0xDE00}, 100 * kMillisecond);  // UDF
  const uint32_t cause = reset_cause();
  EXPECT_EQ(cause & kCauses, kSoftware | kPin);
  EXPECT_EQ(fault_kind(cause), 5U);
  EXPECT_EQ(fault_address(cause), test::FirmwareBoard::kSpareFlash);
  unit_.board.press_reset();
  EXPECT_EQ(reset_cause(), kPin);
}

TEST_F(AgentFirmwareTest, BusFaultIsReported) {
  (void)reset_cause();
  break_by({0x20A0, 0x0600, 0x6801}, 100 * kMillisecond);  // r0 = 0xA0000000; ldr r1, [r0]
  const uint32_t cause = reset_cause();
  EXPECT_EQ(fault_kind(cause), 4U);
  EXPECT_EQ(fault_address(cause), test::FirmwareBoard::kSpareFlash + 4);
}

TEST_F(AgentFirmwareTest, StackOverflowIsReported) {
  (void)reset_cause();
  break_by({0xB5FF, 0xE7FD}, 100 * kMillisecond);  // push {r0-r7, lr}; again
  EXPECT_EQ(fault_kind(reset_cause()), 6U);
}

TEST_F(AgentFirmwareTest, HangIsEndedByTheWatchdog) {
  (void)reset_cause();
  break_by({0xE7FE}, 20 * kSecond);  // b .
  const uint32_t cause = reset_cause();
  EXPECT_EQ(cause & kCauses, kWatchdog | kPin);
  EXPECT_EQ(fault_kind(cause), 0U);
}

TEST_F(AgentFirmwareTest, StaysUpWhenNobodyAsks) {
  (void)reset_cause();
  const uint64_t resets = unit_.board.counters().resets;
  unit_.run_for(30 * kSecond);
  EXPECT_EQ(unit_.board.counters().resets, resets);
  EXPECT_EQ(fault_kind(reset_cause()), 0U);
}

// More than the ring holds, in one go; then the line is as before.
TEST_F(AgentFirmwareTest, GarbageOnTheLine) {
  Bytes garbage(20'000);
  test::TestRandom random(99);
  ASSERT_TRUE(random.generate(garbage));
  unit_.send(garbage);
  unit_.run_for(3 * kSecond);
  (void)unit_.board.take_line_out();  // a refusal by chance
  host_.retransmissions = 5;
  EXPECT_EQ(fault_kind(reset_cause()), 0U);
}

TEST(AgentFirmware, RunsFromTheChipsOwnClock) {
  test::FirmwareBoard unit(AGENT_ELF, {}, 3, false);
  test::TestStation station(8);
  test::TestHost host(unit, station);
  unit.board.power_on();
  const auto hello = host.hello();
  ASSERT_TRUE(hello) << base::error_name(hello.error()) << " " << unit.board.trouble();
  EXPECT_EQ(unit.board.baud(), 115'207U);
  EXPECT_FALSE(hello->batch);  // no block was patched in
}

// No byte of an image lies in the root of trust's sectors.
TEST(AgentFirmware, LeavesTheRootOfTrustAlone) {
  for (const char* elf : {AGENT_ELF, CLIENT_ELF}) {
    Image image(5);
    auto& flash = image.content().flash;
    std::fill(flash.begin() + 0x4000, flash.begin() + 0x1'0000, uint8_t{0x5A});
    Board board(image, {});
    ASSERT_TRUE(board.flash_elf(elf));
    EXPECT_TRUE(std::all_of(flash.begin() + 0x4000, flash.begin() + 0x1'0000, [](uint8_t byte) {
      return byte == 0x5A;
    })) << elf;
  }
}

}  // namespace
