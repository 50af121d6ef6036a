// The power fails in an operation: which one, and what it leaves.
#include <algorithm>
#include <bit>

#include "virtual-board/chip/flash_test_support.h"

namespace virtual_board::test {
namespace {

using namespace flash;

constexpr uint64_t kSeeds = 40;
constexpr uint32_t kWord = 0x0804'0000;

// Power back on.
void restart(FlashBench& bench) {
  bench.interface.reset();
  bench.unlock();
  bench.unlock_options();
}

TEST(FlashCutsTest, CountsEveryOperationOnce) {
  FlashBench bench;
  restart(bench);
  bench.interface.cut_at(5, Cut::kWhole);
  bench.program(kWord, 1);
  bench.erase(6);
  bench.wait();
  bench.program(kOtp.base, 1);
  bench.lock_otp_block(0);
  bench.program(kOtp.base, 0);  // refused: no operation
  bench.clear_status();
  bench.change_options(options(kRdpLevel0, 0xFD));
  bench.wait();
  EXPECT_EQ(bench.chip.power_losses, 0u);
  bench.set(kCr, FlashBench::kX32 | cr::kMer | cr::kStrt);  // refused by nWRP
  EXPECT_EQ(bench.chip.power_losses, 0u);
  bench.program(kWord, 2);
  EXPECT_EQ(bench.chip.power_losses, 1u);
  EXPECT_EQ(bench.interface.counters().operations, 6u);
  EXPECT_EQ(bench.word(kWord), 2u);

  restart(bench);
  bench.program(kWord + 4, 3);
  EXPECT_EQ(bench.chip.power_losses, 1u) << "one cut only";
  bench.interface.cut_at(0, Cut::kWhole);
  bench.interface.never_cut();
  bench.program(kWord + 8, 3);
  EXPECT_EQ(bench.chip.power_losses, 1u);
}

TEST(FlashCutsTest, AnObserverIsToldBeforeEachOperationAndMayCutIt) {
  FlashBench bench;
  restart(bench);
  using Kind = FlashOperation::Kind;
  std::vector<std::pair<Kind, uint32_t>> told;
  bench.interface.set_observer([&](const FlashOperation& operation) {
    EXPECT_EQ(bench.interface.counters().operations, told.size());
    told.emplace_back(operation.kind, operation.address);
    if (told.size() == 6) {
      EXPECT_EQ(bench.word(kWord), 1u);
      bench.interface.cut_at(0, Cut::kWhole);
    }
  });
  bench.program(kWord, 1);
  bench.program(kOtp.base + 4, 1);
  bench.lock_otp_block(2);
  bench.erase(1);
  bench.wait();
  bench.change_options(options(kRdpLevel0, 0xFD));
  bench.wait();
  bench.erase(1);  // refused: nobody hears of it
  bench.clear_status();
  EXPECT_EQ(bench.chip.power_losses, 0u);
  bench.program(kWord, 0);
  EXPECT_EQ(bench.chip.power_losses, 1u);
  EXPECT_EQ(bench.word(kWord), 0u);
  const std::vector<std::pair<Kind, uint32_t>> expected{
      {Kind::kProgram, kWord},      {Kind::kOneTime, kOtp.base + 4},       {Kind::kLock, kOtpLocks.base + 2},
      {Kind::kErase, kSectors[1].base}, {Kind::kOptions, kOptionBytes.base}, {Kind::kProgram, kWord}};
  EXPECT_EQ(told, expected);
}

TEST(FlashCutsTest, NothingHappensWithoutPower) {
  FlashBench bench;
  restart(bench);
  bench.set(kCr, FlashBench::kX32 | cr::kPg);
  bench.interface.cut_at(0, Cut::kWhole);
  bench.interface.write_cells(kWord, 1, 4);
  EXPECT_FALSE(bench.interface.busy_until());
  bench.interface.write_cells(kWord + 4, 2, 4);  // a store of several words
  bench.change_options(options(kLevel1));
  EXPECT_EQ(bench.word(kWord), 1u);
  EXPECT_EQ(bench.word(kWord + 4), 0xFFFF'FFFFu);
  EXPECT_EQ(bench.image.content().option_bytes, optcr::kFactory);
  EXPECT_EQ(bench.chip.power_losses, 1u);
}

TEST(FlashCutsTest, WholeOperationsAreDone) {
  FlashBench bench;
  restart(bench);
  const auto cut = [&](auto operation) {
    bench.interface.cut_at(0, Cut::kWhole);
    operation();
    restart(bench);
  };
  cut([&] { bench.program(kOtp.base, 0x1234); });
  EXPECT_EQ(bench.word(kOtp.base), 0x1234u);
  cut([&] { bench.lock_otp_block(0); });
  EXPECT_EQ(bench.image.content().otp_locks[0], 0u);
  cut([&] { bench.program(kWord, 0); });
  cut([&] { bench.erase(6); });
  EXPECT_EQ(bench.word(kWord), 0xFFFF'FFFFu);
  bench.program(kWord, 0);
  cut([&] { bench.set(kCr, FlashBench::kX32 | cr::kMer | cr::kStrt); });
  EXPECT_EQ(bench.word(kWord), 0xFFFF'FFFFu);
  cut([&] { bench.change_options(options(kLevel1, 0xFD)); });
  EXPECT_EQ(bench.image.content().option_bytes, options(kLevel1, 0xFD));
  bench.program(kWord, 0);
  cut([&] { bench.change_options(options(kRdpLevel0, 0xFD)); });
  EXPECT_EQ(bench.image.content().option_bytes, options(kRdpLevel0, 0xFD));
  EXPECT_EQ(bench.word(kWord), 0xFFFF'FFFFu);
  EXPECT_EQ(bench.chip.power_losses, 7u);
}

TEST(FlashCutsTest, TornProgramClearsSomeOfTheBits) {
  constexpr uint32_t kBefore = 0xFFFF'00FF;
  constexpr uint32_t kValue = 0x0000'FFF0;
  for (const uint32_t address : {kWord, kOtp.base}) {
    unsigned partial = 0;
    for (uint64_t seed = 1; seed <= kSeeds; seed++) {
      SCOPED_TRACE(seed);
      FlashBench bench(seed);
      restart(bench);
      bench.program(address, kBefore);
      bench.interface.cut_at(0, Cut::kTorn);
      bench.program(address, kValue);
      const uint32_t left = bench.word(address);
      EXPECT_EQ(left & ~kBefore, 0u) << "no bit rises";
      EXPECT_EQ(~left & (kBefore & kValue), 0u) << "no other bit falls";
      if (left != kBefore && left != (kBefore & kValue)) partial++;
      restart(bench);
      bench.program(address, kValue);
      EXPECT_EQ(bench.word(address), kBefore & kValue) << "a second attempt completes it";
    }
    EXPECT_GT(partial, kSeeds / 2);
  }
}

TEST(FlashCutsTest, TornLockByte) {
  unsigned open = 0;
  for (uint64_t seed = 1; seed <= kSeeds; seed++) {
    SCOPED_TRACE(seed);
    FlashBench bench(seed);
    restart(bench);
    bench.interface.cut_at(0, Cut::kTorn);
    bench.lock_otp_block(7);
    restart(bench);
    bench.program(kOtp.base + 7 * 32, 0);
    EXPECT_EQ(bench.status() == 0, bench.image.content().otp_locks[7] != 0);
    if (bench.status() == 0) open++;
    bench.clear_status();
    bench.lock_otp_block(7);
    EXPECT_EQ(bench.image.content().otp_locks[7], 0u);
  }
  EXPECT_GT(open, kSeeds / 2);
}

TEST(FlashCutsTest, TornEraseRaisesSomeOfTheBits) {
  for (uint64_t seed = 1; seed <= kSeeds; seed++) {
    SCOPED_TRACE(seed);
    FlashBench bench(seed);
    restart(bench);
    const bool mass = seed % 2 == 0;
    auto& cells = bench.image.content().flash;
    for (size_t i = 0; i < cells.size(); i++) cells[i] = static_cast<uint8_t>(i * 37);
    const auto before = std::make_unique<std::array<uint8_t, kFlash.size>>(cells);
    bench.interface.cut_at(0, Cut::kTorn);
    if (mass) {
      bench.set(kCr, FlashBench::kX32 | cr::kMer | cr::kStrt);
    } else {
      bench.erase(2);
    }
    EXPECT_EQ(bench.chip.power_losses, 1u);
    size_t fallen = 0;
    size_t risen = 0;
    size_t outside = 0;
    for (size_t i = 0; i < cells.size(); i++) {
      fallen += static_cast<size_t>(std::popcount(static_cast<uint8_t>((*before)[i] & ~cells[i])));
      risen += static_cast<size_t>(std::popcount(static_cast<uint8_t>(~(*before)[i] & cells[i])));
      const uint32_t address = kFlash.base + static_cast<uint32_t>(i);
      if (cells[i] != (*before)[i] && !mass && address - kSectors[2].base >= kSectors[2].size) outside++;
    }
    EXPECT_EQ(fallen, 0u);
    EXPECT_EQ(outside, 0u);
    const size_t zeros = (mass ? kFlash.size : kSectors[2].size) * 4;
    EXPECT_GT(risen, zeros / 16);
    EXPECT_LT(risen, zeros / 16 * 15);
  }
}

TEST(FlashCutsTest, TornOptionsLieBetweenOldErasedAndNew) {
  const uint32_t target = options(kLevel1, 0xF1);
  unsigned erased = 0;
  unsigned other = 0;
  for (uint64_t seed = 1; seed <= kSeeds; seed++) {
    SCOPED_TRACE(seed);
    FlashBench bench(seed);
    restart(bench);
    bench.program(kWord, 0x600D'F00D);
    bench.interface.cut_at(0, Cut::kTorn);
    bench.change_options(target);
    EXPECT_EQ(bench.chip.power_losses, 1u);
    const uint32_t left = bench.image.content().option_bytes;
    EXPECT_EQ(left & optcr::kFactory & target, optcr::kFactory & target) << "no bit falls that is set in old and new";
    EXPECT_EQ(left & ~optcr::kErased, 0u);
    const bool erasing = (left & optcr::kFactory) == optcr::kFactory;
    const bool programming = (left & target) == target;
    EXPECT_TRUE(erasing || programming) << left;
    (left == optcr::kErased ? erased : other)++;
    EXPECT_EQ(bench.word(kWord), 0x600D'F00Du);

    restart(bench);
    EXPECT_EQ(bench.get(kOptcr), left);
    if (bench.interface.read_protection() == 2) continue;  // bits between can make it so
    bench.change_options(target);
    bench.wait();
    EXPECT_EQ(bench.image.content().option_bytes, target) << "a second attempt completes it";
  }
  EXPECT_GT(erased, 0u);
  EXPECT_GT(other, 0u);
}

TEST(FlashCutsTest, TornOptionsCanLeaveEverySectorUnreadable) {
  unsigned dead = 0;
  for (uint64_t seed = 1; seed <= kSeeds; seed++) {
    SCOPED_TRACE(seed);
    FlashBench bench(seed);
    restart(bench);
    bench.interface.assume_erased_sprmod(true);
    bench.interface.cut_at(0, Cut::kTorn);
    bench.change_options(options(kRdpLevel0, 0xFD));
    restart(bench);
    if (bench.image.content().option_bytes != (optcr::kErased | optcr::kSprmod)) continue;
    dead++;
    EXPECT_EQ(bench.interface.read_protection(), 1u);
    for (const Sector& sector : kSectors) EXPECT_TRUE(bench.interface.is_read_protected(sector.base));
    bench.change_options(options(kLevel1));
    EXPECT_EQ(bench.status(), sr::kWrperr);
    bench.clear_status();
    bench.change_options(optcr::kFactory);  // what a debugger can do
    bench.wait();
    EXPECT_EQ(bench.image.content().option_bytes, optcr::kFactory);
  }
  EXPECT_GT(dead, 0u);
}

TEST(FlashCutsTest, TornRegressionNeverOpensWhatWasProtected) {
  unsigned during_erase = 0;
  for (uint64_t seed = 1; seed <= kSeeds; seed++) {
    SCOPED_TRACE(seed);
    FlashBench bench(seed);
    bench.image.content().option_bytes = options(kLevel1);
    auto& cells = bench.image.content().flash;
    cells.fill(0x00);
    restart(bench);
    bench.interface.cut_at(0, Cut::kTorn);
    bench.change_options(options(kRdpLevel0));
    const bool empty = std::ranges::all_of(cells, [](uint8_t cell) { return cell == 0xFF; });
    if (!empty) {
      EXPECT_EQ(bench.image.content().option_bytes, options(kLevel1));
      during_erase++;
    }
  }
  EXPECT_GT(during_erase, 0u);
  EXPECT_LT(during_erase, kSeeds);
}

TEST(FlashCutsTest, SameSeedSameCut) {
  const auto left = [](uint64_t seed) {
    FlashBench bench(seed);
    restart(bench);
    bench.interface.cut_at(0, Cut::kTorn);
    bench.program(kWord, 0);
    return bench.word(kWord);
  };
  for (uint64_t seed = 1; seed <= kSeeds; seed++) EXPECT_EQ(left(seed), left(seed));
}

}  // namespace
}  // namespace virtual_board::test
