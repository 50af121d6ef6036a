// The parts of a certificate as slots of a template and the values that go into them.
#pragma once

#include "cert-templates/src/der_template.h"
#include "cert-templates/src/profile_data.h"

namespace cert {

// Collects the values of slots in the order in which the slots were made.
class SlotValues {
 public:
  void add(base::Bytes value) { owned_.push_back(std::move(value)); }
  [[nodiscard]] std::vector<base::ByteView> views() const { return {owned_.begin(), owned_.end()}; }

 private:
  std::vector<base::Bytes> owned_;
};

// subject Name (RFC 5280 section 4.1.2.4): one attribute an RDN.
void add_subject(DerTemplate& out, const CertificateSpec& spec);
// kInvalidArgument: a value is empty and not optional, or breaks the attribute's form.
base::Outcome<void> add_subject_values(SlotValues& out, const CertificateSpec& spec, const TextValues& values);

// extensions [3]. `issuer_key_id`: the issuer's subject key identifier.
void add_extensions(DerTemplate& out, const CertificateSpec& spec, base::ByteView issuer_key_id);
// kInvalidArgument as above; kCrypto.
base::Outcome<void> add_extension_values(SlotValues& out, const CertificateSpec& spec, const TextValues& values,
                                         base::ByteView public_key);

// Method 1 of RFC 7093: the leftmost 160 bits of SHA-256 over the public key's bits. kCrypto.
base::Outcome<base::Bytes> key_identifier(base::ByteView public_key);

// dNSName in the preferred name syntax (RFC 1034 section 3.5); a URI with scheme and something behind it (RFC 3986).
[[nodiscard]] bool is_dns_name(std::string_view name);
[[nodiscard]] bool is_absolute_uri(std::string_view uri);

}  // namespace cert
