// Keys, authorities and certificates for the tests of this folder. A certificate is a list of parts, so that a test
// can break exactly one.
#pragma once

#include "cert-templates/src/issuer.h"
#include "cert-templates/src/openssl_handles.h"

namespace cert::test {

inline constexpr int64_t kNow = 1795329678;  // 2026-11-22T06:41:18Z

class TestKey {
 public:
  TestKey();
  [[nodiscard]] base::ByteArray<65> point() const;
  [[nodiscard]] base::Bytes sign(base::ByteView message) const;

 private:
  KeyHandle key_;
};

struct TestExtension {
  base::Bytes oid;       // content octets
  base::Bytes critical;  // a BOOLEAN, whole, or empty
  base::Bytes value;     // inside the OCTET STRING
};

// Every member is a whole encoding unless it says otherwise. The defaults make a certificate without a fault.
struct CertificateParts {
  base::Bytes version;
  base::Bytes serial;  // content
  base::Bytes inner_algorithm;
  base::Bytes issuer;
  base::Bytes not_before;
  base::Bytes not_after;
  base::Bytes subject;
  base::Bytes public_key_info;
  base::Bytes unique_ids;
  std::vector<TestExtension> extensions;
  bool with_extensions_field = true;
  base::Bytes outer_algorithm;
  base::Bytes signature;  // instead of the real one where not empty

  // A device certificate for `key` under an issuer named `issuer_name`, in the form of the lwm2m profile.
  static CertificateParts device(const TestKey& key, base::ByteView issuer_name, base::ByteView issuer_key_id);
  // A CA; self-signed where `issuer_name` is empty.
  static CertificateParts authority(const TestKey& key, std::string_view name, base::ByteView issuer_name,
                                    base::ByteView issuer_key_id);

  TestExtension& extension(base::ByteView oid);  // which must be there
  void remove(base::ByteView oid);
  [[nodiscard]] base::Bytes tbs() const;
  [[nodiscard]] base::Bytes encode(const TestKey& signer) const;
};

base::Bytes rdn(base::ByteView oid, uint8_t tag, std::string_view text);
base::Bytes name(std::initializer_list<base::Bytes> rdns);
base::Bytes public_key_info(base::ByteView point);
base::Bytes pem(base::ByteView certificate, std::string_view label = "CERTIFICATE");

// A root, an issuing CA below it, and the signer of the latter.
class TestAuthority : public Signer {
 public:
  TestAuthority();
  base::Outcome<base::Bytes> sign_ecdsa_sha256(base::ByteView message) override;
  const base::Bytes& issuer_certificate() const override { return issuing; }

  TestKey root_key;
  TestKey issuing_key;
  base::Bytes root;
  base::Bytes issuing;
  base::Bytes issuing_name;
  base::Bytes issuing_key_id;
  int signatures = 0;
};

// A profile of this repository, by its file name in cert-templates/profiles.
Profile shipped_profile(const std::string& file);

}  // namespace cert::test
