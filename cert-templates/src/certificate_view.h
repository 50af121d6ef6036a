// The parts of a certificate as views into its DER (RFC 5280 section 4.1). Reading checks the outline only; the
// rules are in lint_*.cc.
#pragma once

#include <optional>
#include <vector>

#include "cert-templates/src/der_reader.h"

namespace cert {

struct NameAttribute {
  base::ByteView oid;
  uint8_t tag = 0;
  base::ByteView value;
};

struct ExtensionView {
  base::ByteView oid;
  bool critical = false;
  bool criticality_encoded = false;  // the BOOLEAN is there, whatever its value
  base::ByteView value;              // inside the OCTET STRING
};

struct CertificateView {
  base::ByteView whole;
  base::ByteView tbs;                     // with tag and length: what is signed
  std::optional<base::ByteView> version;  // INTEGER content; absent: v1
  base::ByteView serial;                  // INTEGER content
  base::ByteView inner_algorithm;         // AlgorithmIdentifier, whole
  base::ByteView issuer;                  // Name, whole
  der::Element not_before;
  der::Element not_after;
  base::ByteView subject;          // Name, whole
  base::ByteView public_key_info;  // SubjectPublicKeyInfo, whole
  bool has_unique_ids = false;
  bool has_extensions = false;
  std::vector<ExtensionView> extensions;
  // Empty where only a TBSCertificate was read.
  base::ByteView outer_algorithm;
  base::ByteView signature;  // inside the BIT STRING

  [[nodiscard]] const ExtensionView* find(base::ByteView oid) const;
};

// kTruncated, kMalformed: no Certificate; bytes after it are malformed too.
base::Result<CertificateView> read_certificate(base::ByteView der);
base::Result<CertificateView> read_tbs_certificate(base::ByteView der);

// The attributes of a Name in order, RDN boundaries left out.
base::Result<std::vector<NameAttribute>> read_name(base::ByteView name);

struct PublicKeyView {
  base::ByteView algorithm_oid;
  base::ByteView parameters;  // whole, may be empty
  base::ByteView key_bits;    // inside the BIT STRING
};
base::Result<PublicKeyView> read_public_key_info(base::ByteView info);
// The point, where the key is a P-256 key in uncompressed form (not checked against the curve).
std::optional<base::ByteArray<65>> p256_point(const PublicKeyView& key);

// Content of KeyUsage as KeyUsageBit (profile_data.h).
base::Result<uint16_t> read_key_usage(base::ByteView extension_value);
// The OIDs in a SEQUENCE OF OBJECT IDENTIFIER.
base::Result<std::vector<base::ByteView>> read_oid_list(base::ByteView extension_value);

struct BasicConstraintsView {
  bool ca = false;
  bool ca_encoded = false;
  std::optional<base::ByteView> path_length;
};
base::Result<BasicConstraintsView> read_basic_constraints(base::ByteView extension_value);

}  // namespace cert
