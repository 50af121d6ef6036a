// What the parts of the registry share: the connection, who is at work, and how units and events are read and written.
// Each part (registry_orders.cc, registry_life.cc, ...) has the methods of one concern.
#pragma once

#include <mutex>

#include "db/src/event_record.h"
#include "db/src/registry.h"
#include "db/src/sqlite.h"

namespace db {

// The kinds of events. Released names are never given another meaning.
namespace kind {
inline constexpr std::string_view kBatchCreated = "batch-created";
inline constexpr std::string_view kOrderCreated = "order-created";
inline constexpr std::string_view kReserved = "unit-reserved";
inline constexpr std::string_view kContacted = "unit-contacted";
inline constexpr std::string_view kContactedAgain = "unit-contacted-again";
inline constexpr std::string_view kAttemptEnded = "attempt-ended";
inline constexpr std::string_view kAttemptInterrupted = "attempt-interrupted";
inline constexpr std::string_view kSeedIntended = "seed-intended";
inline constexpr std::string_view kSeeded = "unit-seeded";
inline constexpr std::string_view kKeyed = "unit-keyed";
inline constexpr std::string_view kSerialReserved = "certificate-serial-reserved";
inline constexpr std::string_view kCertified = "unit-certified";
inline constexpr std::string_view kCommitted = "unit-committed";
inline constexpr std::string_view kProvisioned = "unit-provisioned";
inline constexpr std::string_view kActivated = "unit-activated";
inline constexpr std::string_view kFailed = "unit-failed";
inline constexpr std::string_view kScrapped = "unit-scrapped";
inline constexpr std::string_view kRevoked = "unit-revoked";
inline constexpr std::string_view kCloneSuspected = "clone-suspected";
}  // namespace kind

struct RegistryCore {
  std::unique_ptr<sqlite::Connection> connection;
  // A registry may be shared by threads: a method holds this from its first statement to its last.
  std::mutex mutex;
  std::optional<std::string> station;
  std::optional<std::string> operator_name;

  // Appends an event inside the caller's transaction.
  Outcome<void> append_event(int64_t at, std::string_view kind, std::string_view subject, ValueMap details);

  // One unit by a condition over `u` ("u.serial = ?").
  template <typename... Values>
  Outcome<std::optional<Unit>> find_unit(std::string_view condition, const Values&... values) {
    BASE_ASSIGN(auto query, connection->query(unit_select(condition), values...));
    BASE_ASSIGN(const bool row, query.step());
    if (!row) return std::nullopt;
    BASE_ASSIGN(Unit unit, read_unit(query));
    return std::optional<Unit>(std::move(unit));
  }
  // The unit that the caller named, as it is on record now. kRegistryNotFound.
  Outcome<Unit> current(const Unit& named);

  static std::string unit_select(std::string_view condition);
  Outcome<Unit> read_unit(const sqlite::Query& query) const;

  // The failure for a value that is taken; `holder`: the unit that has it, if it can be told.
  std::unexpected<base::Failure> taken(std::string_view what, const std::optional<Unit>& holder,
                                       const Unit& wanted) const;
  std::unexpected<base::Failure> not_found(std::string what) const;
};

struct Registry::Impl : RegistryCore {};

[[nodiscard]] int64_t now_ms();
[[nodiscard]] Bytes sha256(ByteView data);
// What the events of an order and a batch say; audited against their rows.
[[nodiscard]] ValueMap batch_details(const Batch& batch);
[[nodiscard]] ValueMap order_details(const Order& order);

// NULL where a text is empty: unknown is never an empty string.
[[nodiscard]] std::optional<std::string> known(std::string_view text);
// The same as a value of an event.
[[nodiscard]] Value known_value(std::string_view text);
[[nodiscard]] inline Value bytes_value(ByteView data) { return Value(base::to_bytes(data)); }
[[nodiscard]] inline Value text_value(std::string_view text) { return Value(std::string(text)); }

}  // namespace db
