#include "factory-tool/session/precheck.h"

#include <openssl/x509.h>

#include <cstdio>

#include "factory-tool/ca/ca_store.h"

namespace factory {
namespace {

using base::ErrorCode;
using base::failure;
using base::Outcome;

// The longest certificates come with the longest serial number: the last of the order.
std::string last_serial(const db::Order& order) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%0*lld", order.serial_digits,
                static_cast<long long>(order.serial_first + order.quantity - 1));
  return order.serial_prefix + digits;
}

// Signs with a key that is forgotten afterwards, under the subject of the real CA.
class SampleSigner final : public cert::Signer {
 public:
  static Outcome<SampleSigner> make(base::ByteView issuer) {
    BASE_ASSIGN(const Certificate real, parse_certificate(issuer, "issuing CA"));
    BASE_ASSIGN(PrivateKey key, generate_p256_key());
    Certificate copy(X509_dup(real.get()));
    if (!copy || X509_set_pubkey(copy.get(), key.get()) != 1 || X509_sign(copy.get(), key.get(), EVP_sha256()) == 0) {
      return failure(ErrorCode::kSignerUnavailable, "no sample CA can be made: " + openssl_error());
    }
    BASE_ASSIGN(const base::Bytes der, certificate_der(copy.get()));
    BASE_ASSIGN(const base::SecretBuffer pem, private_key_pem(key, {}));
    BASE_ASSIGN(KeyFileSigner signer, KeyFileSigner::open(der, pem.view(), {}, "sample CA", now_of(real.get())));
    return SampleSigner(std::move(signer));
  }
  Outcome<base::Bytes> sign_ecdsa_sha256(base::ByteView message) override { return signer_.sign_ecdsa_sha256(message); }
  const base::Bytes& issuer_certificate() const override { return signer_.issuer_certificate(); }

 private:
  explicit SampleSigner(KeyFileSigner signer) : signer_(std::move(signer)) {}
  // A moment inside the CA's validity; whether it is valid now is judged by CertificateTemplate::compile.
  static int64_t now_of(const X509* certificate) {
    tm parts{};
    ASN1_TIME_to_tm(X509_get0_notBefore(certificate), &parts);
    return static_cast<int64_t>(timegm(&parts)) + 1;
  }

  KeyFileSigner signer_;
};

}  // namespace

Outcome<PrecheckInputs> precheck_inputs(const std::filesystem::path& ca_directory, const std::string& check_in_uri,
                                        const std::string& issuing_ca) {
  const CaStore cas(ca_directory);
  BASE_ASSIGN(const CaEntry issuer, cas.find(issuing_ca));
  BASE_ASSIGN(const CaEntry server, cas.find("check-in"));
  PrecheckInputs inputs;
  inputs.issuer = issuer.certificate;
  BASE_ASSIGN(inputs.certificates.chain, cas.chain(issuing_ca));
  inputs.certificates.server_ca = server.certificate;
  inputs.certificates.check_in_uri = check_in_uri;
  return inputs;
}

Outcome<Sample> make_sample(const db::Order& order, const cert::Profile& profile, const PrecheckInputs& inputs,
                            int64_t now) {
  Sample sample;
  sample.unit.serial = last_serial(order);
  sample.unit.chip_id_hex = std::string(32, '0');
  sample.unit.order = order.name;
  sample.unit.batch = order.batch;
  for (const auto& [name, value] : order.variables) sample.unit.variables[name] = value;
  sample.unit.now = now;
  BASE_TRY(profile.check_variables(sample.unit.variables));
  if (auto compiled = cert::CertificateTemplate::compile(profile, inputs.issuer, now); !compiled) {
    base::Failure problem = compiled.error();
    const bool is_of_ca = problem.code == ErrorCode::kCaExpired || problem.code == ErrorCode::kCaUnfit;
    if (is_of_ca && !order.issuing_ca.empty()) problem.where += " `" + order.issuing_ca + "`";
    return std::unexpected(std::move(problem));
  }

  BASE_ASSIGN(SampleSigner signer, SampleSigner::make(inputs.issuer));
  BASE_ASSIGN(const auto certificate_template,
              cert::CertificateTemplate::compile(profile, signer.issuer_certificate(), now));
  BASE_ASSIGN(const PrivateKey key, generate_p256_key());
  cert::CertificateRequest request;
  request.unit = sample.unit;
  BASE_ASSIGN(request.public_key, public_point(key.get()));
  base::ByteArray<20> serial;
  serial.fill(0x5A);
  request.serial_number = cert::make_serial_number(serial);
  request.not_before = now;
  BASE_ASSIGN(sample.certificate, certificate_template.issue(request, signer));
  cert::CertificateSet certificates = inputs.certificates;
  certificates.device = sample.certificate;
  BASE_ASSIGN(sample.items, profile.items(sample.unit, certificates));
  sample.findings = cert::check_items(profile, sample.items, request.public_key, now);
  return sample;
}

Outcome<std::vector<std::string>> precheck_order(const db::Order& order, const cert::Profile& profile,
                                                 const PrecheckInputs& inputs, int64_t now) {
  BASE_ASSIGN(const Sample sample, make_sample(order, profile, inputs, now));
  std::vector<std::string> warnings;
  for (const cert::ItemFinding& finding : sample.findings) {
    if (finding.is_error) {
      return failure(ErrorCode::kItemRule, finding.item + ": " + finding.what, "profile " + profile.name(),
                     finding.next);
    }
    warnings.push_back(finding.item + ": " + finding.what);
  }
  return warnings;
}

}  // namespace factory
