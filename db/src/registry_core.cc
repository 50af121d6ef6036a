#include "db/src/registry_core.h"

#include <openssl/evp.h>

#include <chrono>

#include "db/src/text.h"

namespace db {

using base::ErrorCode;
using base::failure;

int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

Bytes sha256(ByteView data) {
  Bytes digest(32);
  size_t size = digest.size();
  // Fails only where OpenSSL has no SHA-256 at all; then the column's CHECK on the length refuses the result.
  if (EVP_Q_digest(nullptr, "SHA256", nullptr, data.data(), data.size(), digest.data(), &size) != 1) digest.clear();
  return digest;
}

std::optional<std::string> known(std::string_view text) {
  std::string clean = clean_text(text);
  if (clean.empty()) return std::nullopt;
  return clean;
}

Value known_value(std::string_view text) {
  auto clean = known(text);
  return clean ? Value(*std::move(clean)) : Value(nullptr);
}

Outcome<void> RegistryCore::append_event(int64_t at, std::string_view kind, std::string_view subject,
                                         ValueMap details) {
  EventRecord event{.at = at,
                    .kind = std::string(kind),
                    .subject = std::string(subject),
                    .station = station,
                    .operator_name = operator_name,
                    .details = std::move(details)};
  {
    BASE_ASSIGN(auto last, connection->query("SELECT coalesce(max(sequence), 0) FROM events"));
    BASE_TRY(last.step());
    event.sequence = last.integer(0) + 1;
  }
  return connection->run(
      "INSERT INTO events (sequence, at, kind, subject, station, operator, canonical) VALUES (?, ?, ?, ?, ?, ?, ?)",
      event.sequence, event.at, event.kind, event.subject, event.station, event.operator_name, encode_event(event));
}

std::string RegistryCore::unit_select(std::string_view condition) {
  std::string sql =
      "SELECT u.id, u.serial, o.name, u.transaction_id, u.state, u.chip_id, u.board, s.commitment, k.public_key,"
      " c.certificate, c.fingerprint, c.serial_number, u.items_digest, u.item_count, u.receipt, u.failure_code,"
      " u.failure_text, u.clone_suspected, u.attempts, u.created_at, u.updated_at"
      " FROM units AS u JOIN orders AS o ON o.id = u.\"order\""
      " LEFT JOIN seed_commitments AS s ON s.unit = u.id AND s.confirmed_at IS NOT NULL"
      " LEFT JOIN keys AS k ON k.unit = u.id"
      " LEFT JOIN certificates AS c ON c.unit = u.id AND c.certificate IS NOT NULL"
      " WHERE ";
  sql += condition;
  return sql;
}

Outcome<Unit> RegistryCore::read_unit(const sqlite::Query& query) const {
  Unit unit;
  unit.id = query.integer(0);
  unit.serial = query.text(1);
  unit.order = query.text(2);
  unit.transaction = query.array<16>(3);
  const auto state = state_from_name(query.text(4));
  if (!state) {
    return failure(ErrorCode::kRegistryCorrupt, "Unit " + unit.serial + " has an unknown state", connection->path());
  }
  unit.state = *state;
  if (!query.is_null(5)) unit.chip_id = query.blob(5);
  if (!query.is_null(6)) unit.board = query.text(6);
  if (!query.is_null(7)) unit.seed_commitment = query.array<32>(7);
  if (!query.is_null(8)) unit.public_key = query.array<65>(8);
  if (!query.is_null(9)) unit.certificate = query.blob(9);
  if (!query.is_null(10)) unit.certificate_fingerprint = query.array<32>(10);
  if (!query.is_null(11)) unit.certificate_serial = query.blob(11);
  if (!query.is_null(12)) unit.items_digest = query.array<32>(12);
  if (!query.is_null(13)) unit.item_count = query.integer(13);
  if (!query.is_null(14)) unit.receipt = query.blob(14);
  if (!query.is_null(15)) unit.failure_code = query.text(15);
  if (!query.is_null(16)) unit.failure_text = query.text(16);
  unit.clone_suspected = query.integer(17) != 0;
  unit.attempts = query.integer(18);
  unit.created_at = query.integer(19);
  unit.updated_at = query.integer(20);
  return unit;
}

Outcome<Unit> RegistryCore::current(const Unit& named) {
  BASE_ASSIGN(auto found, find_unit("u.serial = ?", named.serial));
  if (!found || (named.id != 0 && found->id != named.id)) return not_found("no unit with the serial " + named.serial);
  return *std::move(found);
}

std::unexpected<base::Failure> RegistryCore::taken(std::string_view what, const std::optional<Unit>& holder,
                                                   const Unit& wanted) const {
  std::string text = "The " + std::string(what) + " of unit " + wanted.serial;
  text += holder ? " is already that of unit " + holder->serial : " is already on record";
  return failure(ErrorCode::kRegistryConstraint, std::move(text), connection->path(),
                 "Put both units aside: no two may share it. Nothing was changed");
}

std::unexpected<base::Failure> RegistryCore::not_found(std::string what) const {
  return failure(ErrorCode::kRegistryNotFound, "The registry has " + std::move(what), connection->path(),
                 "Check the name, and that this is the right home");
}

}  // namespace db
