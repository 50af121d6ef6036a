// Is a CA certificate fit to issue device certificates?
#pragma once

#include "cert-templates/src/openssl_handles.h"
#include "cert-templates/src/profile.h"

namespace cert {

struct IssuerIdentity {
  base::Bytes subject;  // Name, whole
  base::Bytes key_identifier;
  int64_t not_before = 0;
  KeyHandle key;
};

// kCaUnfit: no certificate, no CA, no keyCertSign, no key identifier, no name, another key than P-256, or it breaks
// RFC 5280. kCaExpired: `now` is outside its validity.
base::Outcome<IssuerIdentity> check_issuer(base::ByteView certificate, int64_t now);

}  // namespace cert
