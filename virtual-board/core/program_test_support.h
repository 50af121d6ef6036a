// A board that runs one of the programs in testdata/, and the log that the program leaves in SRAM.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "virtual-board/board.h"

namespace virtual_board::test {

inline constexpr uint32_t kLog = 0x2001'0000;
inline constexpr uint32_t kDone = 0x600D'600D;

class ProgramBoard {
 public:
  explicit ProgramBoard(const std::string& program, const BoardOptions& options = {})
      : image_(1), board_(image_, options) {
    const auto flashed = board_.flash_elf(FACTORY_LINE_BOARD_PROGRAMS "/" + program + ".elf");
    if (!flashed) {
      ADD_FAILURE() << flashed.error().to_string();
    }
    board_.power_on();
  }

  [[nodiscard]] Board& board() { return board_; }
  [[nodiscard]] Image& image() { return image_; }
  [[nodiscard]] uint32_t word(uint32_t address) {
    uint32_t value = 0;
    EXPECT_TRUE(board_.bus_read(address, value));
    return value;
  }
  [[nodiscard]] std::vector<uint32_t> words(size_t count) {
    std::vector<uint32_t> log;
    for (uint32_t i = 0; i < count; i++) {
      log.push_back(word(kLog + 4 * i));
    }
    return log;
  }
  // What the program logged before kDone; empty, with a failure, where it did not come to its end.
  [[nodiscard]] std::vector<uint32_t> log() {
    std::vector<uint32_t> log = words(200);
    const auto end = std::find(log.begin(), log.end(), kDone);
    if (end == log.end()) {
      ADD_FAILURE() << "the program did not end; " << board_.trouble();
      return {};
    }
    log.erase(end, log.end());
    return log;
  }
  std::vector<uint32_t> run(Time duration = 20 * kMillisecond) {
    board_.run(board_.now() + duration);
    return log();
  }

 private:
  Image image_;
  Board board_;
};

}  // namespace virtual_board::test
