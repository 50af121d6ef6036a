#include "crypto/arena.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <vector>

namespace crypto {
namespace {

class ArenaTest : public ::testing::Test {
 protected:
  static constexpr size_t kSize = 4096;
  ArenaTest() { give_arena(memory_); }
  ~ArenaTest() override { give_arena(memory_); }
  alignas(8) static inline uint8_t memory_[kSize];
};

TEST_F(ArenaTest, GivesZerosAlignedAndInside) {
  std::fill(std::begin(memory_), std::end(memory_), uint8_t{0xEE});
  give_arena(memory_);
  for (size_t size = 1; size < 40; ++size) {
    auto* given = static_cast<uint8_t*>(factory_line_calloc(1, size));
    ASSERT_NE(given, nullptr) << size;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(given) % 8, 0u);
    EXPECT_GE(given, memory_);
    EXPECT_LE(given + size, memory_ + kSize);
    EXPECT_TRUE(std::all_of(given, given + size, [](uint8_t byte) { return byte == 0; }));
    std::fill(given, given + size, uint8_t{0xFF});
  }
}

TEST_F(ArenaTest, AnyStartOfTheMemoryIsUsed) {
  for (size_t skip = 0; skip < 16; ++skip) {
    give_arena(std::span(memory_).subspan(skip));
    auto* given = static_cast<uint8_t*>(factory_line_calloc(1, 64));
    ASSERT_NE(given, nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(given) % 8, 0u);
    EXPECT_GE(given, memory_ + skip + 4);
  }
}

TEST_F(ArenaTest, RefusesWhatDoesNotFitAndServesOn) {
  EXPECT_EQ(factory_line_calloc(1, kSize), nullptr);
  EXPECT_EQ(factory_line_calloc(SIZE_MAX / 2, 4), nullptr);
  EXPECT_EQ(factory_line_calloc(SIZE_MAX, 1), nullptr);
  EXPECT_NE(factory_line_calloc(1, kSize - 16), nullptr);
  EXPECT_EQ(factory_line_calloc(1, 64), nullptr);
  give_arena({});  // too small for a block: the old one stays
  EXPECT_EQ(factory_line_calloc(1, 64), nullptr);
}

TEST_F(ArenaTest, WhatIsFreeIsJoined) {
  void* blocks[3];
  for (void*& block : blocks) block = factory_line_calloc(1, 1000);
  for (void* block : {blocks[1], blocks[0], blocks[2]}) factory_line_free(block);
  factory_line_free(nullptr);
  EXPECT_NE(factory_line_calloc(1, kSize - 16), nullptr);
}

// Random requests: nothing that is in use is ever changed by another, and all comes back.
TEST_F(ArenaTest, BlocksDoNotTouch) {
  const char* given_seed = std::getenv("FACTORY_LINE_SEED");
  const uint64_t seed = given_seed ? std::strtoull(given_seed, nullptr, 0) : std::random_device()();
  RecordProperty("FACTORY_LINE_SEED", std::to_string(seed));
  SCOPED_TRACE("FACTORY_LINE_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  struct Block {
    uint8_t* data;
    size_t size;
    uint8_t fill;
  };
  std::vector<Block> blocks;
  for (int round = 0; round < 20000; ++round) {
    if (random() % 2 == 0) {
      const size_t size = 1 + random() % (random() % 8 == 0 ? 900 : 60);
      auto* data = static_cast<uint8_t*>(factory_line_calloc(1, size));
      if (data != nullptr) {
        ASSERT_TRUE(std::all_of(data, data + size, [](uint8_t byte) { return byte == 0; }));
        const auto fill = static_cast<uint8_t>(1 + random() % 255);
        std::fill(data, data + size, fill);
        blocks.push_back({data, size, fill});
      }
    } else if (!blocks.empty()) {
      const size_t index = random() % blocks.size();
      const Block block = blocks[index];
      ASSERT_TRUE(std::all_of(block.data, block.data + block.size, [&](uint8_t byte) { return byte == block.fill; }));
      factory_line_free(block.data);
      blocks[index] = blocks.back();
      blocks.pop_back();
    }
  }
  for (const Block& block : blocks) factory_line_free(block.data);
  EXPECT_NE(factory_line_calloc(1, kSize - 16), nullptr);
}

}  // namespace
}  // namespace crypto
