#include "device-agent/src/agent.h"

#include "device-agent/src/locking.h"
#include "device-agent/src/records.h"
#include "rot/well_known.h"

namespace agent {
using base::ErrorCode;
using base::Status;

Agent::Agent(device::Board& board, Output& output) : core_(board), session_(core_, output) {}

Agent::~Agent() {
  // What Mbed TLS may keep of the key pair in RAM.
  psa_purge_key(rot::kIdentityKeyId);
  if (entropy::psa_random_source() == &core_.generator) entropy::set_psa_random_source(nullptr);
  rot::set_its_store(nullptr);
  core_.generator.stop();
  core_.take_scratch();
}

Status Agent::start() {
  const Status started = start_parts();
  core_.fault = started ? ErrorCode::kOk : started.error();
  return started;
}

Status Agent::start_parts() {
  entropy::set_psa_random_source(&core_.generator);
  BASE_TRY(from_psa(psa_crypto_init()));
  BASE_TRY(core_.rot.mount());
  core_.mounted = true;
  rot::set_its_store(&core_.rot);
  // Before anything that can fail: the secret of a locked unit's batch goes first.
  if (core_.is_locked()) BASE_TRY(complete_lock(core_));
  core_.generator.attach(core_.seed_store, core_.board.chip_id(), core_.board.trng(), core_.board.noise());
  if (const Status generator = core_.generator.start(); !generator) {
    // A chip that was never seeded has nothing to start from; that is no fault.
    if (generator.error() != ErrorCode::kUnseeded) return base::fail(generator.error());
    SeedRecord record;
    BASE_ASSIGN(const bool seeded, read_record(core_.rot, record));
    if (seeded || core_.is_locked()) return base::fail(ErrorCode::kUnseeded);
  }
  return {};
}

}  // namespace agent
