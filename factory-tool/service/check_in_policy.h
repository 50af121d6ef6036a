// Who may activate: the decision over a first boot, apart from HTTP, TLS and the registry's transactions.
#pragma once

#include <optional>
#include <string>

#include "db/src/registry.h"
#include "protocol/messages.h"

namespace factory {

struct CheckInDecision {
  enum class Action {
    kRefuse,
    kRefuseClone,  // and put on record: `other_chip_id` has the key of this unit, too
    kActivate,
    kAlreadyActive,  // the same chip again: success, nothing to record
  };
  Action action = Action::kRefuse;
  base::ErrorCode error = base::ErrorCode::kOk;
  std::string text;  // for the device's log; at most protocol::kMaxAnswerText of printable ASCII
  base::Bytes other_chip_id;
  bool unavailable = false;  // no decision about the device: the registry could not be used, try again
};

// May a connection with this certificate take part at all? `unit`: what the registry has under its fingerprint.
// kDeviceUnknown: this registry never issued it; kUnitUnusable: failed, scrapped or revoked; kRegistryState: the
// factory has no verified receipt of the unit. kOk with kActivate or kAlreadyActive: a proof is welcome.
CheckInDecision decide_certificate(const std::optional<db::Unit>& unit);

// `challenge`: the one that is out for this certificate, if any. In this order:
// what decide_certificate() says; kCbor*: no COSE_Sign1 or no proof; kSignatureInvalid; kChallengeStale;
// kClone: another chip, signed by this unit's key; kDigestMismatch: other items than were injected, or another serial.
CheckInDecision decide_proof(const std::optional<db::Unit>& unit, const std::optional<protocol::Challenge>& challenge,
                             base::ByteView signed_proof);

}  // namespace factory
