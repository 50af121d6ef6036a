#include "device-agent/src/commands.h"
#include "rot/well_known.h"

namespace agent {

base::Status run_abort(Core& core) {
  core.take_scratch();
  core.item_count = 0;
  if (!core.rot.has_root_key()) return {};  // nothing was ever kept
  // First the copy of the key pair that Mbed TLS keeps in a slot: were it there after an erase that failed half-way,
  // the next transaction would take it for a key on the chip.
  const psa_status_t purged = psa_purge_key(rot::kIdentityKeyId);
  if (purged != PSA_SUCCESS && purged != PSA_ERROR_INVALID_HANDLE && purged != PSA_ERROR_DOES_NOT_EXIST) {
    return base::fail(from_psa(purged).error());
  }
  // All at once, key included, so that a cut leaves the whole transaction or none of it.
  BASE_TRY(core.rot.erase_identity());
  return {};
}

}  // namespace agent
