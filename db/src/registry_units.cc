// Looking units up.
#include "db/src/registry_core.h"
#include "db/src/text.h"

namespace db {

Outcome<std::optional<Unit>> Registry::unit_by_chip(ByteView chip_id) {
  const std::scoped_lock lock(impl_->mutex);
  return impl_->find_unit("u.chip_id = ?", chip_id);
}

Outcome<Unit> Registry::unit(std::string_view serial) {
  const std::scoped_lock lock(impl_->mutex);
  BASE_ASSIGN(auto found, impl_->find_unit("u.serial = ?", serial));
  if (!found) return impl_->not_found("no unit with the serial " + clean_text(serial));
  return *std::move(found);
}

Outcome<std::optional<Unit>> Registry::unit_by_fingerprint(const ByteArray<32>& certificate_fingerprint) {
  const std::scoped_lock lock(impl_->mutex);
  return impl_->find_unit("u.id = (SELECT unit FROM certificates WHERE fingerprint = ?)", certificate_fingerprint);
}

Outcome<std::vector<Unit>> Registry::units(const UnitFilter& filter) {
  const std::scoped_lock lock(impl_->mutex);
  int64_t order = 0;
  if (filter.order) {
    BASE_ASSIGN(auto query, impl_->connection->query("SELECT id FROM orders WHERE name = ?", *filter.order));
    BASE_ASSIGN(const bool found, query.step());
    if (!found) return impl_->not_found("no order " + clean_text(*filter.order));
    order = query.integer(0);
  }
  const int64_t limit = filter.limit > 0 ? filter.limit : 0;
  const std::string after = filter.after_serial.value_or("");  // every serial is greater than the empty text
  // One text for each combination, so that each gets the index made for it.
  const auto select = [&]() -> Outcome<sqlite::Query> {
    auto& connection = *impl_->connection;
    constexpr std::string_view kOrderState =
        "u.\"order\" = ? AND u.state = ? AND u.serial > ? ORDER BY u.serial LIMIT ?";
    constexpr std::string_view kOrder = "u.\"order\" = ? AND u.serial > ? ORDER BY u.serial LIMIT ?";
    constexpr std::string_view kState = "u.state = ? AND u.serial > ? ORDER BY u.serial LIMIT ?";
    constexpr std::string_view kAll = "u.serial > ? ORDER BY u.serial LIMIT ?";
    if (filter.order && filter.state) {
      return connection.query(RegistryCore::unit_select(kOrderState), order, state_name(*filter.state), after, limit);
    }
    if (filter.order) return connection.query(RegistryCore::unit_select(kOrder), order, after, limit);
    if (filter.state)
      return connection.query(RegistryCore::unit_select(kState), state_name(*filter.state), after, limit);
    return connection.query(RegistryCore::unit_select(kAll), after, limit);
  };
  BASE_ASSIGN(auto query, select());
  std::vector<Unit> found;
  for (;;) {
    BASE_ASSIGN(const bool more, query.step());
    if (!more) return found;
    BASE_ASSIGN(Unit unit, impl_->read_unit(query));
    found.push_back(std::move(unit));
  }
}

}  // namespace db
