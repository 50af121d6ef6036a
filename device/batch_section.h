// The batch block inside the program's own image, where `factory-tool batch image` patches it in. An app
// that calls this carries the block; one that does not (the client) carries none.
#pragma once

#include "protocol/batch_block.h"

namespace device {

// As the program was loaded; magic and zeros in an image that was never patched.
[[nodiscard]] std::span<const uint8_t, protocol::kBatchBlockSize> batch_section();

// True for magic followed by zeros: never patched, or wiped.
[[nodiscard]] bool batch_block_is_blank(base::ByteView block);

}  // namespace device
