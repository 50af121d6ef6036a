#include "factory-tool/ca/key_file_signer.h"

#include "factory-tool/ca/certificate_maker.h"

namespace factory {
namespace {

using base::ErrorCode;
using base::failure;
using base::Outcome;

}  // namespace

Outcome<void> check_ca_certificate(X509* certificate, int64_t now, const std::string& where) {
  if ((X509_get_extension_flags(certificate) & EXFLAG_INVALID) != 0) {
    return failure(ErrorCode::kCaUnfit, "an extension of the CA certificate is malformed", where);
  }
  if ((X509_get_extension_flags(certificate) & EXFLAG_CA) == 0) {
    return failure(ErrorCode::kCaUnfit, "the certificate is not a CA (basicConstraints, RFC 5280 4.2.1.9)", where,
                   "Import the certificate of the issuing CA.");
  }
  if ((X509_get_key_usage(certificate) & KU_KEY_CERT_SIGN) == 0) {
    return failure(ErrorCode::kCaUnfit, "the CA's keyUsage lacks keyCertSign (RFC 5280 4.2.1.3)", where);
  }
  if (X509_get0_subject_key_id(certificate) == nullptr) {
    return failure(ErrorCode::kCaUnfit, "the CA has no subjectKeyIdentifier (RFC 5280 4.2.1.2)", where);
  }
  if (!public_point(X509_get0_pubkey(certificate))) {
    return failure(ErrorCode::kCaUnfit, "the CA's key is not on P-256", where);
  }
  time_t at = static_cast<time_t>(now);
  if (X509_cmp_time(X509_get0_notBefore(certificate), &at) > 0) {
    return failure(ErrorCode::kCaExpired, "the CA certificate is not valid yet", where, "Check this machine's clock.");
  }
  if (X509_cmp_time(X509_get0_notAfter(certificate), &at) < 0) {
    return failure(ErrorCode::kCaExpired, "the CA certificate has expired", where,
                   "Import its successor with `factory-tool ca import` and create an order with it.");
  }
  return {};
}

Outcome<KeyFileSigner> KeyFileSigner::open(base::ByteView certificate, base::ByteView key_pem,
                                           base::ByteView passphrase, const std::string& where, int64_t now) {
  BASE_ASSIGN(const Certificate parsed, parse_certificate(certificate, where));
  BASE_TRY(check_ca_certificate(parsed.get(), now, where));
  BASE_ASSIGN(PrivateKey key, parse_private_key(key_pem, passphrase, where));
  if (EVP_PKEY_eq(X509_get0_pubkey(parsed.get()), key.get()) != 1) {
    return failure(ErrorCode::kSignerKey, "the private key does not belong to the CA certificate", where,
                   "Import certificate and key of the same CA.");
  }
  BASE_ASSIGN(base::Bytes der, certificate_der(parsed.get()));
  return KeyFileSigner(std::move(key), std::move(der));
}

Outcome<base::Bytes> KeyFileSigner::sign_ecdsa_sha256(base::ByteView message) {
  const DigestContext context(EVP_MD_CTX_new());
  size_t size = 0;
  if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, message.data(), message.size()) != 1) {
    return failure(ErrorCode::kSignerUnavailable, "the key file signer failed: " + openssl_error());
  }
  base::Bytes signature(size);
  if (EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) != 1) {
    return failure(ErrorCode::kSignerUnavailable, "the key file signer failed: " + openssl_error());
  }
  signature.resize(size);
  return signature;
}

}  // namespace factory
