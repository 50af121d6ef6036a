// Certificate serial numbers and certificates.
#include "db/src/registry_core.h"
#include "db/src/unit_state.h"

namespace db {
namespace {

using base::ErrorCode;
using base::failure;

constexpr std::string_view kSerialHolder =
    "u.id = (SELECT unit FROM certificates WHERE issuer_key_id = ? AND serial_number = ?)";

// Takes the number for the unit unless it has it. True: it was new.
Outcome<bool> take_serial(RegistryCore& core, const Unit& unit, ByteView serial_number, ByteView issuer_key_id,
                          int64_t at) {
  BASE_ASSIGN(const auto holder, core.find_unit(kSerialHolder, issuer_key_id, serial_number));
  if (holder && holder->id == unit.id) return false;
  const auto stored = core.connection->run(
      "INSERT INTO certificates (unit, issuer_key_id, serial_number, reserved_at) VALUES (?, ?, ?, ?)", unit.id,
      issuer_key_id, serial_number, at);
  if (!stored) {
    if (holder && stored.error().code == ErrorCode::kRegistryConstraint) {
      return core.taken("certificate serial number", holder, unit);
    }
    return std::unexpected(stored.error());
  }
  BASE_TRY(core.append_event(at, kind::kSerialReserved, unit.serial,
                             {{"issuer", bytes_value(issuer_key_id)}, {"serial-number", bytes_value(serial_number)}}));
  return true;
}

std::unexpected<base::Failure> not_keyed(RegistryCore& core, const Unit& unit) {
  return failure(ErrorCode::kRegistryState,
                 "Unit " + unit.serial + " is " + std::string(state_name(unit.state)) +
                     " and cannot get a certificate: only a keyed unit gets one, once",
                 core.connection->path(), "Look at its events: `factory-tool unit show " + unit.serial + "`");
}

}  // namespace

Outcome<void> Registry::reserve_certificate_serial(const Unit& unit, ByteView serial_number, ByteView issuer_key_id) {
  auto& core = *impl_;
  const std::scoped_lock lock(core.mutex);
  BASE_ASSIGN(auto transaction, core.connection->begin());
  BASE_ASSIGN(const Unit now, core.current(unit));
  if (now.state != UnitState::kKeyed) return not_keyed(core, now);
  BASE_TRY(take_serial(core, now, serial_number, issuer_key_id, now_ms()));
  return transaction.commit();
}

Outcome<void> Registry::record_certificate(const Unit& unit, ByteView certificate, ByteView serial_number,
                                           ByteView issuer_key_id, const ByteArray<32>& fingerprint) {
  auto& core = *impl_;
  const std::scoped_lock lock(core.mutex);
  const int64_t at = now_ms();
  BASE_ASSIGN(auto transaction, core.connection->begin());
  BASE_ASSIGN(const Unit now, core.current(unit));
  if (has_reached(now.state, UnitState::kCertified) && now.certificate && base::equal(*now.certificate, certificate) &&
      now.certificate_fingerprint == fingerprint) {
    return {};
  }
  if (now.state != UnitState::kKeyed) return not_keyed(core, now);
  BASE_TRY(take_serial(core, now, serial_number, issuer_key_id, at));
  const auto stored = core.connection->run(
      "UPDATE certificates SET certificate = ?, fingerprint = ?, issued_at = ?, key = (SELECT id FROM keys WHERE unit "
      "= ?)"
      " WHERE issuer_key_id = ? AND serial_number = ? AND unit = ?",
      certificate, fingerprint, at, now.id, issuer_key_id, serial_number, now.id);
  if (!stored) {
    if (stored.error().code != ErrorCode::kRegistryConstraint) return stored;
    BASE_ASSIGN(const auto holder, core.find_unit("c.fingerprint = ?", fingerprint));
    if (!holder) return stored;
    return core.taken("certificate", holder, now);
  }
  BASE_TRY(core.connection->run("UPDATE units SET state = 'certified', updated_at = ? WHERE id = ?", at, now.id));
  BASE_TRY(core.append_event(at, kind::kCertified, now.serial,
                             {{"issuer", bytes_value(issuer_key_id)},
                              {"serial-number", bytes_value(serial_number)},
                              {"fingerprint", bytes_value(fingerprint)}}));
  return transaction.commit();
}

}  // namespace db
