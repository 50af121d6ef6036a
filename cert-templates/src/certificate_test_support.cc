#include "cert-templates/src/certificate_test_support.h"

#include <openssl/core_names.h>
#include <openssl/pem.h>

#include <cstdio>
#include <cstdlib>

#include "cert-templates/src/der_writer.h"
#include "cert-templates/src/oids.h"
#include "cert-templates/src/profile_data.h"
#include "cert-templates/src/template_parts.h"
#include "cert-templates/src/time_text.h"

namespace cert::test {
namespace {

void must(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "test set-up failed: %s\n", what);
  std::abort();
}

base::Bytes key_id(const TestKey& key) { return key_identifier(key.point()).value(); }

TestExtension authority_key_id(base::ByteView id) {
  return {base::to_bytes(oids::kAuthorityKeyIdentifier), {}, der::sequence({der::tlv(der::context(0), id)})};
}

}  // namespace

TestKey::TestKey() : key_(EVP_EC_gen("P-256")) { must(key_ != nullptr, "EVP_EC_gen"); }

base::ByteArray<65> TestKey::point() const {
  base::ByteArray<65> point{};
  size_t size = 0;
  must(EVP_PKEY_get_octet_string_param(key_.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(), &size) == 1 &&
           size == point.size(),
       "public key");
  return point;
}

base::Bytes TestKey::sign(base::ByteView message) const {
  const DigestContextHandle context(EVP_MD_CTX_new());
  base::Bytes signature(80);
  size_t size = signature.size();
  must(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
           EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1,
       "signature");
  signature.resize(size);
  return signature;
}

base::Bytes rdn(base::ByteView oid, uint8_t tag, std::string_view text) {
  return der::tlv(der::kSet, der::sequence({der::oid(oid), der::tlv(tag, text)}));
}

base::Bytes name(std::initializer_list<base::Bytes> rdns) { return der::tlv(der::kSequence, der::join(rdns)); }

base::Bytes public_key_info(base::ByteView point) {
  const base::Bytes no_unused_bits = {0};
  return der::sequence({der::sequence({der::oid(oids::kEcPublicKey), der::oid(oids::kPrime256v1)}),
                        der::tlv(der::kBitString, der::join({no_unused_bits, base::to_bytes(point)}))});
}

CertificateParts CertificateParts::device(const TestKey& key, base::ByteView issuer_name,
                                          base::ByteView issuer_key_id) {
  CertificateParts parts;
  parts.version = {0xA0, 0x03, 0x02, 0x01, 0x02};
  parts.serial = {0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48};
  parts.inner_algorithm = der::sequence({der::oid(oids::kEcdsaWithSha256)});
  parts.outer_algorithm = parts.inner_algorithm;
  parts.issuer = base::to_bytes(issuer_name);
  parts.not_before = encode_time(kNow - 3600).value();
  parts.not_after = encode_time(kNoExpiry).value();
  parts.subject = name({rdn(oids::kCommonName, der::kUtf8String, "unit-1"),
                        rdn(oids::kOrganizationalUnit, der::kUtf8String, "000000000000")});
  parts.public_key_info = test::public_key_info(key.point());
  parts.extensions = {
      authority_key_id(issuer_key_id),
      {base::to_bytes(oids::kKeyUsage), der::boolean_true(), der::named_bits(kDigitalSignature)},
      {base::to_bytes(oids::kBasicConstraints), der::boolean_true(), der::sequence({})},
      {base::to_bytes(oids::kExtendedKeyUsage), {}, der::sequence({der::oid(oids::kClientAuth)})},
  };
  return parts;
}

CertificateParts CertificateParts::authority(const TestKey& key, std::string_view common_name,
                                             base::ByteView issuer_name, base::ByteView issuer_key_id) {
  CertificateParts parts = device(key, issuer_name, issuer_key_id);
  parts.subject = name({rdn(oids::kCommonName, der::kUtf8String, common_name)});
  parts.not_after = encode_time(add_years(kNow, 30)).value();
  if (issuer_name.empty()) parts.issuer = parts.subject;
  const base::Bytes is_ca = issuer_name.empty()
                                ? der::sequence({der::boolean_true()})
                                : der::sequence({der::boolean_true(), der::tlv(der::kInteger, base::Bytes{0})});
  parts.extensions = {
      {base::to_bytes(oids::kSubjectKeyIdentifier), {}, der::tlv(der::kOctetString, key_id(key))},
      {base::to_bytes(oids::kKeyUsage), der::boolean_true(), der::named_bits(kKeyCertSign | kCrlSign)},
      {base::to_bytes(oids::kBasicConstraints), der::boolean_true(), is_ca},
      authority_key_id(issuer_name.empty() ? base::ByteView(key_id(key)) : issuer_key_id),
  };
  return parts;
}

TestExtension& CertificateParts::extension(base::ByteView oid) {
  for (TestExtension& extension : extensions) {
    if (base::equal(extension.oid, oid)) return extension;
  }
  must(false, "no such extension");
  std::abort();
}

void CertificateParts::remove(base::ByteView oid) {
  std::erase_if(extensions, [&](const TestExtension& extension) { return base::equal(extension.oid, oid); });
}

base::Bytes CertificateParts::tbs() const {
  base::Bytes list;
  for (const TestExtension& extension : extensions) {
    der::append(list, der::sequence(
                          {der::oid(extension.oid), extension.critical, der::tlv(der::kOctetString, extension.value)}));
  }
  const base::Bytes extensions_field =
      with_extensions_field ? der::tlv(der::context_constructed(3), der::tlv(der::kSequence, list)) : base::Bytes();
  return der::sequence({version, der::tlv(der::kInteger, serial), inner_algorithm, issuer,
                        der::sequence({not_before, not_after}), subject, public_key_info, unique_ids,
                        extensions_field});
}

base::Bytes CertificateParts::encode(const TestKey& signer) const {
  const base::Bytes to_sign = tbs();
  const base::Bytes value = signature.empty() ? signer.sign(to_sign) : signature;
  const base::Bytes no_unused_bits = {0};
  return der::sequence({to_sign, outer_algorithm, der::tlv(der::kBitString, der::join({no_unused_bits, value}))});
}

base::Bytes pem(base::ByteView certificate, std::string_view label) {
  BioHandle out(BIO_new(BIO_s_mem()));
  PEM_write_bio(out.get(), std::string(label).c_str(), "", certificate.data(), static_cast<long>(certificate.size()));
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return base::Bytes(data, data + size);
}

TestAuthority::TestAuthority() {
  const CertificateParts root_parts = CertificateParts::authority(root_key, "Test Root", {}, {});
  root = root_parts.encode(root_key);
  const CertificateParts issuing_parts =
      CertificateParts::authority(issuing_key, "Test Issuing", root_parts.subject, key_id(root_key));
  issuing = issuing_parts.encode(root_key);
  issuing_name = issuing_parts.subject;
  issuing_key_id = key_id(issuing_key);
}

base::Outcome<base::Bytes> TestAuthority::sign_ecdsa_sha256(base::ByteView message) {
  ++signatures;
  return issuing_key.sign(message);
}

Profile shipped_profile(const std::string& file) {
  auto profile = Profile::load(std::string(FACTORY_LINE_SOURCE_DIR "/cert-templates/profiles/") + file);
  must(profile.has_value(), profile ? "" : profile.error().to_string().c_str());
  return *std::move(profile);
}

}  // namespace cert::test
