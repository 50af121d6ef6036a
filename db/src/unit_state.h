// The life of a unit as rules. The schema's trigger `units_state_forward` holds the same pairs against every program.
#pragma once

#include "db/src/registry.h"

namespace db {

inline constexpr int kUnitStates = 11;

// True where a unit may go from one state to the other in one step.
[[nodiscard]] bool may_follow(UnitState from, UnitState to);
// True where `state` is `step` or lies after it on the way to activated; never for failed, scrapped and revoked.
[[nodiscard]] bool has_reached(UnitState state, UnitState step);

}  // namespace db
