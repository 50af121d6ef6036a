// RFC 5280 section 4.1: the basic fields.
#include <algorithm>

#include "cert-templates/src/ec_key.h"
#include "cert-templates/src/limits.h"
#include "cert-templates/src/lint.h"
#include "cert-templates/src/name_attributes.h"
#include "cert-templates/src/oids.h"
#include "cert-templates/src/profile_data.h"
#include "cert-templates/src/time_text.h"

namespace cert {
namespace {

void lint_version(const CertificateView& certificate, Findings& findings) {
  if (!certificate.version) {
    findings.add("RFC 5280 4.1.2.1", "the version is 1 (absent)", "write version 3");
  } else if (certificate.version->size() != 1 || (*certificate.version)[0] != 2) {
    findings.add("RFC 5280 4.1.2.1", "the version is not 3", "write version 3 (the number 2)");
  }
  if (certificate.has_unique_ids) {
    findings.add("RFC 5280 4.1.2.8", "there is an issuer or subject unique identifier", "leave it out");
  }
}

void lint_serial(base::ByteView serial, Findings& findings) {
  constexpr auto kRule = "RFC 5280 4.1.2.2";
  constexpr auto kNext = "use make_serial_number: 20 octets, positive, from a good generator";
  if (serial.size() > kMaxSerialNumberOctets) findings.add(kRule, "the serial number is longer than 20 octets", kNext);
  if (!serial.empty() && (serial[0] & 0x80) != 0) findings.add(kRule, "the serial number is negative", kNext);
  if (std::all_of(serial.begin(), serial.end(), [](uint8_t octet) { return octet == 0; })) {
    findings.add(kRule, "the serial number is zero", kNext);
  }
}

std::optional<int64_t> lint_time(const der::Element& time, const std::string& field, Findings& findings) {
  constexpr auto kRule = "RFC 5280 4.1.2.5";
  const auto when = decode_time(time.tag, time.content);
  if (!when) {
    findings.add(kRule, field + " is not of the form YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ, or no valid date",
                 "correct the date");
    return std::nullopt;
  }
  constexpr int64_t kYear2050 = 2524608000;
  if (time.tag == der::kGeneralizedTime && *when < kYear2050) {
    findings.add("RFC 5280 4.1.2.5.1", field + " is before 2050 but a GeneralizedTime", "encode it as UTCTime");
  }
  return *when;
}

void lint_validity(const CertificateView& certificate, Findings& findings) {
  const auto not_before = lint_time(certificate.not_before, "notBefore", findings);
  const auto not_after = lint_time(certificate.not_after, "notAfter", findings);
  if (not_before && not_after && *not_before > *not_after) {
    findings.add("RFC 5280 4.1.2.5", "notAfter is before notBefore", "correct the validity");
  }
}

// Returns the count of attributes.
size_t lint_name(base::ByteView name, const std::string& field, const char* rule, Findings& findings) {
  const auto attributes = read_name(name);
  if (!attributes) {
    findings.add(rule, field + " is no Name", "correct its encoding");
    return 0;
  }
  for (const NameAttribute& attribute : *attributes) {
    const AttributeType* type = find_attribute_type(attribute.oid);
    if (type == nullptr) continue;
    if (auto problem = attribute_value_problem(*type, attribute.tag, attribute.value)) {
      findings.add("RFC 5280 A.1", field + ": " + *problem, "correct the attribute's value or string type");
    }
  }
  return attributes->size();
}

void lint_names(const CertificateView& certificate, Findings& findings) {
  if (lint_name(certificate.issuer, "issuer", "RFC 5280 4.1.2.4", findings) == 0) {
    findings.add("RFC 5280 4.1.2.4", "the issuer is empty", "issue with a CA that has a name");
  }
  if (lint_name(certificate.subject, "subject", "RFC 5280 4.1.2.6", findings) == 0 &&
      certificate.find(oids::kSubjectAltName) == nullptr) {
    findings.add("RFC 5280 4.1.2.6", "neither subject nor subjectAltName names the holder", "add a subject");
  }
}

void lint_public_key(const CertificateView& certificate, Findings& findings) {
  const auto key = read_public_key_info(certificate.public_key_info);
  if (!key) {
    findings.add("RFC 5280 4.1.2.7", "the public key is no SubjectPublicKeyInfo", "correct its encoding");
    return;
  }
  if (!base::equal(key->algorithm_oid, oids::kEcPublicKey)) return;
  const auto curve = der::read_single(key->parameters, der::kOid);
  if (!curve) {
    findings.add("RFC 5480 2.1.1", "the EC key does not name its curve by an OID", "write the OID of the curve");
  } else if (base::equal(curve->content, oids::kPrime256v1) && !p256_key(key->key_bits)) {
    findings.add("RFC 5480 2.2", "the public key is no point on P-256 in uncompressed form",
                 "take the key from a verified request");
  }
}

void lint_algorithms(const CertificateView& certificate, Findings& findings) {
  if (!certificate.outer_algorithm.empty() && !base::equal(certificate.inner_algorithm, certificate.outer_algorithm)) {
    findings.add("RFC 5280 4.1.1.2", "signatureAlgorithm differs from the signature field inside",
                 "write the same in both places");
  }
  const auto sequence = der::read_single(certificate.inner_algorithm, der::kSequence);
  if (!sequence) return;
  der::Reader fields(sequence->content);
  const auto oid = fields.expect(der::kOid);
  if (!oid) {
    findings.add("RFC 5280 4.1.1.2", "the signature algorithm has no OID", "correct its encoding");
  } else if (base::equal(oid->content, oids::kEcdsaWithSha256) && !fields.empty()) {
    findings.add("RFC 5758 3.2", "ecdsa-with-SHA256 has parameters", "leave them out");
  }
}

}  // namespace

void lint_fields(const CertificateView& certificate, Findings& findings) {
  lint_version(certificate, findings);
  lint_serial(certificate.serial, findings);
  lint_algorithms(certificate, findings);
  lint_validity(certificate, findings);
  lint_names(certificate, findings);
  lint_public_key(certificate, findings);
}

void lint_signature(const CertificateView& certificate, Findings& findings) {
  const auto algorithm = der::read_single(certificate.outer_algorithm, der::kSequence);
  if (!algorithm) return;
  der::Reader fields(algorithm->content);
  const auto oid = fields.expect(der::kOid);
  if (!oid || !base::equal(oid->content, oids::kEcdsaWithSha256)) return;
  // Ecdsa-Sig-Value: two positive integers.
  const auto value = der::read_single(certificate.signature, der::kSequence);
  bool valid = value.has_value() && !der::find_breach(certificate.signature);
  if (valid) {
    der::Reader numbers(value->content);
    for (int i = 0; i < 2; ++i) {
      const auto number = numbers.expect(der::kInteger);
      valid = valid && number && !number->content.empty() && (number->content[0] & 0x80) == 0 &&
              !(number->content.size() == 1 && number->content[0] == 0);
    }
    valid = valid && numbers.empty();
  }
  if (!valid) findings.add("RFC 5480 A", "the signature is no Ecdsa-Sig-Value in DER", "check the signer");
}

}  // namespace cert
