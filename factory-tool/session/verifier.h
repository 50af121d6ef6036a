// A provisioned unit against the registry: a fresh challenge, signed by the unit, compared with the record.
#pragma once

#include "factory-tool/session/device_session.h"

namespace factory {

struct VerifyContext {
  db::Registry& registry;
  SeedProvider& seeds;  // for the challenge
  std::chrono::milliseconds reply_limit{2000};
  int retries = 5;
};

struct VerifyResult {
  db::Unit unit;
  DeviceInfo device;
  uint8_t read_protection = 0;  // as the unit signed it
  LinkFigures figures;
};

// Changes nothing, neither on the unit nor in the registry. kNotLocked: the unit is not finished; kDeviceUnknown;
// kUnitUnusable: the registry has it as failed, scrapped or revoked; kReceiptInvalid; errors of the link.
base::Outcome<VerifyResult> verify_unit(Link& link, VerifyContext& context);

struct Attested {
  base::Bytes receipt;  // verified
  uint8_t read_protection = 0;
};
// One challenge and its answer; used by the injection too. `read_protection`: what the profile wants at least.
base::Outcome<Attested> attest_unit(DeviceSession& session, SeedProvider& seeds, const db::Unit& unit,
                                    uint8_t read_protection);

// A sequence number to start a session with.
base::Outcome<uint16_t> random_sequence(SeedProvider& seeds);

}  // namespace factory
