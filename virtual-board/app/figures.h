// What the program prints for --figures.
#pragma once

#include <string>

#include "virtual-board/board.h"

namespace virtual_board::app {

struct RunSummary {
  std::string end;      // "ended", "lockup" or "power-cut"
  std::string trouble;  // of a lock-up
  uint64_t seed = 0;
  uint32_t baud = 0;  // at the end
  uint64_t lost = 0;  // bytes that no host was there for
  Time ran = 0;       // virtual time of this run
};

// One JSON object, a member a line.
std::string figures_json(const RunSummary& summary, const BoardCounters& counters);

}  // namespace virtual_board::app
