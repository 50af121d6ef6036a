// What signs a certificate. Implementations live in factory-tool/ca (key file, later PKCS#11).
#pragma once

#include "base/host/bytes_host.h"
#include "base/host/failure.h"

namespace cert {

class Signer {
 public:
  virtual ~Signer() = default;
  // ECDSA with SHA-256 over `message`, DER Ecdsa-Sig-Value (RFC 5480 appendix A). kSignerUnavailable, kSignerKey.
  virtual base::Outcome<base::Bytes> sign_ecdsa_sha256(base::ByteView message) = 0;
  // DER of the issuing CA certificate that belongs to the key.
  virtual const base::Bytes& issuer_certificate() const = 0;
};

}  // namespace cert
