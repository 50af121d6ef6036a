// The injection of one unit, from hello to a verified receipt; resumable at every step.
#pragma once

#include <chrono>
#include <functional>
#include <map>

#include "cert-templates/src/issuer.h"
#include "db/src/registry.h"
#include "factory-tool/transport/link.h"
#include "protocol/batch_block.h"

namespace factory {

// One step of an injection as the operator sees it.
struct Step {
  std::string name;  // "hello", "channel", "abort", "seed", "key", "certificate", "items", "commit", "lock", "receipt"
  bool skipped = false;  // the device had it already
  std::chrono::microseconds time{};
};

struct LinkFigures {
  uint64_t bytes_sent = 0;
  uint64_t bytes_received = 0;
  uint32_t round_trips = 0;
  uint32_t retries = 0;
};

struct InjectionResult {
  db::Unit unit;
  bool resumed = false;
  bool already_done = false;  // it was provisioned before; nothing was changed
  bool locked = false;
  std::vector<Step> steps;
  LinkFigures figures;
};

// Fresh secrets for a unit: 48-byte seeds, transaction ids, certificate serials.
class SeedProvider {
 public:
  virtual ~SeedProvider() = default;
  // Fills `out` with full-entropy bytes. kSeedSource, kHealth*, kSeedRepeated.
  virtual base::Outcome<void> fill(base::MutableBytes out) = 0;
};

// Everything one injection stands on. The station's key is in PSA while the tool runs.
struct InjectionContext {
  db::Registry& registry;
  db::Order order;
  const cert::Profile& profile;
  const cert::CertificateTemplate& certificate_template;
  cert::Signer& signer;
  cert::CertificateSet certificates;  // `device` is filled in for each unit
  const protocol::BatchBlock& batch;  // its secret
  uint32_t station_key_id = 0;        // psa_key_id_t
  protocol::PublicKey station_public{};
  SeedProvider& seeds;
  std::string port;
  bool lock = false;           // dry run of the irreversible step unless set
  bool abort_foreign = false;  // forget a transaction that another registry opened on an unlocked unit
  std::function<void(const Step&)> on_step;
  std::chrono::milliseconds reply_limit{2000};
  int retries = 5;
};

// Errors: any code of the device with the step's name in Failure::where, kNoAnswer, kLinkLost, kWrongBoard,
// kWrongBatch, kForeignTransaction, kUnitUnusable, kDeviceUnknown, kReceiptInvalid, registry and signer codes. From the
// first contact on the attempt and its end are on record; before it nothing on the unit was changed.
base::Outcome<InjectionResult> inject(Link& link, InjectionContext& context);

}  // namespace factory
