// Reservations, the binding of a chip to one, and attempts.
#include <sys/random.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "db/src/registry_core.h"
#include "db/src/text.h"

namespace db {
namespace {

using base::ErrorCode;
using base::failure;

// The lowest reservation of the order that no chip took yet.
Outcome<std::optional<Unit>> free_reservation(RegistryCore& core, std::string_view order) {
  return core.find_unit(
      "u.id = (SELECT r.id FROM units AS r WHERE r.state = 'reserved'"
      " AND r.\"order\" = (SELECT id FROM orders WHERE name = ?) ORDER BY r.serial LIMIT 1)",
      order);
}

// Takes the next serial of the order, inside the caller's transaction.
Outcome<Unit> allocate(RegistryCore& core, std::string_view order, const ByteArray<16>& transaction_id, int64_t now) {
  auto& connection = *core.connection;
  int64_t id = 0;
  std::string serial;
  {
    BASE_ASSIGN(auto query, connection.query("SELECT id, quantity, allocated, serial_prefix,"
                                             " printf('%0*d', serial_digits, serial_first + allocated)"
                                             " FROM orders WHERE name = ?",
                                             order));
    BASE_ASSIGN(const bool found, query.step());
    if (!found) return core.not_found("no order " + clean_text(order));
    if (query.integer(2) >= query.integer(1)) {
      return failure(
          ErrorCode::kOrderExhausted,
          "All " + std::to_string(query.integer(1)) + " serial numbers of order " + std::string(order) + " are used",
          connection.path(), "Create another order");
    }
    id = query.integer(0);
    serial = query.text(3) + query.text(4);
  }
  BASE_TRY(connection.run("UPDATE orders SET allocated = allocated + 1 WHERE id = ?", id));
  const auto stored = connection.run(
      "INSERT INTO units (serial, \"order\", transaction_id, state, created_at, updated_at)"
      " VALUES (?, ?, ?, 'reserved', ?, ?)",
      serial, id, transaction_id, now, now);
  if (!stored) {
    if (stored.error().code != ErrorCode::kRegistryConstraint) return std::unexpected(stored.error());
    BASE_ASSIGN(const auto holder, core.find_unit("u.transaction_id = ?", transaction_id));
    return core.taken("transaction id", holder, Unit{.serial = serial});
  }
  BASE_TRY(core.append_event(now, kind::kReserved, serial,
                             {{"order", text_value(order)}, {"transaction", bytes_value(transaction_id)}}));
  BASE_ASSIGN(auto made, core.find_unit("u.serial = ?", serial));
  if (!made) return core.not_found("no unit with the serial " + serial);
  return *std::move(made);
}

Outcome<ByteArray<16>> fresh_transaction() {
  ByteArray<16> id{};
  if (::getrandom(id.data(), id.size(), 0) == static_cast<ssize_t>(id.size())) return id;
  return failure(ErrorCode::kIo, std::string("The kernel's random generator failed: ") + std::strerror(errno));
}

// A process that was killed could not say how its attempt ended.
Outcome<void> close_open_attempt(RegistryCore& core, const Unit& unit, int64_t now) {
  int64_t number = 0;
  {
    BASE_ASSIGN(auto open,
                core.connection->query("SELECT number FROM attempts WHERE unit = ? AND ended_at IS NULL", unit.id));
    BASE_ASSIGN(const bool found, open.step());
    if (!found) return {};
    number = open.integer(0);
  }
  BASE_TRY(core.connection->run(
      "UPDATE attempts SET ended_at = ?, outcome = 'interrupted' WHERE unit = ? AND ended_at IS NULL", now, unit.id));
  return core.append_event(now, kind::kAttemptInterrupted, unit.serial, {{"attempt", Value(number)}});
}

// Binds the chip to the reservation, or to the next one where another process took it meanwhile.
Outcome<Unit> bind_chip(RegistryCore& core, const Unit& reserved, ByteView chip_id, std::string_view board,
                        int64_t now) {
  BASE_ASSIGN(Unit candidate, core.current(reserved));
  if (candidate.state != UnitState::kReserved) {
    BASE_ASSIGN(auto other, free_reservation(core, candidate.order));
    if (other) {
      candidate = *std::move(other);
    } else {
      BASE_ASSIGN(const auto id, fresh_transaction());
      BASE_ASSIGN(candidate, allocate(core, candidate.order, id, now));
    }
  }
  BASE_TRY(core.connection->run(
      "UPDATE units SET state = 'contacted', chip_id = ?, board = ?, updated_at = ? WHERE id = ? AND state = 'reserved'"
      " AND chip_id IS NULL",
      chip_id, known(board), now, candidate.id));
  return candidate;
}

}  // namespace

Outcome<Unit> Registry::reserve_unit(std::string_view order, const ByteArray<16>& transaction_id) {
  const std::scoped_lock lock(impl_->mutex);
  BASE_ASSIGN(auto transaction, impl_->connection->begin());
  BASE_ASSIGN(auto free, free_reservation(*impl_, order));
  if (free) return *std::move(free);
  BASE_ASSIGN(Unit made, allocate(*impl_, order, transaction_id, now_ms()));
  BASE_TRY(transaction.commit());
  return made;
}

Outcome<Registry::Contact> Registry::contact(const Unit& reserved, ByteView chip_id, std::string_view board,
                                             std::string_view agent_version, std::string_view port) {
  if (chip_id.empty() || chip_id.size() > 64) {
    return failure(ErrorCode::kInvalidArgument, "A chip id has 1 to 64 bytes, not " + std::to_string(chip_id.size()),
                   "unit " + reserved.serial, "Check the agent of the board");
  }
  const std::scoped_lock lock(impl_->mutex);
  auto& connection = *impl_->connection;
  const int64_t now = now_ms();
  BASE_ASSIGN(auto transaction, connection.begin());
  Contact contact;
  BASE_ASSIGN(auto by_chip, impl_->find_unit("u.chip_id = ?", chip_id));
  contact.resumed = by_chip.has_value();
  if (by_chip) {
    contact.unit = *std::move(by_chip);
    BASE_TRY(close_open_attempt(*impl_, contact.unit, now));
  } else {
    BASE_ASSIGN(contact.unit, bind_chip(*impl_, reserved, chip_id, board, now));
  }
  const int64_t number = contact.unit.attempts + 1;
  BASE_TRY(connection.run("UPDATE units SET attempts = ?, updated_at = ? WHERE id = ?", number, now, contact.unit.id));
  BASE_TRY(connection.run(
      "INSERT INTO attempts (unit, number, port, agent_version, station, operator, started_at) VALUES (?, ?, ?, ?, ?, "
      "?, ?)",
      contact.unit.id, number, known(port), known(agent_version), impl_->station, impl_->operator_name, now));
  contact.attempt = connection.last_row();
  BASE_TRY(impl_->append_event(now, contact.resumed ? kind::kContactedAgain : kind::kContacted, contact.unit.serial,
                               {{"chip", bytes_value(chip_id)},
                                {"board", known_value(board)},
                                {"agent-version", known_value(agent_version)},
                                {"port", known_value(port)},
                                {"attempt", Value(number)}}));
  BASE_ASSIGN(contact.unit, impl_->current(contact.unit));
  BASE_TRY(transaction.commit());
  return contact;
}

Outcome<void> Registry::finish_attempt(int64_t attempt, std::string_view error_name, std::string_view text,
                                       std::string_view steps_json) {
  const std::scoped_lock lock(impl_->mutex);
  auto& connection = *impl_->connection;
  const int64_t now = now_ms();
  BASE_ASSIGN(auto transaction, connection.begin());
  const std::string outcome = error_name.empty() ? "done" : "failed";
  std::string serial;
  int64_t number = 0;
  {
    BASE_ASSIGN(auto query, connection.query("SELECT u.serial, a.number, a.outcome, a.error_name FROM attempts AS a"
                                             " JOIN units AS u ON u.id = a.unit WHERE a.id = ?",
                                             attempt));
    BASE_ASSIGN(const bool found, query.step());
    if (!found) return impl_->not_found("no attempt " + std::to_string(attempt));
    serial = query.text(0);
    number = query.integer(1);
    if (!query.is_null(2)) {
      if (query.text(2) == outcome && query.text(3) == clean_text(error_name)) return {};
      return failure(ErrorCode::kRegistryState,
                     "Attempt " + std::to_string(number) + " of unit " + serial + " ended already as " + query.text(2),
                     connection.path(), "Another program contacted the unit meanwhile; look at its events");
    }
  }
  std::optional<std::string> steps;
  if (!steps_json.empty()) {
    // Not a CHECK: with an untrusted schema SQLite refuses its JSON functions there.
    BASE_ASSIGN(auto valid, connection.query("SELECT json_valid(?)", steps_json));
    BASE_TRY(valid.step());
    if (valid.integer(0) == 0)
      return failure(ErrorCode::kInvalidArgument, "The steps of an attempt are not JSON", "unit " + serial);
    steps = std::string(steps_json);
  }
  BASE_TRY(connection.run(
      "UPDATE attempts SET ended_at = ?, outcome = ?, error_name = ?, error_text = ?, steps = ? WHERE id = ?", now,
      outcome, known(error_name), known(text), steps, attempt));
  BASE_TRY(impl_->append_event(now, kind::kAttemptEnded, serial,
                               {{"attempt", Value(number)},
                                {"outcome", Value(outcome)},
                                {"error", known_value(error_name)},
                                {"text", known_value(text)}}));
  return transaction.commit();
}

}  // namespace db
