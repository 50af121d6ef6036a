#include "factory-tool/service/check_in_policy.h"

#include "protocol/check_in.h"
#include "protocol/cose.h"

namespace factory {
namespace {

using base::ErrorCode;
using Action = CheckInDecision::Action;

CheckInDecision refuse(ErrorCode error, std::string text) {
  return {.action = Action::kRefuse, .error = error, .text = std::move(text)};
}

CheckInDecision refuse(ErrorCode error) { return refuse(error, std::string(base::error_text(error))); }

}  // namespace

CheckInDecision decide_certificate(const std::optional<db::Unit>& unit) {
  if (!unit) return refuse(ErrorCode::kDeviceUnknown, "this factory did not issue the certificate");
  using enum db::UnitState;
  switch (unit->state) {
    case kProvisioned:
      return {.action = Action::kActivate};
    case kActivated:
      return {.action = Action::kAlreadyActive};
    case kFailed:
    case kScrapped:
    case kRevoked:
      return refuse(ErrorCode::kUnitUnusable, "the unit is recorded as " + std::string(db::state_name(unit->state)));
    case kReserved:
    case kContacted:
    case kSeeded:
    case kKeyed:
    case kCertified:
    case kCommitted:
      break;
  }
  return refuse(ErrorCode::kRegistryState, "the factory has no verified receipt of this unit yet");
}

CheckInDecision decide_proof(const std::optional<db::Unit>& unit, const std::optional<protocol::Challenge>& challenge,
                             base::ByteView signed_proof) {
  CheckInDecision decision = decide_certificate(unit);
  if (decision.action == Action::kRefuse) return decision;
  if (!unit->public_key || !unit->chip_id || !unit->items_digest) {
    return refuse(ErrorCode::kRegistryState, "the registry's record of this unit is incomplete");
  }

  const auto payload = protocol::cose_verify1(*unit->public_key, protocol::kFirstBootLabel, signed_proof);
  if (!payload) return refuse(payload.error());
  protocol::FirstBootProof proof;
  if (const auto status = protocol::decode(*payload, proof); !status) return refuse(status.error());
  if (!challenge || !base::equal(*challenge, proof.challenge)) return refuse(ErrorCode::kChallengeStale);

  // From here on somebody who holds the unit's key is answering right now.
  if (!base::equal(*unit->chip_id, proof.chip_id)) {
    return {.action = Action::kRefuseClone,
            .error = ErrorCode::kClone,
            .text = std::string(base::error_text(ErrorCode::kClone)),
            .other_chip_id = base::to_bytes(proof.chip_id)};
  }
  if (proof.serial != unit->serial) return refuse(ErrorCode::kDigestMismatch, "the unit reports another serial number");
  if (!base::equal(*unit->items_digest, proof.items_digest)) return refuse(ErrorCode::kDigestMismatch);
  return decision;
}

}  // namespace factory
