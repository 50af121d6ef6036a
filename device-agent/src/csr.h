// The certification request of a unit: PKCS #10 (RFC 2986) with a P-256 key (RFC 5480) and
// ecdsa-with-SHA256 (RFC 5758 section 3.2), no attributes.
#pragma once

#include <psa/crypto.h>

#include "protocol/messages.h"

namespace agent {

// True where `subject` is one DER Name (RFC 5280 section 4.1.2.4), complete and nothing behind it:
// a SEQUENCE of SETs of type and value pairs. Empty sequences are allowed, as RFC 5280 does.
[[nodiscard]] bool is_der_name(base::ByteView subject);

// Signed by `key`, whose public half is `public_key`. Fits kMaxCsrSize for a subject of kMaxSubjectSize.
// kInvalidArgument: the subject is no DER Name or too long; kBufferTooSmall; from_psa() of a failed signature.
[[nodiscard]] base::Result<base::ByteView> write_csr(psa_key_id_t key, const protocol::PublicKey& public_key,
                                                     base::ByteView subject, base::MutableBytes out);

}  // namespace agent
