// Signs with a key from a file, opened once; the development signer.
#pragma once

#include "cert-templates/src/signer.h"
#include "factory-tool/ca/private_key.h"

namespace factory {

class KeyFileSigner final : public cert::Signer {
 public:
  // kSignerKey: the key cannot be opened or is not the certificate's; kCaExpired; kCaUnfit: not a CA on P-256.
  static base::Outcome<KeyFileSigner> open(base::ByteView certificate, base::ByteView key_pem,
                                           base::ByteView passphrase, const std::string& where, int64_t now);

  base::Outcome<base::Bytes> sign_ecdsa_sha256(base::ByteView message) override;
  const base::Bytes& issuer_certificate() const override { return certificate_; }

 private:
  KeyFileSigner(PrivateKey key, base::Bytes certificate) : key_(std::move(key)), certificate_(std::move(certificate)) {}

  PrivateKey key_;
  base::Bytes certificate_;
};

// Is `certificate` a CA that may sign certificates now, on P-256? kCaExpired, kCaUnfit.
base::Outcome<void> check_ca_certificate(X509* certificate, int64_t now, const std::string& where);

}  // namespace factory
