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

Outcome<Attested> attest_unit(DeviceSession& session, SeedProvider& seeds, const db::Unit& unit,
                              uint8_t read_protection) {
  protocol::Challenge challenge{};
  BASE_TRY(seeds.fill(challenge));
  Attested attested;
  BASE_ASSIGN(attested.receipt, session.attest(challenge));
  BASE_ASSIGN(attested.read_protection, check_receipt(unit, read_protection, challenge, attested.receipt));
  return attested;
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
  BASE_ASSIGN(const db::Order order, context.registry.order(unit->order));
  BASE_ASSIGN(const cert::Profile profile,
              cert::Profile::parse(order.profile_source, "profile of order " + order.name));
  BASE_ASSIGN(const Attested attested, attest_unit(session, context.seeds, *unit, profile.read_protection()));
  return VerifyResult{*std::move(unit), std::move(device), attested.read_protection, session.figures()};
}

}  // namespace factory
