#include "factory-tool/session/verifier.h"

#include "factory-tool/session/receipt_check.h"

namespace factory {

using base::ErrorCode;
using base::failure;
using base::Outcome;

Outcome<uint16_t> random_sequence(SeedProvider& seeds) {
  uint8_t raw[2];
  BASE_TRY(seeds.fill(raw));
  return base::load_be<uint16_t>(raw);
}

Outcome<base::Bytes> attest_unit(DeviceSession& session, SeedProvider& seeds, const db::Unit& unit) {
  protocol::Challenge challenge{};
  BASE_TRY(seeds.fill(challenge));
  BASE_ASSIGN(base::Bytes receipt, session.attest(challenge));
  BASE_TRY(check_receipt(unit, challenge, receipt));
  return receipt;
}

Outcome<VerifyResult> verify_unit(Link& link, VerifyContext& context) {
  BASE_ASSIGN(const uint16_t sequence, random_sequence(context.seeds));
  DeviceSession session(link, sequence, context.reply_limit, context.retries);
  BASE_ASSIGN(DeviceInfo device, session.hello());
  BASE_ASSIGN(auto unit, context.registry.unit_by_chip(device.chip_id));
  if (!unit) {
    return failure(ErrorCode::kDeviceUnknown, "the registry does not know chip " + base::to_hex(device.chip_id),
                   link.name(), "It was never provisioned here, or with another --home.");
  }
  if (device.lifecycle < protocol::Lifecycle::kSecured) {
    return failure(
        ErrorCode::kNotLocked, "unit " + unit->serial + " is not locked: it is not finished", link.name(),
        "Finish it with `factory-tool inject --order " + unit->order + " --port " + link.name() + " --execute`.");
  }
  if (unit->state == db::UnitState::kFailed || unit->state == db::UnitState::kScrapped ||
      unit->state == db::UnitState::kRevoked) {
    return failure(ErrorCode::kUnitUnusable,
                   "unit " + unit->serial + " is recorded as " + std::string(db::state_name(unit->state)), link.name(),
                   "Put it aside; `factory-tool unit show " + unit->serial + "` says why.");
  }
  if (unit->state < db::UnitState::kProvisioned) {
    return failure(ErrorCode::kRegistryState,
                   "unit " + unit->serial + " is locked, but its receipt is not on record yet", link.name(),
                   "Run `factory-tool inject --order " + unit->order + " --port " + link.name() +
                       "` again: it fetches the receipt.");
  }
  BASE_TRY(attest_unit(session, context.seeds, *unit));
  return VerifyResult{*std::move(unit), std::move(device), session.figures()};
}

}  // namespace factory
