// One unit, injected by the real tool over a line of a given speed, and what it cost.
#pragma once

#include <functional>
#include <vector>

#include "tests/support/factory_floor.h"
#include "tests/support/line.h"

namespace bench {

struct UnitFigures {
  double bytes = 0;  // both directions, framing included
  double round_trips = 0;
  double retries = 0;
  double unit_ms = 0;  // from the first byte of the hello to the receipt on record: the sum of the steps
  double wall_ms = 0;  // of the tool's process: the above, opening of home, keys and registry, and the restart
  double cpu_ms = 0;   // of the tool's process, user and system
  // What the bytes take alone: 10 bits each, both directions added up although they may overlap. 0: unpaced.
  double wire_ms = 0;
};

// A fresh unit of order o1. Throws std::runtime_error where the injection fails.
UnitFigures run_unit(test::FactoryFloor& floor, const test::LineOptions& line);
// The median of each figure over `count` units.
UnitFigures median_unit(test::FactoryFloor& floor, const test::LineOptions& line, int count);

}  // namespace bench
