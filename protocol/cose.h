// COSE_Sign1 (RFC 9052 section 4.2) with ES256 (RFC 9053 section 2.1), attached payload and an
// external_aad that separates the domains in which a unit's key signs.
#pragma once

#include <psa/crypto.h>

#include "protocol/messages.h"

namespace protocol {

// Tagged COSE_Sign1 (tag 18), protected header {1: -7}, empty unprotected header.
// kBufferTooSmall; kCrypto: the key is missing or not permitted to sign.
[[nodiscard]] Result<ByteView> cose_sign1(psa_key_id_t key, base::Text label, ByteView payload, MutableBytes out);

// The payload of `message` after its signature was verified with `key`.
// kCborMalformed; kUnsupported: another algorithm; kSignatureInvalid; kCrypto: nothing could be verified, among others because
// `key` is no point of the curve.
[[nodiscard]] Result<ByteView> cose_verify1(const PublicKey& key, std::string_view label, ByteView message);

}  // namespace protocol
