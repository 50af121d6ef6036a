#include "factory-tool/session/receipt_check.h"

#include "protocol/cose.h"

namespace factory {
namespace {

using base::ErrorCode;
using base::failure;

std::unexpected<base::Failure> invalid(const db::Unit& unit, const std::string& what) {
  return failure(
      ErrorCode::kReceiptInvalid, "the receipt of unit " + unit.serial + " is not valid: " + what, "step receipt",
      "Put the unit aside: it is not what was provisioned. Its record and this message tell the auditor why.");
}

}  // namespace

base::Outcome<uint8_t> check_receipt(const db::Unit& unit, uint8_t read_protection,
                                     const protocol::Challenge& challenge, base::ByteView receipt) {
  if (!unit.public_key || !unit.items_digest || !unit.item_count || !unit.chip_id || !unit.board) {
    return failure(ErrorCode::kRegistryState,
                   "unit " + unit.serial + " was not committed, so there is nothing to check a receipt against");
  }
  const auto payload = protocol::cose_verify1(*unit.public_key, protocol::kReceiptLabel, receipt);
  // Nothing was verified, so nothing is known of the unit.
  if (!payload && payload.error() == ErrorCode::kCrypto) return base::failure_of(ErrorCode::kCrypto, "step receipt");
  if (!payload) return invalid(unit, std::string(base::error_text(payload.error())));
  protocol::Receipt fields;
  if (auto decoded = protocol::decode(*payload, fields); !decoded) {
    return invalid(unit, std::string(base::error_text(decoded.error())));
  }
  if (fields.challenge != challenge) return invalid(unit, "it answers another challenge");
  if (!base::equal(fields.chip_id, *unit.chip_id)) return invalid(unit, "it names another chip");
  if (fields.serial != unit.serial) return invalid(unit, "it names another serial number");
  if (fields.transaction != unit.transaction) return invalid(unit, "it names another transaction");
  if (fields.public_key != *unit.public_key) return invalid(unit, "it names another key");
  if (fields.items_digest != *unit.items_digest) return invalid(unit, "the unit holds other items than were sent");
  if (fields.item_count != *unit.item_count) return invalid(unit, "the unit holds another number of items");
  if (fields.lifecycle != protocol::Lifecycle::kSecured) return invalid(unit, "the unit is not locked");
  if (fields.board != *unit.board) return invalid(unit, "it names another board");
  if (fields.read_protection < read_protection) {
    return invalid(unit, "the chip's read protection is at level " + std::to_string(fields.read_protection) +
                             ", the profile wants " + std::to_string(read_protection));
  }
  return fields.read_protection;
}

}  // namespace factory
