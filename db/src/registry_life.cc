// The steps of a unit's life: each takes it one state on, once, together with the event that says so.
#include <functional>

#include "db/src/registry_core.h"
#include "db/src/unit_state.h"

namespace db {
namespace {

using base::ErrorCode;
using base::failure;

std::unexpected<base::Failure> wrong_state(RegistryCore& core, const Unit& unit, std::string_view wanted) {
  return failure(ErrorCode::kRegistryState,
                 "Unit " + unit.serial + " is " + std::string(state_name(unit.state)) + " and cannot become " +
                     std::string(wanted),
                 core.connection->path(), "Look at its events: `factory-tool unit show " + unit.serial + "`");
}

struct Step {
  UnitState to;
  std::string_view kind;
  ValueMap details;
  // True where the unit has this very value already: then the step is done.
  std::function<bool(const Unit& now)> done;
  // Stores what the new state stands on; `now` is the unit as it was before.
  std::function<Outcome<void>(const Unit& now, int64_t at)> store;
};

Outcome<void> take_step(RegistryCore& core, const Unit& named, Step step) {
  const std::scoped_lock lock(core.mutex);
  const int64_t at = now_ms();
  BASE_ASSIGN(auto transaction, core.connection->begin());
  BASE_ASSIGN(const Unit now, core.current(named));
  if (step.done(now)) return {};
  if (!may_follow(now.state, step.to)) return wrong_state(core, now, state_name(step.to));
  BASE_TRY(step.store(now, at));
  BASE_TRY(
      core.connection->run("UPDATE units SET state = ?, updated_at = ? WHERE id = ?", state_name(step.to), at, now.id));
  BASE_TRY(core.append_event(at, step.kind, now.serial, std::move(step.details)));
  return transaction.commit();
}

// Where a value was refused as taken, says whose it is.
template <typename... Values>
Outcome<void> or_taken(RegistryCore& core, Outcome<void> stored, std::string_view what, const Unit& unit,
                       std::string_view condition, const Values&... values) {
  if (stored || stored.error().code != ErrorCode::kRegistryConstraint) return stored;
  BASE_ASSIGN(const auto holder, core.find_unit(condition, values...));
  if (!holder) return stored;
  return core.taken(what, holder, unit);
}

constexpr std::string_view kSeedHolder = "u.id = (SELECT unit FROM seed_commitments WHERE commitment = ?)";

}  // namespace

Outcome<void> Registry::record_seed_intent(const Unit& unit, const ByteArray<32>& commitment) {
  auto& core = *impl_;
  const std::scoped_lock lock(core.mutex);
  const int64_t at = now_ms();
  BASE_ASSIGN(auto transaction, core.connection->begin());
  BASE_ASSIGN(const Unit now, core.current(unit));
  BASE_ASSIGN(const auto holder, core.find_unit(kSeedHolder, commitment));
  if (holder && holder->id == now.id) return {};
  // After the commit the device takes no seed any more.
  if (now.state < UnitState::kContacted || now.state > UnitState::kCertified) return wrong_state(core, now, "seeded");
  BASE_TRY(
      or_taken(core,
               core.connection->run("INSERT INTO seed_commitments (commitment, unit, intended_at) VALUES (?, ?, ?)",
                                    commitment, now.id, at),
               "seed", now, kSeedHolder, commitment));
  BASE_TRY(core.append_event(at, kind::kSeedIntended, now.serial, {{"commitment", bytes_value(commitment)}}));
  return transaction.commit();
}

Outcome<void> Registry::record_seeded(const Unit& unit, const ByteArray<32>& commitment) {
  auto& core = *impl_;
  return take_step(
      core, unit,
      {.to = UnitState::kSeeded,
       .kind = kind::kSeeded,
       .details = {{"commitment", bytes_value(commitment)}},
       .done =
           [&](const Unit& now) {
             return has_reached(now.state, UnitState::kSeeded) && now.seed_commitment == commitment;
           },
       .store = [&](const Unit& now, int64_t at) -> Outcome<void> {
         BASE_TRY(core.connection->run("UPDATE seed_commitments SET confirmed_at = ? WHERE commitment = ? AND unit = ?",
                                       at, commitment, now.id));
         if (core.connection->changes() == 1) return {};
         BASE_ASSIGN(const auto holder, core.find_unit(kSeedHolder, commitment));
         if (holder) return core.taken("seed", holder, now);
         return failure(ErrorCode::kRegistryState, "No seed of this commitment was ever meant for unit " + now.serial,
                        core.connection->path(), "Put the unit aside: its seed is of unknown origin");
       }});
}

Outcome<void> Registry::record_key(const Unit& unit, const ByteArray<65>& public_key) {
  auto& core = *impl_;
  return take_step(
      core, unit,
      {.to = UnitState::kKeyed,
       .kind = kind::kKeyed,
       .details = {{"public-key", bytes_value(public_key)}},
       .done =
           [&](const Unit& now) { return has_reached(now.state, UnitState::kKeyed) && now.public_key == public_key; },
       .store =
           [&](const Unit& now, int64_t at) {
             return or_taken(core,
                             core.connection->run("INSERT INTO keys (unit, public_key, recorded_at) VALUES (?, ?, ?)",
                                                  now.id, public_key, at),
                             "public key", now, "k.public_key = ?", public_key);
           }});
}

Outcome<void> Registry::record_committed(const Unit& unit, const ByteArray<32>& items_digest, int64_t item_count) {
  auto& core = *impl_;
  return take_step(core, unit,
                   {.to = UnitState::kCommitted,
                    .kind = kind::kCommitted,
                    .details = {{"items-digest", bytes_value(items_digest)}, {"item-count", Value(item_count)}},
                    .done =
                        [&](const Unit& now) {
                          return has_reached(now.state, UnitState::kCommitted) && now.items_digest == items_digest &&
                                 now.item_count == item_count;
                        },
                    .store =
                        [&](const Unit& now, int64_t) {
                          return core.connection->run("UPDATE units SET items_digest = ?, item_count = ? WHERE id = ?",
                                                      items_digest, item_count, now.id);
                        }});
}

Outcome<void> Registry::record_provisioned(const Unit& unit, ByteView receipt, int64_t read_protection) {
  auto& core = *impl_;
  return take_step(
      core, unit,
      {.to = UnitState::kProvisioned,
       .kind = kind::kProvisioned,
       .details = {{"read-protection", Value(read_protection)}, {"receipt-digest", Value(sha256(receipt))}},
       .done =
           [&](const Unit& now) {
             return has_reached(now.state, UnitState::kProvisioned) && now.receipt &&
                    base::equal(*now.receipt, receipt);
           },
       .store =
           [&](const Unit& now, int64_t) {
             return or_taken(core, core.connection->run("UPDATE units SET receipt = ? WHERE id = ?", receipt, now.id),
                             "receipt", now, "u.receipt = ?", receipt);
           }});
}

Outcome<void> Registry::record_activated(const Unit& unit, ByteView proof) {
  auto& core = *impl_;
  return take_step(
      core, unit,
      {.to = UnitState::kActivated,
       .kind = kind::kActivated,
       .details = {{"proof-digest", Value(sha256(proof))}},
       // A unit proves itself again whenever it missed the answer: each proof has its own challenge.
       .done = [&](const Unit& now) { return now.state == UnitState::kActivated && now.chip_id == unit.chip_id; },
       .store =
           [&](const Unit& now, int64_t) {
             return or_taken(core,
                             core.connection->run("UPDATE units SET activation_proof = ? WHERE id = ?", proof, now.id),
                             "proof of the first boot", now, "u.activation_proof = ?", proof);
           }});
}

Outcome<void> Registry::record_failed(const Unit& unit, std::string_view error_name, std::string_view text) {
  if (!known(error_name)) {
    return failure(ErrorCode::kInvalidArgument, "A unit fails with the name of an error", "unit " + unit.serial);
  }
  auto& core = *impl_;
  return take_step(
      core, unit,
      {.to = UnitState::kFailed,
       .kind = kind::kFailed,
       .details = {{"error", known_value(error_name)}, {"text", known_value(text)}},
       .done =
           [&](const Unit& now) { return now.state == UnitState::kFailed && now.failure_code == known(error_name); },
       .store =
           [&](const Unit& now, int64_t) {
             return core.connection->run("UPDATE units SET failure_code = ?, failure_text = ? WHERE id = ?",
                                         known(error_name), known(text), now.id);
           }});
}

namespace {

// Scrapped and revoked differ only in where they come from.
Outcome<void> retire(RegistryCore& core, const Unit& unit, UnitState to, std::string_view kind,
                     std::string_view reason) {
  if (!known(reason)) {
    return failure(ErrorCode::kInvalidArgument, "A reason must be given", "unit " + unit.serial,
                   "Say why: it is what an auditor will read");
  }
  return take_step(core, unit,
                   {.to = to,
                    .kind = kind,
                    .details = {{"reason", known_value(reason)}},
                    .done = [&](const Unit& now) { return now.state == to; },
                    .store = [&](const Unit& now, int64_t) -> Outcome<void> {
                      if (to == UnitState::kRevoked && !now.certificate)
                        return wrong_state(core, now, "revoked: it has no certificate");
                      return core.connection->run("UPDATE units SET reason = ? WHERE id = ?", known(reason), now.id);
                    }});
}

}  // namespace

Outcome<void> Registry::record_scrapped(const Unit& unit, std::string_view reason) {
  return retire(*impl_, unit, UnitState::kScrapped, kind::kScrapped, reason);
}

Outcome<void> Registry::record_revoked(const Unit& unit, std::string_view reason) {
  return retire(*impl_, unit, UnitState::kRevoked, kind::kRevoked, reason);
}

Outcome<void> Registry::record_clone(const Unit& unit, ByteView other_chip_id) {
  auto& core = *impl_;
  const std::scoped_lock lock(core.mutex);
  const int64_t at = now_ms();
  BASE_ASSIGN(auto transaction, core.connection->begin());
  BASE_ASSIGN(const Unit now, core.current(unit));
  if (now.chip_id && base::equal(*now.chip_id, other_chip_id)) {
    return failure(ErrorCode::kInvalidArgument, "Unit " + now.serial + " is no clone: the chip is its own",
                   core.connection->path());
  }
  BASE_TRY(core.connection->run("INSERT OR IGNORE INTO clones (unit, chip_id, seen_at) VALUES (?, ?, ?)", now.id,
                                other_chip_id, at));
  if (core.connection->changes() == 0) return {};  // this one was seen before
  BASE_TRY(core.connection->run("UPDATE units SET clone_suspected = 1, updated_at = ? WHERE id = ?", at, now.id));
  BASE_TRY(core.append_event(at, kind::kCloneSuspected, now.serial, {{"other-chip", bytes_value(other_chip_id)}}));
  return transaction.commit();
}

}  // namespace db
