// The registry examined: the file, the audit log by itself, and whether the log tells the same story as the tables.
#include <array>

#include "db/src/registry_core.h"
#include "db/src/unit_state.h"

namespace db {
namespace {

using base::ErrorCode;
using base::failure;

std::unexpected<base::Failure> corrupt(RegistryCore& core, std::string what) {
  return failure(ErrorCode::kRegistryCorrupt, std::move(what), core.connection->path(),
                 "Stop the line, keep the file and its -wal as they are, and restore the last backup");
}

// SQLite's own checks.
Outcome<void> check_file(RegistryCore& core) {
  {
    BASE_ASSIGN(auto query, core.connection->query("PRAGMA integrity_check(1)"));
    BASE_ASSIGN(const bool row, query.step());
    if (!row || query.text(0) != "ok") return corrupt(core, "The registry is damaged: " + query.text(0));
  }
  BASE_ASSIGN(auto query, core.connection->query("PRAGMA foreign_key_check"));
  BASE_ASSIGN(const bool row, query.step());
  if (row)
    return corrupt(core, "A row of " + query.text(0) + " refers to a row of " + query.text(2) + " that is not there");
  return {};
}

std::optional<std::string> optional_text(const sqlite::Query& query, int column) {
  if (query.is_null(column)) return std::nullopt;
  return query.text(column);
}

// Every event: the next number, canonical, and its columns say the same. Returns how many there are.
Outcome<int64_t> check_events(RegistryCore& core) {
  BASE_ASSIGN(auto query,
              core.connection->query("SELECT sequence, at, kind, subject, station, operator, canonical FROM events"
                                     " ORDER BY sequence"));
  int64_t count = 0;
  for (;;) {
    BASE_ASSIGN(const bool more, query.step());
    if (!more) return count;
    ++count;
    const std::string name = "Event " + std::to_string(query.integer(0));
    if (query.integer(0) != count) return corrupt(core, "Event " + std::to_string(count) + " is missing");
    const Bytes canonical = query.blob(6);
    auto record = decode_event(canonical);
    if (!record) return corrupt(core, name + " is damaged: " + std::string(base::error_text(record.error())));
    record->sequence = query.integer(0);
    record->at = query.integer(1);
    record->kind = query.text(2);
    record->subject = query.text(3);
    record->station = optional_text(query, 4);
    record->operator_name = optional_text(query, 5);
    if (encode_event(*record) != canonical) return corrupt(core, name + " does not fit its columns");
  }
}

// The events of one subject whose kinds begin with nothing but what `wanted` accepts, in order.
Outcome<std::vector<EventRecord>> events_of(RegistryCore& core, std::string_view subject) {
  BASE_ASSIGN(auto query,
              core.connection->query("SELECT canonical FROM events WHERE subject = ? ORDER BY sequence", subject));
  std::vector<EventRecord> events;
  for (;;) {
    BASE_ASSIGN(const bool more, query.step());
    if (!more) return events;
    auto record = decode_event(query.blob(0));
    if (!record) return corrupt(core, "An event of " + std::string(subject) + " is damaged");
    events.push_back(*std::move(record));
  }
}

bool is_creation(std::string_view kind) { return kind == kind::kBatchCreated || kind == kind::kOrderCreated; }

// A batch or order: the details in its event are those of its rows.
Outcome<void> check_creation(RegistryCore& core, std::string_view kind, const std::string& name,
                             const ValueMap& details) {
  BASE_ASSIGN(const auto events, events_of(core, name));
  int found = 0;
  for (const EventRecord& event : events) {
    if (event.kind != kind) continue;
    ++found;
    if (event.details != details) return corrupt(core, "What is on record for " + name + " differs from its event");
  }
  if (found != 1) return corrupt(core, name + " has " + std::to_string(found) + " events of its creation");
  return {};
}

// What the events say about a unit.
struct Story {
  std::optional<UnitState> state;
  ValueMap facts;
  int64_t contacts = 0;
  int64_t seeds = 0;
  int64_t serials = 0;
  int64_t interrupted_or_ended = 0;
  int64_t clones = 0;
};

struct StateEvent {
  std::string_view kind;
  UnitState state;
};
constexpr std::array<StateEvent, kUnitStates> kStateEvents = {{{kind::kReserved, UnitState::kReserved},
                                                               {kind::kContacted, UnitState::kContacted},
                                                               {kind::kSeeded, UnitState::kSeeded},
                                                               {kind::kKeyed, UnitState::kKeyed},
                                                               {kind::kCertified, UnitState::kCertified},
                                                               {kind::kCommitted, UnitState::kCommitted},
                                                               {kind::kProvisioned, UnitState::kProvisioned},
                                                               {kind::kActivated, UnitState::kActivated},
                                                               {kind::kFailed, UnitState::kFailed},
                                                               {kind::kScrapped, UnitState::kScrapped},
                                                               {kind::kRevoked, UnitState::kRevoked}}};

// Takes one event into the story; false where it does not fit what came before.
bool follow(Story& story, const EventRecord& event) {
  for (const StateEvent& change : kStateEvents) {
    if (event.kind != change.kind) continue;
    const bool fits = story.state ? may_follow(*story.state, change.state) : change.state == UnitState::kReserved;
    if (!fits) return false;
    story.state = change.state;
    for (const auto& [name, value] : event.details) story.facts.insert_or_assign(name, value);
    if (change.state == UnitState::kContacted) ++story.contacts;
    return true;
  }
  if (!story.state) return false;
  if (event.kind == kind::kContactedAgain) {
    ++story.contacts;
  } else if (event.kind == kind::kSeedIntended) {
    ++story.seeds;
  } else if (event.kind == kind::kSerialReserved) {
    ++story.serials;
  } else if (event.kind == kind::kAttemptEnded || event.kind == kind::kAttemptInterrupted) {
    ++story.interrupted_or_ended;
  } else if (event.kind == kind::kCloneSuspected) {
    ++story.clones;
  } else {
    return false;
  }
  return true;
}

template <typename T>
Value fact(const std::optional<T>& value) {
  if (!value) return Value(nullptr);
  if constexpr (std::is_same_v<T, std::string>) {
    return Value(*value);
  } else if constexpr (std::is_integral_v<T>) {
    return Value(static_cast<int64_t>(*value));
  } else {
    return bytes_value(*value);
  }
}

Outcome<int64_t> count_of(RegistryCore& core, std::string_view sql, int64_t unit) {
  BASE_ASSIGN(auto query, core.connection->query(sql, unit));
  BASE_TRY(query.step());
  return query.integer(0);
}

// Returns how many events the unit has.
Outcome<int64_t> check_unit(RegistryCore& core, const Unit& unit) {
  BASE_ASSIGN(const auto events, events_of(core, unit.serial));
  Story story;
  int64_t count = 0;
  for (const EventRecord& event : events) {
    if (is_creation(event.kind)) continue;  // an order or batch of the same name
    ++count;
    if (!follow(story, event)) {
      return corrupt(core, "Event " + std::to_string(event.sequence) + " (" + event.kind +
                               ") does not fit the life of unit " + unit.serial);
    }
  }
  if (story.state != unit.state) {
    return corrupt(core, "Unit " + unit.serial + " is " + std::string(state_name(unit.state)) + " but its events say " +
                             std::string(story.state ? state_name(*story.state) : "nothing"));
  }

  const auto says = [&](const std::string& name) {
    const auto found = story.facts.find(name);
    return found != story.facts.end() ? found->second : Value(nullptr);
  };
  const std::pair<const char*, Value> facts[] = {
      {"order", Value(unit.order)},
      {"transaction", bytes_value(unit.transaction)},
      {"chip", fact(unit.chip_id)},
      {"board", fact(unit.board)},
      {"commitment", fact(unit.seed_commitment)},
      {"public-key", fact(unit.public_key)},
      {"serial-number", fact(unit.certificate_serial)},
      {"fingerprint", fact(unit.certificate_fingerprint)},
      {"items-digest", fact(unit.items_digest)},
      {"item-count", fact(unit.item_count)},
      {"receipt-digest", unit.receipt ? Value(sha256(*unit.receipt)) : Value(nullptr)},
      {"error", fact(unit.failure_code)},
      {"text", fact(unit.failure_text)},
  };
  for (const auto& [name, value] : facts) {
    if (says(name) != value) {
      return corrupt(core, "The " + std::string(name) + " of unit " + unit.serial + " differs from its events");
    }
  }

  struct Count {
    const char* name;
    const char* sql;
    int64_t said;
  };
  const Count counts[] = {
      {"attempts", "SELECT count(*) FROM attempts WHERE unit = ?", story.contacts},
      {"attempts that ended", "SELECT count(*) FROM attempts WHERE unit = ? AND ended_at IS NOT NULL",
       story.interrupted_or_ended},
      {"seed commitments", "SELECT count(*) FROM seed_commitments WHERE unit = ?", story.seeds},
      {"certificate serial numbers", "SELECT count(*) FROM certificates WHERE unit = ?", story.serials},
      {"suspected clones", "SELECT count(*) FROM clones WHERE unit = ?", story.clones},
  };
  for (const Count& expected : counts) {
    BASE_ASSIGN(const int64_t rows, count_of(core, expected.sql, unit.id));
    if (rows != expected.said) {
      return corrupt(core, "Unit " + unit.serial + " has " + std::to_string(rows) + " " + expected.name +
                               " but its events say " + std::to_string(expected.said));
    }
  }
  if (unit.attempts != story.contacts || unit.clone_suspected != (story.clones > 0)) {
    return corrupt(core, "The attempts or the clone mark of unit " + unit.serial + " differ from its events");
  }
  return count;
}

}  // namespace

Outcome<void> Registry::verify() {
  BASE_ASSIGN(const auto all_batches, batches());
  BASE_ASSIGN(const auto all_orders, orders());
  auto& core = *impl_;
  const std::scoped_lock lock(core.mutex);
  // One snapshot, so that a line at work does not look like damage.
  BASE_ASSIGN(auto snapshot, core.connection->begin_read());
  BASE_TRY(check_file(core));
  BASE_ASSIGN(const int64_t total, check_events(core));
  for (const Batch& batch : all_batches) {
    BASE_TRY(check_creation(core, kind::kBatchCreated, batch.name, batch_details(batch)));
  }
  for (const Order& order : all_orders) {
    BASE_TRY(check_creation(core, kind::kOrderCreated, order.name, order_details(order)));
  }
  {
    BASE_ASSIGN(auto query, core.connection->query("SELECT o.name FROM orders AS o WHERE o.allocated <>"
                                                   " (SELECT count(*) FROM units AS u WHERE u.\"order\" = o.id)"));
    BASE_ASSIGN(const bool wrong, query.step());
    if (wrong) return corrupt(core, "The count of used serial numbers of order " + query.text(0) + " is wrong");
  }
  int64_t of_units = 0;
  {
    BASE_ASSIGN(auto query, core.connection->query(RegistryCore::unit_select("u.id > 0 ORDER BY u.id")));
    for (;;) {
      BASE_ASSIGN(const bool more, query.step());
      if (!more) break;
      BASE_ASSIGN(const Unit unit, core.read_unit(query));
      BASE_ASSIGN(const int64_t events, check_unit(core, unit));
      of_units += events;
    }
  }
  // What is left must be the creations: an event about a unit that is not there has nowhere to belong.
  BASE_ASSIGN(auto query, core.connection->query("SELECT count(*) FROM events WHERE kind IN (?, ?)",
                                                 kind::kBatchCreated, kind::kOrderCreated));
  BASE_TRY(query.step());
  if (of_units + query.integer(0) != total)
    return corrupt(core, "The audit log has events about units that are not there");
  return {};
}

}  // namespace db
