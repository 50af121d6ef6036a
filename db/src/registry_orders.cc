// Batches and orders.
#include <cstdio>

#include "db/src/registry_core.h"
#include "db/src/text.h"
#include "db/src/unit_state.h"

namespace db {
namespace {

using base::ErrorCode;
using base::failure;

std::unexpected<base::Failure> bad(std::string what, std::string_view where) {
  return failure(ErrorCode::kInvalidArgument, std::move(what), std::string(where), "Correct it; nothing was changed");
}

std::string serial_text(const Order& order, int64_t number) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%0*lld", order.serial_digits, static_cast<long long>(number));
  return order.serial_prefix + digits;
}

Outcome<void> check_order(const Order& order) {
  const std::string where = "order " + clean_text(order.name);
  if (!is_name(order.name)) return bad("The name of an order has 1 to 100 characters and no control characters", where);
  if (!is_name(order.profile_name) || !is_name(order.issuing_ca)) {
    return bad("An order needs the names of a profile and of an issuing CA", where);
  }
  if (!is_utf8(order.profile_source)) return bad("The profile is not UTF-8 text", where);
  if (!order.serial_prefix.empty() && !is_name(order.serial_prefix)) {
    return bad("The serial prefix has at most 100 characters and no control characters", where);
  }
  if (order.serial_digits < 1 || order.serial_digits > 18) return bad("A serial number has 1 to 18 digits", where);
  if (order.quantity < 1) return bad("The quantity of an order is 1 or more", where);
  int64_t limit = 1;
  for (int i = 0; i < order.serial_digits; ++i) limit *= 10;
  if (order.serial_first < 0 || order.quantity > limit || order.serial_first > limit - order.quantity) {
    return bad("The serial numbers do not fit in " + std::to_string(order.serial_digits) + " digits", where);
  }
  for (const auto& [name, value] : order.variables) {
    if (!is_name(name) || !is_utf8(value)) return bad("A variable has no name, or is not text", where);
  }
  return {};
}

Outcome<std::optional<Batch>> find_batch(RegistryCore& core, std::string_view name) {
  BASE_ASSIGN(auto row,
              core.connection->query("SELECT id, name, batch_id, created_at FROM batches WHERE name = ?", name));
  BASE_ASSIGN(const bool found, row.step());
  if (!found) return std::nullopt;
  Batch batch{.name = row.text(1), .id = row.array<16>(2), .stations = {}, .created_at = row.integer(3)};
  BASE_ASSIGN(auto station,
              core.connection->query("SELECT public_key FROM batch_stations WHERE batch = ? ORDER BY position",
                                     row.integer(0)));
  for (;;) {
    BASE_ASSIGN(const bool more, station.step());
    if (!more) return std::optional<Batch>(std::move(batch));
    batch.stations.push_back(station.array<65>(0));
  }
}

Outcome<std::optional<Order>> find_order(RegistryCore& core, std::string_view name) {
  BASE_ASSIGN(auto row, core.connection->query(
                            "SELECT o.id, o.name, b.name, o.profile_name, o.profile_version, o.profile_source,"
                            " o.profile_digest, o.issuing_ca, o.serial_prefix, o.serial_digits, o.serial_first,"
                            " o.quantity, o.created_at"
                            " FROM orders AS o JOIN batches AS b ON b.id = o.batch WHERE o.name = ?",
                            name));
  BASE_ASSIGN(const bool found, row.step());
  if (!found) return std::nullopt;
  Order order{.name = row.text(1),
              .batch = row.text(2),
              .profile_name = row.text(3),
              .profile_version = row.integer(4),
              .profile_source = row.text(5),
              .profile_digest = row.array<32>(6),
              .issuing_ca = row.text(7),
              .serial_prefix = row.text(8),
              .serial_digits = static_cast<int>(row.integer(9)),
              .serial_first = row.integer(10),
              .quantity = row.integer(11),
              .variables = {},
              .created_at = row.integer(12)};
  BASE_ASSIGN(auto variable,
              core.connection->query("SELECT name, value FROM order_variables WHERE \"order\" = ? ORDER BY position",
                                     row.integer(0)));
  for (;;) {
    BASE_ASSIGN(const bool more, variable.step());
    if (!more) return std::optional<Order>(std::move(order));
    order.variables.emplace_back(variable.text(0), variable.text(1));
  }
}

// Names first, then each record: a nested statement would keep a lock for as long as its reader needs.
Outcome<std::vector<std::string>> names(RegistryCore& core, std::string_view sql) {
  std::vector<std::string> all;
  BASE_ASSIGN(auto query, core.connection->query(sql));
  for (;;) {
    BASE_ASSIGN(const bool more, query.step());
    if (!more) return all;
    all.push_back(query.text(0));
  }
}

}  // namespace

