#include "factory-tool/service/server_tls.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

namespace factory {
namespace {

using base::ErrorCode;
using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;

std::unexpected<base::Failure> unusable(std::string what, std::string where, std::string next) {
  char reason[160] = "unknown reason";
  if (const unsigned long error = ERR_get_error(); error != 0) ERR_error_string_n(error, reason, sizeof(reason));
  ERR_clear_error();
  return base::failure(ErrorCode::kConfiguration, std::move(what) + ": " + reason, std::move(where), std::move(next));
}

base::Outcome<void> trust(SSL_CTX* context, const std::vector<base::Bytes>& client_issuers) {
  if (client_issuers.empty()) {
    return base::failure(ErrorCode::kConfiguration, "no CA is known whose devices could check in", {},
                         "make or import an issuing CA first (factory-tool ca create)");
  }
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  for (const base::Bytes& der : client_issuers) {
    const uint8_t* position = der.data();
    const X509Ptr certificate(d2i_X509(nullptr, &position, static_cast<long>(der.size())), X509_free);
    if (!certificate || X509_STORE_add_cert(store, certificate.get()) != 1 ||
        SSL_CTX_add_client_CA(context, certificate.get()) != 1) {
      return unusable("an issuing CA's certificate cannot be used", {}, "check the CA with factory-tool ca show");
    }
  }
  // An issuing CA is trusted by itself: devices do not carry the root, and need not.
  X509_VERIFY_PARAM* parameters = SSL_CTX_get0_param(context);
  if (X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN) != 1 ||
      X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_CLIENT) != 1) {
    return unusable("the verification of clients cannot be set up", {}, {});
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_verify_depth(context, 5);
  return {};
}

}  // namespace

base::Outcome<void> configure_server(SSL_CTX* context, const std::filesystem::path& certificate_chain,
                                     const std::filesystem::path& private_key,
                                     const std::vector<base::Bytes>& client_issuers) {
  ERR_clear_error();
  if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1 ||
      SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256") !=
          1) {
    return unusable("TLS cannot be set up", {}, {});
  }
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);

  const std::string chain = certificate_chain.string();
  if (SSL_CTX_use_certificate_chain_file(context, chain.c_str()) != 1) {
    return unusable("the service's certificate cannot be read", chain, "run factory-tool init, or renew it");
  }
  const std::string key = private_key.string();
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    return unusable("the service's key cannot be read or belongs to another certificate", key,
                    "give the key that was made with the certificate");
  }
  return trust(context, client_issuers);
}

std::optional<base::ByteArray<32>> peer_fingerprint(const SSL* connection) {
  if (connection == nullptr || SSL_get_verify_result(connection) != X509_V_OK) return std::nullopt;
  const X509Ptr certificate(SSL_get1_peer_certificate(connection), X509_free);
  if (!certificate) return std::nullopt;
  base::ByteArray<32> fingerprint{};
  unsigned size = 0;
  if (X509_digest(certificate.get(), EVP_sha256(), fingerprint.data(), &size) != 1 || size != fingerprint.size()) {
    return std::nullopt;
  }
  return fingerprint;
}

}  // namespace factory
