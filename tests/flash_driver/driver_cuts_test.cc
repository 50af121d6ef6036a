// The power is cut at operations of a store that runs over the driver; the next start finishes what was asked for.
// Option bytes are cut in every way, many times.
#include "rot/rot_test_support.h"
#include "tests/flash_driver/remote_chip.h"

namespace driver_test {
namespace {

using rot::Rot;
using virtual_board::Cut;
using Bytes = std::vector<uint8_t>;

class CutsTest : public testing::Test {
 protected:
  void SetUp() override { rot::test::start_psa(); }

  RemoteChip chip;
  RemoteFlash flash{chip};
  RemoteOtp otp{chip};

  std::unique_ptr<Rot> make_rot() { return std::make_unique<Rot>(otp, flash, rot::Layout{}, rot::test::kChipId); }
  uint8_t rdp() { return static_cast<uint8_t>(chip.image.content().option_bytes >> 8); }
  // As the cells are now, on the next start.
  void restore(const virtual_board::ImageContent& content) {
    chip.board.power_off();
    chip.board.flash().never_cut();
    chip.image.content() = content;
    ASSERT_TRUE(chip.power_on());
  }
  void cut(uint64_t operation, Cut how) { chip.board.flash().cut_at(operation, how); }
  uint64_t operations() { return chip.board.counters().flash.operations; }
};

base::Status provision(Rot& rot) {
  BASE_TRY(rot.mount());
  if (!rot.has_root_key()) BASE_TRY(rot.create_root_key(rot::test::root_random()));
  return rot.put_item("name", rot::kWriteOnce, base::as_bytes("value"));
}

void expect_item(Rot& rot) {
  std::array<uint8_t, 8> out;
  const auto size = rot.get_item("name", out);
  ASSERT_SUCCESS(size);
  EXPECT_EQ(base::as_text(base::ByteView(out).first(*size)), "value");
}

TEST_F(CutsTest, EveryOperationOfAProvisioning) {
  const auto blank = chip.image.content();
  ASSERT_SUCCESS(provision(*make_rot()));
  const uint64_t all = operations();
  uint64_t cuts = 0;
  for (const Cut how : {Cut::kWhole, Cut::kTorn}) {
    for (uint64_t at = 0; at < all; ++at) {
      SCOPED_TRACE("operation " + std::to_string(at) + (how == Cut::kTorn ? " torn" : " whole"));
      restore(blank);
      cut(at, how);
      EXPECT_ERROR(provision(*make_rot()), "kFlashPowerLost");
      ++cuts;
      ASSERT_TRUE(chip.power_on());
      const auto rot = make_rot();
      ASSERT_SUCCESS(provision(*rot));
      expect_item(*rot);
      ASSERT_SUCCESS(make_rot()->mount());
    }
  }
  std::printf("%llu operations, %llu cuts\n", static_cast<unsigned long long>(all),
              static_cast<unsigned long long>(cuts));
}

TEST_F(CutsTest, EveryOperationOfALock) {
  ASSERT_SUCCESS(provision(*make_rot()));
  const auto open = chip.image.content();
  const uint64_t before = operations();
  const auto lock = [&](uint8_t level) -> base::Status {
    const auto rot = make_rot();
    BASE_TRY(rot->mount());
    BASE_TRY(rot->lock());
    return chip.run(Operation::kRaise, level);
  };
  ASSERT_SUCCESS(lock(2));
  const uint64_t all = operations() - before;
  uint64_t cuts = 0;
  for (const uint8_t level : {uint8_t{0}, uint8_t{1}, uint8_t{2}}) {
    for (const Cut how : {Cut::kWhole, Cut::kTorn}) {
      for (uint64_t at = 0; at < all; ++at) {
        SCOPED_TRACE("level " + std::to_string(level) + ", operation " + std::to_string(at) +
                     (how == Cut::kTorn ? " torn" : " whole"));
        restore(open);
        cut(at, how);
        if (lock(level)) {
          EXPECT_EQ(level, 0);  // one operation less
          continue;
        }
        ++cuts;
        ASSERT_TRUE(chip.power_on());
        EXPECT_TRUE(level == 2 || rdp() != 0xCC) << "nobody asked for level 2";
        ASSERT_SUCCESS(lock(level));
        EXPECT_TRUE(*flash.is_protected(0));
        EXPECT_FALSE(*flash.is_protected(1));
        for (size_t block = 1; block <= 4; ++block) EXPECT_TRUE(*otp.is_locked(block));
        const auto reached = chip.call(Operation::kLevel);
        ASSERT_TRUE(reached);
        EXPECT_GE(reached->value, level);
        EXPECT_LE(reached->value, std::max<uint8_t>(level, 1)) << "a cut may leave level 1, never level 2";
        const auto rot = make_rot();
        ASSERT_SUCCESS(rot->mount());
        EXPECT_TRUE(rot->is_locked());
        expect_item(*rot);
      }
    }
  }
  std::printf("%llu operations, %llu cuts\n", static_cast<unsigned long long>(all),
              static_cast<unsigned long long>(cuts));
}

// Torn option bytes, time and again without a whole change between: levels only rise, 0xCC comes only where it is asked
// for.
TEST_F(CutsTest, OptionBytesTornAgainAndAgain) {
  const auto fresh = chip.image.content();
  const uint64_t seed = rot::test::test_seed(7);
  rot::test::TestRandom random(seed);
  uint64_t changes = 0;
  std::array<unsigned, 256> seen{};
  for (int chain = 0; chain < 150; ++chain) {
    restore(fresh);
    const auto wanted = static_cast<uint8_t>(random.below(3));
    uint8_t level = 0;
    for (int step = 0; step < 6; ++step) {
      cut(0, Cut::kTorn);
      const bool protects = wanted == 0 || random.below(2) == 0;
      const base::Status torn = protects ? flash.protect(0) : chip.run(Operation::kRaise, wanted);
      if (torn) break;  // nothing is left to do
      ASSERT_EQ(torn.error(), base::ErrorCode::kFlashPowerLost);
      ++changes;
      ++seen[rdp()];
      ASSERT_TRUE(chip.power_on());
      const auto now = chip.call(Operation::kLevel);
      ASSERT_TRUE(now);
      EXPECT_GE(now->value, level) << "chain " << chain;
      EXPECT_TRUE(now->value < 2 || wanted == 2) << "chain " << chain;
      level = now->value;
      if (level == 2) break;
    }
    if (level == 2) continue;  // nWRP may be lost then, which is why the agent protects before
    chip.board.flash().never_cut();
    ASSERT_SUCCESS(flash.protect(0));
    ASSERT_SUCCESS(chip.run(Operation::kRaise, wanted));
    EXPECT_TRUE(*flash.is_protected(0));
    EXPECT_EQ(chip.image.content().option_bytes & 0x80FD'00EC, 0x00FD'00ECU);
    EXPECT_TRUE(rdp() == 0x55 || rdp() == (wanted == 2 ? 0xCC : 0xAA)) << int{rdp()};
  }
  const auto kinds = std::count_if(seen.begin(), seen.end(), [](unsigned count) { return count != 0; });
  std::printf("%llu torn changes, %d values of the read protection byte\n", static_cast<unsigned long long>(changes),
              static_cast<int>(kinds));
  EXPECT_GT(kinds, 20);
}

// The batch block of an image: zeroed again from the start after a cut.
TEST_F(CutsTest, EveryOperationOfABatchWipe) {
  constexpr uint32_t kBatch = 0x0800'3F00, kWords = 16;
  for (uint32_t i = 0; i < kWords; ++i) {
    ASSERT_SUCCESS(chip.run(Operation::kDriverProgram, kBatch + 4 * i, 0xA5A5'0000 + i));
  }
  const auto secret = chip.image.content();
  const auto wipe = [&]() -> base::Status {
    for (uint32_t i = 0; i < kWords; ++i) BASE_TRY(chip.run(Operation::kDriverProgram, kBatch + 4 * i, 0));
    return {};
  };
  for (const Cut how : {Cut::kWhole, Cut::kTorn}) {
    for (uint32_t at = 0; at < kWords; ++at) {
      restore(secret);
      cut(at, how);
      EXPECT_ERROR(wipe(), "kFlashPowerLost");
      ASSERT_TRUE(chip.power_on());
      ASSERT_SUCCESS(wipe());
      const auto* cells = &chip.image.content().flash[kBatch - 0x0800'0000];
      EXPECT_TRUE(std::all_of(cells, cells + 4 * kWords, [](uint8_t byte) { return byte == 0; }));
    }
  }
}

}  // namespace
}  // namespace driver_test
