#include "db/src/unit_state.h"

namespace db {
namespace {

constexpr std::string_view kNames[kUnitStates] = {"reserved",  "contacted", "seeded",      "keyed",
                                                  "certified", "committed", "provisioned", "activated",
                                                  "failed",    "scrapped",  "revoked"};

}  // namespace

std::string_view state_name(UnitState state) { return kNames[static_cast<size_t>(state)]; }

std::optional<UnitState> state_from_name(std::string_view name) {
  for (int i = 0; i < kUnitStates; ++i) {
    if (kNames[i] == name) return static_cast<UnitState>(i);
  }
  return std::nullopt;
}

bool has_reached(UnitState state, UnitState step) { return state <= UnitState::kActivated && state >= step; }

bool may_follow(UnitState from, UnitState to) {
  switch (to) {
    case UnitState::kReserved:
      return false;
    case UnitState::kFailed:
      // A unit that was provisioned holds a verified receipt: it is scrapped or revoked, not failed.
      return from >= UnitState::kContacted && from <= UnitState::kCommitted;
    case UnitState::kScrapped:
      return from <= UnitState::kFailed;
    case UnitState::kRevoked:
      // A certificate outlives the unit it was issued for (failed, scrapped); the schema asks for one.
      return from >= UnitState::kCertified && from != UnitState::kRevoked;
    default:
      return from <= UnitState::kActivated && static_cast<int>(to) == static_cast<int>(from) + 1;
  }
}

}  // namespace db
