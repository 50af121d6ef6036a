// IEEE 802.1AR, the profile's own description, and the issuer: what a certificate of this product must look like.
#include <algorithm>

#include "cert-templates/src/limits.h"
#include "cert-templates/src/lint.h"
#include "cert-templates/src/oids.h"
#include "cert-templates/src/profile_data.h"
#include "cert-templates/src/template_parts.h"
#include "cert-templates/src/time_text.h"

namespace cert {
namespace {

constexpr auto kProfileRule = "profile";
constexpr auto kNext = "compile the profile again and issue from it";

void lint_subject(const CertificateView& certificate, const CertificateSpec& spec, Findings& findings) {
  const auto attributes = read_name(certificate.subject);
  if (!attributes) return;  // reported by lint_fields
  size_t at = 0;
  bool fits = true;
  for (const SubjectAttribute& wanted : spec.subject) {
    const bool here = at < attributes->size() && base::equal((*attributes)[at].oid, wanted.type->oid);
    if (!here) {
      fits = fits && wanted.optional;
      continue;
    }
    if (wanted.value.is_constant() && base::as_text((*attributes)[at].value) != wanted.value.expand({}).value_or("")) {
      findings.add(kProfileRule, "the subject's " + std::string(wanted.type->name) + " is not what the profile says",
                   kNext);
    }
    ++at;
  }
  if (!fits || at != attributes->size())
    findings.add(kProfileRule, "the subject does not have the attributes of the profile in their order", kNext);
  if (certificate.subject.size() > kMaxSubjectDerSize) {
    findings.add(kProfileRule,
                 "the subject has " + std::to_string(certificate.subject.size()) + " bytes, a device takes 256",
                 "shorten the subject");
  }
}

void lint_validity(const CertificateView& certificate, const Validity& validity, Findings& findings) {
  const auto from = decode_time(certificate.not_before.tag, certificate.not_before.content);
  const auto to = decode_time(certificate.not_after.tag, certificate.not_after.content);
  if (!from || !to) return;
  const int64_t wanted = validity.no_expiry   ? kNoExpiry
                         : validity.years > 0 ? add_years(*from, validity.years) - 1
                                              : *from + validity.days * 86400 - 1;
  if (*to != wanted)
    findings.add(kProfileRule, "notAfter is " + time_text(*to) + ", the profile says " + time_text(wanted), kNext);
}

bool same_oids(const std::vector<base::ByteView>& found, const std::vector<base::Bytes>& wanted) {
  return std::equal(found.begin(), found.end(), wanted.begin(), wanted.end(),
                    [](base::ByteView a, const base::Bytes& b) { return base::equal(a, b); });
}

void lint_presence(const CertificateView& certificate, base::ByteView oid, bool wanted, const std::string& name,
                   Findings& findings) {
  if ((certificate.find(oid) != nullptr) != wanted) {
    findings.add(kProfileRule, name + (wanted ? " is missing" : " is there though the profile does not ask for it"),
                 kNext);
  }
}

void lint_profile_extensions(const CertificateView& certificate, const CertificateSpec& spec, Findings& findings) {
  lint_presence(certificate, oids::kAuthorityKeyIdentifier, spec.authority_key_identifier, "authorityKeyIdentifier",
                findings);
  lint_presence(certificate, oids::kSubjectKeyIdentifier, spec.subject_key_identifier, "subjectKeyIdentifier",
                findings);
  lint_presence(certificate, oids::kBasicConstraints, spec.basic_constraints, "basicConstraints", findings);
  lint_presence(certificate, oids::kExtendedKeyUsage, !spec.extended_key_usage.empty(), "extKeyUsage", findings);
  lint_presence(certificate, oids::kSubjectAltName, !spec.san.empty(), "subjectAltName", findings);
  lint_presence(certificate, oids::kCertificatePolicies, !spec.policies.empty(), "certificatePolicies", findings);
  lint_presence(certificate, oids::kKeyUsage, true, "keyUsage", findings);
  if (const ExtensionView* extension = certificate.find(oids::kKeyUsage)) {
    const auto usage = read_key_usage(extension->value);
    if (usage && *usage != spec.key_usage) findings.add(kProfileRule, "keyUsage is not what the profile says", kNext);
  }
  if (const ExtensionView* extension = certificate.find(oids::kExtendedKeyUsage)) {
    const auto purposes = read_oid_list(extension->value);
    if (purposes && !same_oids(*purposes, spec.extended_key_usage))
      findings.add(kProfileRule, "extKeyUsage is not what the profile says", kNext);
  }
  if (const ExtensionView* extension = certificate.find(oids::kBasicConstraints)) {
    const auto constraints = read_basic_constraints(extension->value);
    if (constraints && constraints->ca) findings.add(kProfileRule, "the certificate is a CA's", kNext);
  }
}

// Tags of GeneralName in the order of the profile.
void lint_profile_alt_names(const CertificateView& certificate, const CertificateSpec& spec, Findings& findings) {
  const ExtensionView* extension = certificate.find(oids::kSubjectAltName);
  if (extension == nullptr || spec.san.empty()) return;
  const auto sequence = der::read_single(extension->value, der::kSequence);
  der::Reader names(sequence ? sequence->content : base::ByteView());
  bool fits = true;
  for (const AltName& wanted : spec.san) {
    const uint8_t tag = wanted.kind == AltName::Kind::kHardwareModuleName ? 0xA0
                        : wanted.kind == AltName::Kind::kDns              ? 0x82
                                                                          : 0x86;
    fits = fits && names.expect(tag).has_value();
  }
  if (!fits || !names.empty())
    findings.add(kProfileRule, "subjectAltName does not have the names of the profile in their order", kNext);
}

void lint_profile_key(const CertificateView& certificate, const CertificateSpec& spec, Findings& findings) {
  const auto key = read_public_key_info(certificate.public_key_info);
  const auto point = key ? p256_point(*key) : std::nullopt;
  if (!point) {
    findings.add(kProfileRule, "the public key is not on P-256", "take the key from a verified request");
    return;
  }
  if (base::to_bytes(certificate.inner_algorithm) != der::sequence({der::oid(oids::kEcdsaWithSha256)})) {
    findings.add(kProfileRule, "the signature algorithm is not ecdsa-with-SHA256", "sign with a P-256 CA");
  }
  const ExtensionView* extension = certificate.find(oids::kSubjectKeyIdentifier);
  if (extension == nullptr || !spec.subject_key_identifier) return;
  const auto octets = der::read_single(extension->value, der::kOctetString);
  const auto wanted = key_identifier(*point);
  if (octets && wanted && !base::equal(octets->content, *wanted)) {
    findings.add(kProfileRule, "subjectKeyIdentifier does not belong to the public key (RFC 7093 method 1)", kNext);
  }
}

}  // namespace

void lint_802_1ar(const CertificateView& certificate, Findings& findings) {
  constexpr auto kRule = "IEEE 802.1AR 8";
  if (base::as_text(certificate.not_after.content) != kNoExpiryText) {
    findings.add(kRule, "notAfter of an IDevID is not 99991231235959Z",
                 "write validity = \"no-expiry\" in the profile");
  }
  const auto attributes = read_name(certificate.subject);
  if (!attributes || std::none_of(attributes->begin(), attributes->end(),
                                  [](const NameAttribute& a) { return base::equal(a.oid, oids::kSerialNumber); })) {
    findings.add(kRule, "the subject of an IDevID has no serialNumber",
                 "add { serialNumber = \"{serial}\" } to the subject");
  }
  if (certificate.find(oids::kAuthorityKeyIdentifier) == nullptr) {
    findings.add(kRule, "an IDevID has no authorityKeyIdentifier", "leave authority-key-identifier on in the profile");
  }
  const ExtensionView* usage_extension = certificate.find(oids::kKeyUsage);
  const auto usage =
      usage_extension != nullptr ? read_key_usage(usage_extension->value) : base::Result<uint16_t>(uint16_t{0});
  if (!usage || (*usage & kDigitalSignature) == 0) {
    findings.add(kRule, "keyUsage of an IDevID lacks digitalSignature",
                 "add \"digital-signature\" to key-usage in the profile");
  } else if (!usage_extension->critical) {
    findings.add(kRule, "keyUsage of an IDevID is not critical", "mark it critical");
  }
  if (usage && (*usage & kKeyCertSign) != 0)
    findings.add(kRule, "an IDevID may not sign certificates", "remove keyCertSign");
  const ExtensionView* constraints_extension = certificate.find(oids::kBasicConstraints);
  if (constraints_extension != nullptr) {
    const auto constraints = read_basic_constraints(constraints_extension->value);
    if (constraints && constraints->ca) findings.add(kRule, "an IDevID is a CA", "leave cA out");
  }
}

void lint_profile(const CertificateView& certificate, const Profile::Data& profile, Findings& findings) {
  const CertificateSpec& spec = profile.certificate;
  lint_subject(certificate, spec, findings);
  lint_validity(certificate, spec.validity, findings);
  lint_profile_extensions(certificate, spec, findings);
  lint_profile_alt_names(certificate, spec, findings);
  lint_profile_key(certificate, spec, findings);
  if (certificate.whole.size() > kMaxCertificateSize) {
    findings.add(kProfileRule,
                 "the certificate has " + std::to_string(certificate.whole.size()) + " bytes, an item holds 2048",
                 "shorten subject and san");
  }
}

void lint_issuer(const CertificateView& certificate, const IssuerFacts& issuer, Findings& findings) {
  if (!base::equal(certificate.issuer, issuer.subject)) {
    findings.add("RFC 5280 4.1.2.4", "the issuer field is not the CA's subject", "compile the profile with this CA");
  }
  const ExtensionView* extension = certificate.find(oids::kAuthorityKeyIdentifier);
  const auto sequence = extension != nullptr ? der::read_single(extension->value, der::kSequence)
                                             : base::fail(base::ErrorCode::kMalformed);
  if (!sequence) return;
  der::Reader fields(sequence->content);
  const auto key_id = fields.optional(der::context(0));
  if (key_id && *key_id && !base::equal((*key_id)->content, issuer.key_identifier)) {
    findings.add("RFC 5280 4.2.1.1", "authorityKeyIdentifier is not the CA's key identifier",
                 "compile the profile with this CA");
  }
}

}  // namespace cert
