// CRC-32C (Castagnoli, RFC 3720 appendix B.4): reflected polynomial 0x82F63B78, as in iSCSI and Btrfs.
#pragma once

#include "base/bytes.h"

namespace base {

// `previous` continues an earlier call over the bytes before these.
[[nodiscard]] uint32_t crc32c(ByteView data, uint32_t previous = 0);

}  // namespace base
