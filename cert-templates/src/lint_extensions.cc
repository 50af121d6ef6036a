// RFC 5280 section 4.2: the extensions.
#include <algorithm>

#include "cert-templates/src/lint.h"
#include "cert-templates/src/oids.h"
#include "cert-templates/src/profile_data.h"

namespace cert {
namespace {

enum class Criticality { kMust, kMustNot, kEither };

struct KnownExtension {
  base::ByteView oid;
  std::string_view name;
  std::string_view section;
  Criticality criticality;
};
constexpr KnownExtension kKnown[] = {
    {oids::kAuthorityKeyIdentifier, "authorityKeyIdentifier", "4.2.1.1", Criticality::kMustNot},
    {oids::kSubjectKeyIdentifier, "subjectKeyIdentifier", "4.2.1.2", Criticality::kMustNot},
    {oids::kKeyUsage, "keyUsage", "4.2.1.3", Criticality::kMust},
    {oids::kCertificatePolicies, "certificatePolicies", "4.2.1.4", Criticality::kEither},
    {oids::kPolicyMappings, "policyMappings", "4.2.1.5", Criticality::kEither},
    {oids::kSubjectAltName, "subjectAltName", "4.2.1.6", Criticality::kEither},
    {oids::kIssuerAltName, "issuerAltName", "4.2.1.7", Criticality::kMustNot},
    {oids::kBasicConstraints, "basicConstraints", "4.2.1.9", Criticality::kEither},
    {oids::kNameConstraints, "nameConstraints", "4.2.1.10", Criticality::kMust},
    {oids::kPolicyConstraints, "policyConstraints", "4.2.1.11", Criticality::kMust},
    {oids::kExtendedKeyUsage, "extKeyUsage", "4.2.1.12", Criticality::kEither},
    {oids::kCrlDistributionPoints, "cRLDistributionPoints", "4.2.1.13", Criticality::kMustNot},
    {oids::kInhibitAnyPolicy, "inhibitAnyPolicy", "4.2.1.14", Criticality::kMust},
    {oids::kFreshestCrl, "freshestCRL", "4.2.1.15", Criticality::kMustNot},
    {oids::kAuthorityInfoAccess, "authorityInfoAccess", "4.2.2.1", Criticality::kMustNot},
    {oids::kSubjectInfoAccess, "subjectInfoAccess", "4.2.2.2", Criticality::kMustNot},
};

const KnownExtension* find_known(base::ByteView oid) {
  for (const KnownExtension& known : kKnown) {
    if (base::equal(known.oid, oid)) return &known;
  }
  return nullptr;
}

void lint_form(const CertificateView& certificate, Findings& findings) {
  if (certificate.has_extensions && certificate.extensions.empty()) {
    findings.add("RFC 5280 4.1.2.9", "the extensions field is there but empty", "leave it out");
  }
  for (size_t i = 0; i < certificate.extensions.size(); ++i) {
    const ExtensionView& extension = certificate.extensions[i];
    const KnownExtension* known = find_known(extension.oid);
    const std::string name = known != nullptr ? std::string(known->name) : oids::to_text(extension.oid);
    const std::string rule = known != nullptr ? "RFC 5280 " + std::string(known->section) : "RFC 5280 4.2";
    for (size_t k = 0; k < i; ++k) {
      if (base::equal(certificate.extensions[k].oid, extension.oid)) {
        findings.add("RFC 5280 4.2", "the extension " + name + " occurs twice", "keep one");
        break;
      }
    }
    if (extension.criticality_encoded && !extension.critical) {
      findings.add("X.690 11.5", "the extension " + name + " encodes its default criticality", "leave the FALSE out");
    }
    if (auto breach = der::find_breach(extension.value)) {
      // The value of a private extension is opaque unless its own definition says DER.
      if (known != nullptr) findings.add("X.690 10", name + ": " + *breach, "encode the extension in DER");
    }
    if (known == nullptr) {
      if (extension.critical) {
        findings.add(rule,
                     "the critical extension " + name + " is known to few and makes others reject the certificate",
                     "make it non-critical or leave it out");
      }
    } else if (known->criticality == Criticality::kMust && !extension.critical) {
      findings.add(rule, name + " is not critical", "mark it critical");
    } else if (known->criticality == Criticality::kMustNot && extension.critical) {
      findings.add(rule, name + " is critical", "mark it non-critical");
    }
  }
}

std::optional<BasicConstraintsView> lint_basic_constraints(const CertificateView& certificate, Findings& findings) {
  const ExtensionView* extension = certificate.find(oids::kBasicConstraints);
  if (extension == nullptr) return std::nullopt;
  constexpr auto kRule = "RFC 5280 4.2.1.9";
  const auto constraints = read_basic_constraints(extension->value);
  if (!constraints) {
    findings.add(kRule, "basicConstraints is malformed", "correct its encoding");
    return std::nullopt;
  }
  if (constraints->ca_encoded && !constraints->ca) {
    findings.add("X.690 11.5", "basicConstraints encodes the default cA FALSE", "leave the FALSE out");
  }
  if (constraints->path_length && !constraints->ca) {
    findings.add(kRule, "basicConstraints has a path length but is no CA's", "leave the path length out");
  }
  if (constraints->path_length && (constraints->path_length->empty() || ((*constraints->path_length)[0] & 0x80) != 0)) {
    findings.add(kRule, "the path length is negative", "give 0 or more");
  }
  if (constraints->ca && !extension->critical)
    findings.add(kRule, "basicConstraints of a CA is not critical", "mark it critical");
  return *constraints;
}

void lint_key_usage(const CertificateView& certificate, bool is_ca, Findings& findings) {
  const ExtensionView* extension = certificate.find(oids::kKeyUsage);
  const char* rule = "RFC 5280 4.2.1.3";
  if (extension == nullptr) {
    if (is_ca) findings.add(rule, "a CA has no keyUsage", "add keyUsage with keyCertSign");
    return;
  }
  const auto usage = read_key_usage(extension->value);
  if (!usage) {
    findings.add(rule, "keyUsage is malformed", "correct its encoding");
    return;
  }
  if (*usage == 0) findings.add(rule, "keyUsage has no bit set", "set digitalSignature");
  const auto bits = der::read_single(extension->value, der::kBitString);
  if (*usage != 0 && bits && der::named_bits(*usage) != base::to_bytes(bits->whole)) {
    findings.add("X.690 11.2.2", "keyUsage has trailing zero bits", "leave them out");
  }
  if ((*usage & kKeyCertSign) != 0 && !is_ca) {
    findings.add(rule, "keyUsage has keyCertSign but basicConstraints does not say CA", "remove keyCertSign");
  }
  const auto key = read_public_key_info(certificate.public_key_info);
  if (key && base::equal(key->algorithm_oid, oids::kEcPublicKey)) {
    if ((*usage & (kKeyEncipherment | kDataEncipherment)) != 0) {
      findings.add("RFC 8813 3", "keyUsage has keyEncipherment or dataEncipherment, which an EC key cannot do",
                   "remove them");
    }
    if ((*usage & (kEncipherOnly | kDecipherOnly)) != 0 && (*usage & kKeyAgreement) == 0) {
      findings.add(rule, "keyUsage has encipherOnly or decipherOnly without keyAgreement", "remove them");
    }
  }
}

void lint_purposes(const CertificateView& certificate, Findings& findings) {
  const ExtensionView* extension = certificate.find(oids::kExtendedKeyUsage);
  if (extension == nullptr) return;
  constexpr auto kRule = "RFC 5280 4.2.1.12";
  const auto purposes = read_oid_list(extension->value);
  if (!purposes || purposes->empty()) {
    findings.add(kRule, "extKeyUsage is malformed or empty", "list one purpose or leave the extension out");
    return;
  }
  for (size_t i = 0; i < purposes->size(); ++i) {
    for (size_t k = 0; k < i; ++k) {
      if (base::equal((*purposes)[i], (*purposes)[k]))
        findings.add(kRule, "extKeyUsage lists a purpose twice", "keep one");
    }
  }
  const ExtensionView* usage_extension = certificate.find(oids::kKeyUsage);
  const auto usage =
      usage_extension != nullptr ? read_key_usage(usage_extension->value) : base::Result<uint16_t>(uint16_t{0xFFFF});
  const bool client = std::any_of(purposes->begin(), purposes->end(),
                                  [](base::ByteView oid) { return base::equal(oid, oids::kClientAuth); });
  if (client && usage && (*usage & (kDigitalSignature | kKeyAgreement)) == 0) {
    findings.add(kRule, "clientAuth without digitalSignature or keyAgreement in keyUsage",
                 "add digitalSignature to keyUsage");
  }
}

void lint_key_identifiers(const CertificateView& certificate, bool is_ca, Findings& findings) {
  const ExtensionView* authority = certificate.find(oids::kAuthorityKeyIdentifier);
  const bool self_issued = base::equal(certificate.issuer, certificate.subject);
  if (authority == nullptr) {
    if (!self_issued)
      findings.add("RFC 5280 4.2.1.1", "there is no authorityKeyIdentifier", "add it with the issuer's key identifier");
  } else {
    const auto sequence = der::read_single(authority->value, der::kSequence);
    bool has_key_id = false;
    if (sequence) {
      der::Reader fields(sequence->content);
      const auto key_id = fields.optional(der::context(0));
      has_key_id = key_id && *key_id && !(*key_id)->content.empty();
    }
    if (!has_key_id) {
      findings.add("RFC 5280 4.2.1.1", "authorityKeyIdentifier has no keyIdentifier",
                   "add the issuer's key identifier");
    }
  }
  const ExtensionView* subject = certificate.find(oids::kSubjectKeyIdentifier);
  if (subject == nullptr) {
    if (is_ca) findings.add("RFC 5280 4.2.1.2", "a CA has no subjectKeyIdentifier", "add it");
    return;
  }
  const auto octets = der::read_single(subject->value, der::kOctetString);
  if (!octets || octets->content.empty())
    findings.add("RFC 5280 4.2.1.2", "subjectKeyIdentifier is malformed or empty", "correct it");
}

void lint_policies(const CertificateView& certificate, Findings& findings) {
  const ExtensionView* extension = certificate.find(oids::kCertificatePolicies);
  if (extension == nullptr) return;
  constexpr auto kRule = "RFC 5280 4.2.1.4";
  const auto sequence = der::read_single(extension->value, der::kSequence);
  std::vector<base::ByteView> seen;
  bool valid = sequence && !sequence->content.empty();
  der::Reader elements(valid ? sequence->content : base::ByteView());
  while (valid && !elements.empty()) {
    const auto information = elements.expect(der::kSequence);
    if (!information) {
      valid = false;
      break;
    }
    der::Reader fields(information->content);
    const auto oid = fields.expect(der::kOid);
    if (!oid) {
      valid = false;
      break;
    }
    if (std::any_of(seen.begin(), seen.end(), [&](base::ByteView other) { return base::equal(other, oid->content); })) {
      findings.add(kRule, "a certificate policy is listed twice", "keep one");
    }
    seen.push_back(oid->content);
  }
  if (!valid)
    findings.add(kRule, "certificatePolicies is malformed or empty", "list one policy or leave the extension out");
}

}  // namespace

void lint_extensions(const CertificateView& certificate, Findings& findings) {
  lint_form(certificate, findings);
  const auto constraints = lint_basic_constraints(certificate, findings);
  const bool is_ca = constraints && constraints->ca;
  lint_key_usage(certificate, is_ca, findings);
  lint_purposes(certificate, findings);
  lint_key_identifiers(certificate, is_ca, findings);
  lint_policies(certificate, findings);
  const auto subject = read_name(certificate.subject);
  const bool subject_is_empty = subject && subject->empty();
  if (const ExtensionView* names = certificate.find(oids::kSubjectAltName))
    lint_alt_names(*names, subject_is_empty, findings);
}

}  // namespace cert