ValueMap batch_details(const Batch& batch) {
  ValueArray stations;
  for (const auto& key : batch.stations) stations.push_back(bytes_value(key));
  return {{"id", bytes_value(batch.id)}, {"stations", Value(std::move(stations))}};
}

ValueMap order_details(const Order& order) {
  ValueMap variables;
  for (const auto& [name, value] : order.variables) variables.emplace(name, text_value(value));
  return {{"batch", text_value(order.batch)},
          {"profile", text_value(order.profile_name)},
          {"profile-version", Value(order.profile_version)},
          {"profile-digest", bytes_value(order.profile_digest)},
          {"issuing-ca", text_value(order.issuing_ca)},
          {"serial-first", text_value(serial_text(order, order.serial_first))},
          {"serial-last", text_value(serial_text(order, order.serial_first + order.quantity - 1))},
          {"quantity", Value(order.quantity)},
          {"variables", Value(std::move(variables))}};
}

Outcome<void> Registry::create_batch(const Batch& batch) {
  if (!is_name(batch.name)) {
    return bad("The name of a batch has 1 to 100 characters and no control characters", clean_text(batch.name));
  }
  const std::scoped_lock lock(impl_->mutex);
  auto& connection = *impl_->connection;
  const int64_t now = now_ms();
  BASE_ASSIGN(auto transaction, connection.begin());
  BASE_ASSIGN(const auto existing, find_batch(*impl_, batch.name));
  if (existing) {
    return failure(ErrorCode::kRegistryExists, "There is a batch " + batch.name + " already", connection.path(),
                   "Use it, or choose another name");
  }
  BASE_TRY(connection.run("INSERT INTO batches (name, batch_id, created_at) VALUES (?, ?, ?)", batch.name, batch.id,
                          batch.created_at > 0 ? batch.created_at : now));
  const int64_t id = connection.last_row();
  int64_t position = 0;
  for (const auto& key : batch.stations) {
    BASE_TRY(connection.run("INSERT INTO batch_stations (batch, position, public_key) VALUES (?, ?, ?)", id, position++,
                            key));
  }
  BASE_TRY(impl_->append_event(now, kind::kBatchCreated, batch.name, batch_details(batch)));
  return transaction.commit();
}

Outcome<Batch> Registry::batch(std::string_view name) {
  const std::scoped_lock lock(impl_->mutex);
  BASE_ASSIGN(auto found, find_batch(*impl_, name));
  if (!found) return impl_->not_found("no batch " + clean_text(name));
  return *std::move(found);
}

Outcome<std::vector<Batch>> Registry::batches() {
  const std::scoped_lock lock(impl_->mutex);
  BASE_ASSIGN(const auto all, names(*impl_, "SELECT name FROM batches ORDER BY id"));
  std::vector<Batch> batches;
  for (const std::string& name : all) {
    BASE_ASSIGN(auto found, find_batch(*impl_, name));
    if (found) batches.push_back(*std::move(found));
  }
  return batches;
}

