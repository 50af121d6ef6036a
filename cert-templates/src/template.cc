// CertificateTemplate: compiled once, filled in for each unit.
#include "cert-templates/src/ec_key.h"
#include "cert-templates/src/issuer_check.h"
#include "cert-templates/src/limits.h"
#include "cert-templates/src/lint.h"
#include "cert-templates/src/oids.h"
#include "cert-templates/src/template_parts.h"
#include "cert-templates/src/time_text.h"

namespace cert {
namespace {

using base::ErrorCode;

base::Bytes ecdsa_with_sha256() { return der::sequence({der::oid(oids::kEcdsaWithSha256)}); }

// SubjectPublicKeyInfo up to the point itself, with a slot for the point (RFC 5480 section 2).
void add_public_key(DerTemplate& out) {
  constexpr uint8_t kNoUnusedBits[] = {0};
  out.open(der::kSequence);
  out.fixed(der::sequence({der::oid(oids::kEcPublicKey), der::oid(oids::kPrime256v1)}));
  out.open(der::kBitString);
  out.fixed(kNoUnusedBits);
  out.slot();
  out.close();
  out.close();
}

DerTemplate tbs_template(const CertificateSpec& spec, const IssuerIdentity& issuer) {
  constexpr uint8_t kVersion3[] = {0xA0, 0x03, 0x02, 0x01, 0x02};
  DerTemplate out;
  out.open(der::kSequence);
  out.fixed(kVersion3);
  out.open(der::kInteger);
  out.slot();  // serial number
  out.close();
  out.fixed(ecdsa_with_sha256());
  out.fixed(issuer.subject);
  out.open(der::kSequence);
  out.slot();  // both times
  out.close();
  add_subject(out, spec);
  add_public_key(out);
  add_extensions(out, spec, issuer.key_identifier);
  out.close();
  return out;
}

base::Outcome<base::Bytes> validity_times(const CertificateSpec& spec, int64_t issuance, int64_t issuer_not_before) {
  int64_t from = issuance;
  if (spec.not_before.rule == NotBefore::Rule::kIssuer) from = issuer_not_before;
  if (spec.not_before.rule == NotBefore::Rule::kFixed) from = spec.not_before.fixed;
  // The second named by notAfter still belongs to the validity.
  const int64_t to = spec.validity.no_expiry   ? kNoExpiry
                     : spec.validity.years > 0 ? add_years(from, spec.validity.years) - 1
                                               : from + spec.validity.days * 86400 - 1;
  const auto first = encode_time(from);
  const auto last = encode_time(to);
  if (!first || !last) {
    return base::failure(ErrorCode::kLint, "the validity leaves the years 1950 to 9999", "RFC 5280 4.1.2.5",
                         "correct the clock of this machine or validity in the profile");
  }
  return der::join({*first, *last});
}

std::unexpected<base::Failure> lint_failure(const std::vector<Finding>& findings, std::string where) {
  return base::failure(ErrorCode::kLint, findings_text(findings), std::move(where), findings.front().next);
}

}  // namespace

struct CertificateTemplate::Data {
  Profile profile;
  IssuerIdentity issuer;
  base::Bytes issuer_certificate;
  DerTemplate tbs;
  DerTemplate subject;
  base::Bytes algorithm;
};

base::Outcome<CertificateTemplate> CertificateTemplate::compile(const Profile& profile,
                                                                base::ByteView issuer_certificate, int64_t now) {
  auto issuer = check_issuer(issuer_certificate, now);
  if (!issuer) return std::unexpected(std::move(issuer).error());
  auto data = std::make_shared<Data>(
      Data{profile, *std::move(issuer), base::to_bytes(issuer_certificate), {}, {}, ecdsa_with_sha256()});
  const CertificateSpec& spec = profile.data().certificate;
  data->tbs = tbs_template(spec, data->issuer);
  add_subject(data->subject, spec);
  CertificateTemplate compiled;
  compiled.data_ = std::move(data);
  return compiled;
}

base::Outcome<base::Bytes> CertificateTemplate::subject(const UnitValues& unit) const {
  BASE_ASSIGN(const TextValues values, unit_text_values(data_->profile.data(), unit));
  SlotValues slots;
  BASE_TRY(add_subject_values(slots, data_->profile.data().certificate, values));
  base::Bytes name = data_->subject.fill(slots.views());
  if (name.size() > kMaxSubjectDerSize) {
    return base::failure(ErrorCode::kLint,
                         "the subject has " + std::to_string(name.size()) + " bytes, a device takes 256",
                         data_->profile.data().file, "shorten the subject");
  }
  return name;
}

base::Outcome<base::Bytes> CertificateTemplate::issue(const CertificateRequest& request, Signer& signer) const {
  const Profile::Data& profile = data_->profile.data();
  if (signer.issuer_certificate() != data_->issuer_certificate) {
    return base::failure(ErrorCode::kSignerKey, "the signer belongs to another CA than the template",
                         "unit " + request.unit.serial, "compile the profile with the certificate of this signer");
  }
  BASE_ASSIGN(const TextValues values, unit_text_values(profile, request.unit));
  BASE_ASSIGN(base::Bytes times, validity_times(profile.certificate, request.not_before, data_->issuer.not_before));
  SlotValues slots;
  slots.add(request.serial_number);
  slots.add(std::move(times));
  BASE_TRY(add_subject_values(slots, profile.certificate, values));
  slots.add(base::to_bytes(request.public_key));
  BASE_TRY(add_extension_values(slots, profile.certificate, values, request.public_key));
  const base::Bytes tbs = data_->tbs.fill(slots.views());

  const IssuerFacts issuer{data_->issuer.subject, data_->issuer.key_identifier};
  const std::string where = "certificate of unit " + request.unit.serial;
  if (const auto findings = lint_all(tbs, true, &profile, &issuer); !findings.empty())
    return lint_failure(findings, where);

  BASE_ASSIGN(const base::Bytes signature, signer.sign_ecdsa_sha256(tbs));
  if (!verify_ecdsa_sha256(data_->issuer.key.get(), tbs, signature)) {
    return base::failure(ErrorCode::kSignerKey, "the signature does not verify with the CA certificate's key", where,
                         "give the private key that belongs to the CA certificate");
  }
  const base::Bytes no_unused_bits = {0};
  base::Bytes certificate =
      der::sequence({tbs, data_->algorithm, der::tlv(der::kBitString, der::join({no_unused_bits, signature}))});
  if (const auto findings = lint_all(certificate, false, &profile, &issuer); !findings.empty())
    return lint_failure(findings, where);
  return certificate;
}

base::Bytes make_serial_number(std::span<const uint8_t, 20> random) {
  base::Bytes serial(random.begin(), random.end());
  // Highest bit 0: positive. Next bit 1: always 20 octets without a leading zero, so the stored bytes are the encoded
  // ones.
  serial[0] = static_cast<uint8_t>((serial[0] & 0x3F) | 0x40);
  return serial;
}

}  // namespace cert
