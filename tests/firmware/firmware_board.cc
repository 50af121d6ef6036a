#include "tests/firmware/firmware_board.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "tests/support/temp_dir.h"

namespace test {

using namespace virtual_board;

namespace {

constexpr Time kPatience = 60 * kSecond;
constexpr Time kPause = 3 * kMillisecond;  // ends a burst

constexpr uint32_t kSpareSram = 0x2001'8000;  // 512-byte aligned, as a vector table must be
constexpr uint32_t kVectorTableOffset = 0xE000'ED08;
constexpr uint32_t kVectors = 102;
constexpr uint32_t kSysTickVector = 15;

constexpr uint32_t kFlashKey = 0x4002'3C04;
constexpr uint32_t kFlashControl = 0x4002'3C10;
constexpr uint32_t kProgramHalfWords = 1U << 8 | 1U;
constexpr uint32_t kLock = 1U << 31;

// As `factory-tool batch image` does.
std::string patched(const std::string& elf, base::ByteView block) {
  std::ifstream file(elf, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  std::string blank(protocol::kBatchBlockSize, '\0');
  std::ranges::copy(protocol::kBatchMagic, blank.begin());
  const size_t place = bytes.find(blank);
  EXPECT_NE(place, std::string::npos) << elf;
  if (place != std::string::npos) std::ranges::copy(block, bytes.begin() + static_cast<ptrdiff_t>(place));
  return bytes;
}

}  // namespace

FirmwareBoard::FirmwareBoard(const std::string& elf, base::ByteView batch_block, uint64_t seed, bool hse)
    : image(seed), board(image, {.seed = seed, .hse = hse, .timing = {}}) {
  std::string path = elf;
  const TempDir folder;
  if (!batch_block.empty()) {
    path = folder / "patched.elf";
    std::ofstream(path, std::ios::binary) << patched(elf, batch_block);
  }
  const auto flashed = board.flash_elf(path);
  EXPECT_TRUE(flashed) << elf;
}

base::Bytes FirmwareBoard::receive() {
  const Time limit = board.now() + kPatience;
  base::Bytes got;
  const auto take = [&] {
    const auto bytes = board.take_line_out();
    for (const LineByte& byte : bytes) got.push_back(byte.value);
    return !bytes.empty();
  };
  while (!take()) {
    const StopReason why = board.run(limit, true);
    if (why == StopReason::kLockup) ADD_FAILURE() << board.trouble();
    if (why != StopReason::kLineOut) break;
  }
  if (take() || !got.empty()) {
    do {
      (void)board.run(board.now() + kPause);
    } while (take());
  }
  return got;
}

void FirmwareBoard::hijack_tick(const std::vector<uint16_t>& code) {
  program_spare_flash(code);
  for (uint32_t i = 0; i < kVectors; ++i) {
    uint32_t vector = 0;
    ASSERT_TRUE(board.bus_read(kFlash.base + 4 * i, vector));
    if (i == kSysTickVector) vector = kSpareFlash | 1;
    ASSERT_TRUE(board.bus_write(kSpareSram + 4 * i, vector));
  }
  ASSERT_TRUE(board.bus_write(kVectorTableOffset, kSpareSram));
}

void FirmwareBoard::program_spare_flash(const std::vector<uint16_t>& code) {
  ASSERT_TRUE(board.bus_write(kFlashKey, 0x4567'0123));
  ASSERT_TRUE(board.bus_write(kFlashKey, 0xCDEF'89AB));
  ASSERT_TRUE(board.bus_write(kFlashControl, kProgramHalfWords));
  for (size_t i = 0; i < code.size(); ++i) {
    ASSERT_TRUE(board.bus_write(static_cast<uint32_t>(kSpareFlash + 2 * i), code[i], 2));
    run_for(kMillisecond);
  }
  ASSERT_TRUE(board.bus_write(kFlashControl, kLock));
}

}  // namespace test
