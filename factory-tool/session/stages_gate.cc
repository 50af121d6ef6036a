// Before contact: whether this device may be touched at all. Nothing here changes the device or its record.
#include "factory-tool/session/advice.h"
#include "factory-tool/session/injection.h"

namespace factory {

using base::ErrorCode;
using base::failure;

Injection::Status Injection::reserve() {
  base::ByteArray<16> transaction{};
  BASE_TRY(context_.seeds.fill(transaction));
  auto reserved = context_.registry.reserve_unit(context_.order.name, transaction);
  if (reserved) {
    reserved_ = *std::move(reserved);
    return {};
  }
  if (reserved.error().code != ErrorCode::kOrderExhausted) return std::unexpected(reserved.error());
  exhausted_ = reserved.error();  // a unit that was begun before can still be finished
  return {};
}

Injection::Status Injection::check_device() {
  if (device_.fault) {
    return std::unexpected(device_failure(*device_.fault, "hello", where("hello")));
  }
  const auto& board = context_.profile.board();
  if (board && *board != device_.board) {
    return failure(ErrorCode::kWrongBoard,
                   "this is a `" + device_.board + "`, the order's profile is for `" + *board + "`", where("hello"),
                   "Plug in the right board, or use the order for this one.");
  }
  if (device_.lifecycle > protocol::Lifecycle::kSecured) {
    return failure(ErrorCode::kUnitUnusable, "the unit is decommissioned", where("hello"), "Put the unit aside.");
  }
  if (device_locked()) return {};  // its batch block is wiped, and the receipt says what it has
  if (device_.max_read_protection < context_.profile.read_protection()) {
    return failure(ErrorCode::kWrongBoard,
                   "the order's profile wants read protection level " +
                       std::to_string(context_.profile.read_protection()) + ", this `" + device_.board + "` has " +
                       std::to_string(device_.max_read_protection) + " at most",
                   where("hello"), "Use a board that has it, or an order whose profile wants less.");
  }
  if (!device_.batch) {
    return failure(ErrorCode::kNoBatch, "the agent image on the unit carries no batch block", where("hello"),
                   advice_for(ErrorCode::kNoBatch));
  }
  if (*device_.batch != context_.batch.id) {
    return failure(ErrorCode::kWrongBatch,
                   "the agent image on the unit belongs to batch id " + base::to_hex(*device_.batch) +
                       ", the order is for batch `" + context_.order.batch + "`",
                   where("hello"), "Use the order of that batch, or flash an image patched for this one.");
  }
  return {};
}

Injection::Status Injection::check_record() {
  if (result_.unit.chip_id == std::nullopt) {  // the registry does not know this chip
    if (device_locked()) {
      return failure(ErrorCode::kDeviceUnknown,
                     "the unit is locked, and the registry does not know chip " + base::to_hex(device_.chip_id),
                     where("hello"), "It was provisioned elsewhere. Put it aside, or give the --home that made it.");
    }
    if (exhausted_) return std::unexpected(*exhausted_);
    return {};
  }
  const db::Unit& unit = result_.unit;
  const std::string who = "chip " + base::to_hex(device_.chip_id) + " is unit " + unit.serial;
  if (unit.order != context_.order.name) {
    return failure(ErrorCode::kUnitUnusable,
                   who + " of order `" + unit.order + "`, not of `" + context_.order.name + "`", where("hello"),
                   "Give --order " + unit.order + ", or another unit.");
  }
  if (unit.state == db::UnitState::kFailed || unit.state == db::UnitState::kScrapped ||
      unit.state == db::UnitState::kRevoked) {
    std::string why = unit.failure_text ? ": " + *unit.failure_text : "";
    return failure(ErrorCode::kUnitUnusable, who + ", recorded as " + std::string(db::state_name(unit.state)) + why,
                   where("hello"), "Put it aside; `factory-tool unit show " + unit.serial + "` says more.");
  }
  if (device_locked() && !reached(db::UnitState::kCommitted)) {
    return failure(ErrorCode::kUnitUnusable, who + ", which is locked before its items were committed here",
                   where("hello"), "Put it aside and ask the auditor: someone else locked it.");
  }
  if (!device_locked() && reached(db::UnitState::kProvisioned)) {
    return failure(
        ErrorCode::kUnitUnusable,
        who + ", recorded as locked, but the device is not: it was erased, or another chip names the same id",
        where("hello"), "Put it aside and ask the auditor.");
  }
  return {};
}

Injection::Status Injection::check_transaction() {
  if (device_locked() || !device_.transaction) return {};
  const bool ours = known_ && known_->transaction == *device_.transaction;
  if (ours) return {};
  if (reached(db::UnitState::kSeeded)) {
    return failure(ErrorCode::kForeignTransaction,
                   "the device holds a transaction that unit " + result_.unit.serial + " never had", where("hello"),
                   "Put the unit aside and ask the auditor: another registry wrote to it since.");
  }
  if (!context_.abort_foreign) {
    return failure(ErrorCode::kForeignTransaction, "the device holds a transaction that this registry did not open",
                   where("hello"),
                   "Finish the unit with the --home that began it, or give --abort-foreign to forget what it holds.");
  }
  foreign_ = true;
  return {};
}

}  // namespace factory
