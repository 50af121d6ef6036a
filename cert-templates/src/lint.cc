#include "cert-templates/src/lint.h"

#include "cert-templates/src/profile_data.h"

namespace cert {

std::vector<Finding> lint_all(base::ByteView der, bool is_tbs, const Profile::Data* profile,
                              const IssuerFacts* issuer) {
  Findings findings;
  if (auto breach = der::find_breach(der)) {
    findings.add("X.690 10", *breach, "encode the certificate in DER");
  }
  const auto certificate = is_tbs ? read_tbs_certificate(der) : read_certificate(der);
  if (!certificate) {
    findings.add("RFC 5280 4.1", is_tbs ? "this is no TBSCertificate" : "this is no Certificate",
                 "give the DER of a certificate");
    return findings.take();
  }
  lint_fields(*certificate, findings);
  lint_extensions(*certificate, findings);
  if (!is_tbs) lint_signature(*certificate, findings);
  if (issuer != nullptr) lint_issuer(*certificate, *issuer, findings);
  if (profile != nullptr) {
    if (profile->rules.ieee_802_1ar) lint_802_1ar(*certificate, findings);
    lint_profile(*certificate, *profile, findings);
  }
  return findings.take();
}

std::vector<Finding> lint(base::ByteView certificate, const Profile* profile) {
  return lint_all(certificate, false, profile == nullptr ? nullptr : &profile->data(), nullptr);
}

std::string findings_text(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) text += (text.empty() ? "" : "; ") + finding.rule + ": " + finding.what;
  return text;
}

}  // namespace cert
