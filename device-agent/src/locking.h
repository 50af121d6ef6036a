// The end of a unit's provisioning, which a power cut or a failing part may leave half done.
#pragma once

#include "device-agent/src/core.h"

namespace agent {

// Locks the root of trust, destroys the batch secret and then raises the read protection; what is done already stays as it
// is. The secret goes as soon as the lifecycle has moved, even where the rest of the lock fails. What Rot::lock(),
// Board::wipe_batch_block() and Board::set_read_protection() report: then the unit is not fit to say that it is locked.
[[nodiscard]] base::Status complete_lock(Core& core);

}  // namespace agent
