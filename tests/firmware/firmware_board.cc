#include "tests/firmware/firmware_board.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace test {

using namespace virtual_board;

namespace {

constexpr Time kPatience = 60 * kSecond;
constexpr Time kPause = 3 * kMillisecond;  // ends a burst

constexpr uint32_t kSpareSram = 0x2001'8000;  // 512-byte aligned, as a vector table must be
constexpr uint32_t kVectorTableOffset = 0xE000'ED08;
constexpr uint32_t kVectors = 102;
constexpr uint32_t kSysTickVector = 15;

}  // namespace

FirmwareBoard::FirmwareBoard(const std::string& elf, uint64_t seed, bool hse)
    : image(seed), board(image, {.seed = seed, .hse = hse, .timing = {}}) {
  const auto flashed = board.flash_elf(elf);
  EXPECT_TRUE(flashed) << elf;
}

bool FirmwareBoard::patch_batch_block(base::ByteView block) {
  auto& flash = image.content().flash;
  base::Bytes blank(protocol::kBatchBlockSize, 0);
  std::ranges::copy(protocol::kBatchMagic, blank.begin());
  const auto place = std::search(flash.begin(), flash.end(), blank.begin(), blank.end());
  if (place == flash.end() || block.size() != blank.size()) return false;
  std::ranges::copy(block, place);
  return true;
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
  for (size_t i = 0; i < code.size(); ++i) {
    const size_t at = kSpareFlash - kFlash.base + 2 * i;
    image.content().flash[at] = static_cast<uint8_t>(code[i]);
    image.content().flash[at + 1] = static_cast<uint8_t>(code[i] >> 8);
  }
  for (uint32_t i = 0; i < kVectors; ++i) {
    uint32_t vector = 0;
    ASSERT_TRUE(board.bus_read(kFlash.base + 4 * i, vector));
    if (i == kSysTickVector) vector = kSpareFlash | 1;
    ASSERT_TRUE(board.bus_write(kSpareSram + 4 * i, vector));
  }
  ASSERT_TRUE(board.bus_write(kVectorTableOffset, kSpareSram));
}

}  // namespace test
