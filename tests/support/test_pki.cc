#include "tests/support/test_pki.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include <fstream>
#include <stdexcept>

namespace test {
namespace {

template <typename T>
T* check(T* pointer) {
  if (pointer == nullptr) throw std::runtime_error("test PKI: libcrypto failed");
  return pointer;
}
void check(int result) {
  if (result != 1) throw std::runtime_error("test PKI: libcrypto failed");
}

using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      check(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str())), X509_EXTENSION_free);
  check(X509_add_ext(certificate, extension.get(), -1));
}

void set_time(ASN1_TIME* field, int64_t seconds) { check(ASN1_TIME_set(field, static_cast<time_t>(seconds))); }

Certificate build(const CertificateOptions& options, const KeyPair& key, const Certificate* issuer) {
  X509Ptr certificate(check(X509_new()), X509_free);
  X509Ptr parent(nullptr, X509_free);
  if (issuer != nullptr) {
    const uint8_t* position = issuer->der.data();
    parent.reset(check(d2i_X509(nullptr, &position, static_cast<long>(issuer->der.size()))));
  }
  check(X509_set_version(certificate.get(), X509_VERSION_3));
  static long serial = 1000;
  check(ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial));
  set_time(X509_getm_notBefore(certificate.get()), options.not_before);
  set_time(X509_getm_notAfter(certificate.get()), options.not_after);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  check(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                   reinterpret_cast<const uint8_t*>(options.common_name.c_str()), -1, -1, 0));
  check(X509_set_issuer_name(certificate.get(), parent ? X509_get_subject_name(parent.get()) : name));
  check(X509_set_pubkey(certificate.get(), key.get()));

  X509* authority = parent ? parent.get() : certificate.get();
  add_extension(certificate.get(), authority, NID_basic_constraints,
                options.is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
  add_extension(certificate.get(), authority, NID_key_usage,
                options.is_ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
  add_extension(certificate.get(), authority, NID_subject_key_identifier, "hash");
  if (parent) add_extension(certificate.get(), authority, NID_authority_key_identifier, "keyid");
  if (!options.extended_key_usage.empty()) {
    add_extension(certificate.get(), authority, NID_ext_key_usage, options.extended_key_usage);
  }
  std::string names;
  for (const std::string& alt_name : options.alt_names) names += (names.empty() ? "" : ",") + alt_name;
  if (!names.empty()) add_extension(certificate.get(), authority, NID_subject_alt_name, names);

  const KeyPair& signer = issuer != nullptr ? issuer->key : key;
  if (X509_sign(certificate.get(), signer.get(), EVP_sha256()) <= 0) check(0);
  uint8_t* der = nullptr;
  const int size = i2d_X509(certificate.get(), &der);
  if (size <= 0) check(0);
  Certificate result{base::Bytes(der, der + size), key};
  OPENSSL_free(der);
  return result;
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<size_t>(size)};
}

}  // namespace

KeyPair::KeyPair(evp_pkey_st* key) : key_(key, EVP_PKEY_free) {}

KeyPair KeyPair::generate(KeyKind kind) {
  return KeyPair(check(kind == KeyKind::kP256 ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048)));
}

base::ByteArray<65> KeyPair::public_point() const {
  base::ByteArray<65> point{};
  size_t size = 0;
  check(EVP_PKEY_get_octet_string_param(get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(), &size));
  if (size != point.size()) check(0);
  return point;
}

base::ByteArray<32> KeyPair::scalar() const {
  BIGNUM* number = nullptr;
  check(EVP_PKEY_get_bn_param(get(), OSSL_PKEY_PARAM_PRIV_KEY, &number));
  base::ByteArray<32> scalar{};
  if (BN_bn2binpad(number, scalar.data(), static_cast<int>(scalar.size())) < 0) check(0);
  BN_clear_free(number);
  return scalar;
}

std::string KeyPair::pem() const {
  std::unique_ptr<BIO, decltype(&BIO_free)> bio(check(BIO_new(BIO_s_mem())), BIO_free);
  check(PEM_write_bio_PrivateKey(bio.get(), get(), nullptr, nullptr, 0, nullptr, nullptr));
  return text_of(bio.get());
}

std::string Certificate::pem() const {
  const uint8_t* position = der.data();
  const X509Ptr certificate(check(d2i_X509(nullptr, &position, static_cast<long>(der.size()))), X509_free);
  std::unique_ptr<BIO, decltype(&BIO_free)> bio(check(BIO_new(BIO_s_mem())), BIO_free);
  check(PEM_write_bio_X509(bio.get(), certificate.get()));
  return text_of(bio.get());
}

base::ByteArray<32> Certificate::fingerprint() const {
  base::ByteArray<32> digest{};
  SHA256(der.data(), der.size(), digest.data());
  return digest;
}

Certificate make_root(const CertificateOptions& options) { return build(options, KeyPair::generate(), nullptr); }

Certificate make_root(const std::string& common_name) {
  return make_root(CertificateOptions{.common_name = common_name, .is_ca = true});
}

Certificate make_certificate(const CertificateOptions& options, const Certificate& issuer) {
  return build(options, KeyPair::generate(), &issuer);
}

Certificate make_certificate(const CertificateOptions& options, const Certificate& issuer, const KeyPair& key) {
  return build(options, key, &issuer);
}

std::string write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
  return path.string();
}

}  // namespace test
