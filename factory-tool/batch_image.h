// Patching a batch block into an agent image.
#pragma once

#include "base/host/bytes_host.h"
#include "base/host/failure.h"
#include "protocol/batch_block.h"

namespace factory {

// Where the block lies in `image`: at the magic that is followed by nothing but zeros, or by a block that was patched
// in before. The same bytes elsewhere (an agent compares with them) do not count.
// kMalformed: no such place, or several.
base::Outcome<size_t> find_batch_block(base::ByteView image);

// Replaces the block. kMalformed.
base::Outcome<void> patch_batch_block(base::MutableBytes image, const protocol::BatchBlock& block);

}  // namespace factory
