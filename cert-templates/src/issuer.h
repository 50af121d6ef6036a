// From profile to certificate: compiled once to a DER template with offsets, then filled in, linted and
// signed for each unit. Nothing is signed that breaks a rule.
#pragma once

#include <memory>

#include "cert-templates/src/profile.h"
#include "cert-templates/src/signer.h"

namespace cert {

// One broken rule.
struct Finding {
  std::string rule;  // "RFC 5280 4.1.2.2", "IEEE 802.1AR 8.10", "profile"
  std::string what;
  std::string next;
};

struct CertificateRequest {
  UnitValues unit;
  base::ByteArray<65> public_key{};  // SEC 1 uncompressed, P-256
  base::Bytes serial_number;         // 20 bytes at most, positive, from a good generator (see make_serial_number)
  int64_t not_before = 0;            // seconds since 1970
};

class CertificateTemplate {
 public:
  // `issuer_certificate`: DER. kProfileField, kCaExpired, kCaUnfit (not a CA, wrong key usage, path length, name).
  static base::Outcome<CertificateTemplate> compile(const Profile& profile, base::ByteView issuer_certificate,
                                                    int64_t now);

  // Fills in, lints and signs; the DER certificate. kLint (text lists the findings: nothing was signed),
  // kInvalidArgument (a variable that the profile does not declare), kSignerKey (not this CA's), kSignerUnavailable.
  base::Outcome<base::Bytes> issue(const CertificateRequest& request, Signer& signer) const;
  // The DER subject Name for a unit; also what the device puts into its CSR.
  base::Outcome<base::Bytes> subject(const UnitValues& unit) const;

 private:
  struct Data;
  std::shared_ptr<const Data> data_;
};

// Lints a certificate (signed, or a TBSCertificate with any signature) against RFC 5280 and the profile's rules.
std::vector<Finding> lint(base::ByteView certificate, const Profile* profile);

// 20 bytes, positive, never with a leading zero, 158 of their bits from `random` (RFC 5280 4.1.2.2).
base::Bytes make_serial_number(std::span<const uint8_t, 20> random);

// Checks form and self-signature of a PKCS #10 request, and that it names `subject` (DER Name) where that is not empty;
// the P-256 public key in it. kCsrInvalid.
base::Outcome<base::ByteArray<65>> verify_csr(base::ByteView csr, base::ByteView subject = {});

// A few fields for the registry and for checks. kMalformed.
struct CertificateInfo {
  base::Bytes serial_number;
  std::string subject;  // RFC 4514
  std::string issuer;
  std::string common_name;  // empty where absent
  std::string organizational_unit;
  int64_t not_before = 0;
  int64_t not_after = 0;              // INT64_MAX for 99991231235959Z
  base::ByteArray<65> public_key{};   // all zero for a key that is not on P-256
  base::ByteArray<32> fingerprint{};  // SHA-256 over the DER
  bool has_client_auth = false;
  bool is_ca = false;
};
base::Outcome<CertificateInfo> inspect(base::ByteView certificate);

// The rules that a device of this family checks itself after provisioning (docs/profiles.md, "Rules on items"): names
// and sizes, mandatory items, URI schemes, CN = endpoint name, OU = account id, key matches certificate, EKU
// clientAuth, validity.
struct ItemFinding {
  bool is_error = true;  // false: a warning, e.g. expiry within 10 years
  std::string item;
  std::string what;
  std::string next;
};
std::vector<ItemFinding> check_items(const Profile& profile, const std::vector<Item>& items,
                                     const base::ByteArray<65>& public_key, int64_t now);

}  // namespace cert
