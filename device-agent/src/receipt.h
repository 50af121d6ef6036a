// The receipt: what the unit says it holds, signed by its own key.
#pragma once

#include "device-agent/src/core.h"

namespace agent {

// COSE_Sign1 over a Receipt with `challenge`; lives in `out`, which takes kMaxReceiptSize bytes.
// kStageOrder: the transaction is not committed; kUnseeded, kCrypto: the key cannot sign.
[[nodiscard]] base::Result<base::ByteView> make_receipt(Core& core, const protocol::Challenge& challenge, base::MutableBytes out);

}  // namespace agent
