#include "virtual-board/core/elf.h"

#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "virtual-board/core/program_test_support.h"

namespace virtual_board::test {
namespace {

std::vector<uint8_t> sample() {
  std::ifstream file(FACTORY_LINE_BOARD_PROGRAMS "/masks.elf", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void put_word(std::vector<uint8_t>& file, size_t at, uint32_t value) {
  for (unsigned i = 0; i < 4; i++) {
    file[at + i] = static_cast<uint8_t>(value >> (8 * i));
  }
}

base::ErrorCode code_of(const std::vector<uint8_t>& file) {
  const auto segments = parse_elf(file, "test");
  return segments ? base::ErrorCode::kOk : segments.error().code;
}

constexpr size_t kProgramHeader = 52;  // where GNU ld puts the first one

TEST(Elf, SegmentsComeWithTheirPhysicalAddresses) {
  const auto segments = parse_elf(sample(), "test");
  ASSERT_TRUE(segments.has_value());
  ASSERT_EQ(segments->size(), 1U);
  EXPECT_EQ(segments->front().address, 0x0800'0000U);
  EXPECT_EQ(segments->front().bytes[3], 0x20) << "the first word is the stack pointer";
}

TEST(Elf, WhatIsNoProgramForThisCoreIsRefused) {
  const auto expect_malformed = [](const char* what, auto damage) {
    std::vector<uint8_t> file = sample();
    damage(file);
    EXPECT_EQ(code_of(file), base::ErrorCode::kMalformed) << what;
  };
  expect_malformed("magic", [](auto& file) { file[1] = 'X'; });
  expect_malformed("64 bits", [](auto& file) { file[4] = 2; });
  expect_malformed("big-endian", [](auto& file) { file[5] = 2; });
  expect_malformed("object file", [](auto& file) { file[16] = 1; });
  expect_malformed("x86", [](auto& file) { file[18] = 3; });
  expect_malformed("headers outside", [](auto& file) { put_word(file, 28, 0xFFFF'FFF0); });
  expect_malformed("too many headers", [](auto& file) { file[44] = file[45] = 0xFF; });
  expect_malformed("size of a header", [](auto& file) { file[42] = 0; });
  expect_malformed("offset outside", [](auto& file) { put_word(file, kProgramHeader + 4, 0xFFFF'FF00); });
  expect_malformed("size outside", [](auto& file) { put_word(file, kProgramHeader + 16, 0xFFFF'FFFF); });
  expect_malformed("nothing to load", [](auto& file) { put_word(file, kProgramHeader, 6); });
  expect_malformed("empty", [](auto& file) { file.clear(); });
}

TEST(Elf, DamagedFilesAreReadWithinTheirBounds) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::vector<uint8_t> good = sample();
  for (unsigned round = 0; round < 2'000; round++) {
    std::vector<uint8_t> file(good.begin(), good.begin() + random() % (good.size() + 1));
    for (unsigned i = 0; i < 4 && !file.empty(); i++) {
      file[random() % std::min<size_t>(file.size(), 96)] = static_cast<uint8_t>(random());
    }
    const auto segments = parse_elf(file, "test");  // the sanitizers watch
    if (segments) {
      for (const ElfSegment& segment : *segments) {
        EXPECT_LE(segment.bytes.size(), file.size());
      }
    }
  }
}

TEST(Elf, SegmentsOutsideFlashAndMissingFilesAreExplained) {
  Image image(1);
  Board board(image, {});
  std::vector<uint8_t> file = sample();
  put_word(file, kProgramHeader + 12, 0x0807'FFF0);
  const std::string path = testing::TempDir() + "outside.elf";
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(file.data()), static_cast<std::streamsize>(file.size()));
  const auto outside = board.flash_elf(path);
  ASSERT_FALSE(outside.has_value());
  EXPECT_EQ(outside.error().code, base::ErrorCode::kMalformed);
  const auto missing = board.flash_elf(path + ".none");
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, base::ErrorCode::kIo);
  const auto directory = board.flash_elf(testing::TempDir());
  ASSERT_FALSE(directory.has_value());
  EXPECT_EQ(image.content().flash[0], 0xFF) << "nothing was programmed";
}

}  // namespace
}  // namespace virtual_board::test
