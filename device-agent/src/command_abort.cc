#include "device-agent/src/commands.h"
#include "rot/well_known.h"

namespace agent {

CommandReply run_abort(Core& core) {
  core.take_scratch();
  core.item_count = 0;
  if (!core.rot.has_root_key()) return base::ByteView();  // nothing was ever kept
  // All at once, key included, so that a cut leaves the whole transaction or none of it.
  BASE_TRY(core.rot.erase_identity());
  // Mbed TLS may still hold the key pair in a slot.
  const psa_status_t destroyed = psa_destroy_key(rot::kIdentityKeyId);
  if (destroyed != PSA_SUCCESS && destroyed != PSA_ERROR_INVALID_HANDLE && destroyed != PSA_ERROR_DOES_NOT_EXIST) {
    return base::fail(from_psa(destroyed).error());
  }
  return base::ByteView();
}

}  // namespace agent
