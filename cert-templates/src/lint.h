// The rule sets of the linter; each appends what it finds. issuer.h has the entry for others.
#pragma once

#include "cert-templates/src/certificate_view.h"
#include "cert-templates/src/issuer.h"

namespace cert {

class Findings {
 public:
  void add(std::string rule, std::string what, std::string next) {
    list_.push_back({std::move(rule), std::move(what), std::move(next)});
  }
  [[nodiscard]] bool empty() const { return list_.empty(); }
  [[nodiscard]] const std::vector<Finding>& list() const { return list_; }
  std::vector<Finding> take() { return std::move(list_); }

 private:
  std::vector<Finding> list_;
};

// What is known of the issuer when a certificate is made.
struct IssuerFacts {
  base::ByteView subject;         // Name, whole
  base::ByteView key_identifier;  // may be empty
};

// RFC 5280: outline and encodings; fields; extensions.
void lint_fields(const CertificateView& certificate, Findings& findings);
void lint_extensions(const CertificateView& certificate, Findings& findings);
void lint_alt_names(const ExtensionView& extension, bool subject_is_empty, Findings& findings);
void lint_signature(const CertificateView& certificate, Findings& findings);
// IEEE 802.1AR section 8: fields and extensions of an IDevID.
void lint_802_1ar(const CertificateView& certificate, Findings& findings);
// The certificate is what the profile describes.
void lint_profile(const CertificateView& certificate, const Profile::Data& profile, Findings& findings);
void lint_issuer(const CertificateView& certificate, const IssuerFacts& issuer, Findings& findings);

// All of them. `is_tbs`: `der` is a TBSCertificate. `profile` and `issuer` may be null.
std::vector<Finding> lint_all(base::ByteView der, bool is_tbs, const Profile::Data* profile, const IssuerFacts* issuer);

// "RFC 5280 4.1.2.2: the serial number is not positive; ..."
std::string findings_text(const std::vector<Finding>& findings);

}  // namespace cert