Outcome<void> Registry::create_order(const Order& order) {
  BASE_TRY(check_order(order));
  const std::scoped_lock lock(impl_->mutex);
  auto& connection = *impl_->connection;
  const int64_t now = now_ms();
  BASE_ASSIGN(auto transaction, connection.begin());
  BASE_ASSIGN(const auto existing, find_order(*impl_, order.name));
  if (existing) {
    return failure(ErrorCode::kRegistryExists, "There is an order " + order.name + " already", connection.path(),
                   "Use it, or choose another name");
  }
  int64_t batch = 0;
  {
    BASE_ASSIGN(auto query, connection.query("SELECT id FROM batches WHERE name = ?", order.batch));
    BASE_ASSIGN(const bool found, query.step());
    if (!found) return impl_->not_found("no batch " + clean_text(order.batch));
    batch = query.integer(0);
  }
  const std::string first = serial_text(order, order.serial_first);
  const std::string last = serial_text(order, order.serial_first + order.quantity - 1);
  const auto stored = connection.run(
      "INSERT INTO orders (name, batch, profile_name, profile_version, profile_source, profile_digest, issuing_ca,"
      " serial_prefix, serial_digits, serial_first, quantity, first_serial, last_serial, created_at)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      order.name, batch, order.profile_name, order.profile_version, order.profile_source, order.profile_digest,
      order.issuing_ca, order.serial_prefix, order.serial_digits, order.serial_first, order.quantity, first, last,
      order.created_at > 0 ? order.created_at : now);
  if (!stored) {
    auto error = stored.error();
    if (error.code == ErrorCode::kRegistryConstraint) {
      error.where = "order " + order.name + ", " + first + " to " + last;
      error.next = "Choose another prefix or first number (`factory-tool order list`). Nothing was changed";
    }
    return std::unexpected(std::move(error));
  }
  const int64_t id = connection.last_row();
  int64_t position = 0;
  for (const auto& [name, value] : order.variables) {
    BASE_TRY(connection.run("INSERT INTO order_variables (\"order\", position, name, value) VALUES (?, ?, ?, ?)", id,
                            position++, name, value));
  }
  BASE_TRY(impl_->append_event(now, kind::kOrderCreated, order.name, order_details(order)));
  return transaction.commit();
}

Outcome<Order> Registry::order(std::string_view name) {
  const std::scoped_lock lock(impl_->mutex);
  BASE_ASSIGN(auto found, find_order(*impl_, name));
  if (!found) return impl_->not_found("no order " + clean_text(name));
  return *std::move(found);
}

Outcome<std::vector<Order>> Registry::orders() {
  const std::scoped_lock lock(impl_->mutex);
  BASE_ASSIGN(const auto all, names(*impl_, "SELECT name FROM orders ORDER BY id"));
  std::vector<Order> orders;
  for (const std::string& name : all) {
    BASE_ASSIGN(auto found, find_order(*impl_, name));
    if (found) orders.push_back(*std::move(found));
  }
  return orders;
}

Outcome<OrderCounts> Registry::order_counts(std::string_view name) {
  const std::scoped_lock lock(impl_->mutex);
  auto& connection = *impl_->connection;
  BASE_ASSIGN(auto snapshot, connection.begin_read());
  OrderCounts counts;
  int64_t order = 0;
  {
    BASE_ASSIGN(auto query, connection.query("SELECT id, quantity FROM orders WHERE name = ?", name));
    BASE_ASSIGN(const bool found, query.step());
    if (!found) return impl_->not_found("no order " + clean_text(name));
    order = query.integer(0);
    counts.quantity = query.integer(1);
  }
  // State by state, because that is the order of the index.
  for (int i = 0; i < kUnitStates; ++i) {
    BASE_ASSIGN(auto query, connection.query("SELECT count(*) FROM units WHERE state = ? AND \"order\" = ?",
                                             state_name(static_cast<UnitState>(i)), order));
    BASE_TRY(query.step());
    counts.by_state[i] = query.integer(0);
    if (static_cast<UnitState>(i) != UnitState::kReserved) counts.used += counts.by_state[i];
  }
  // A reservation can be scrapped without ever seeing a chip.
  BASE_ASSIGN(auto query,
              connection.query(
                  "SELECT count(*) FROM units WHERE state = 'scrapped' AND \"order\" = ? AND chip_id IS NULL", order));
  BASE_TRY(query.step());
  counts.used -= query.integer(0);
  return counts;
}

}  // namespace db
