#include "cert-templates/src/ec_key.h"

#include <openssl/core_names.h>

#include <string_view>

namespace cert {

KeyHandle p256_key(base::ByteView point) {
  if (point.size() != 65 || point[0] != 0x04) return nullptr;
  const ErrorQueueGuard guard;
  KeyContextHandle context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1) return nullptr;
  char group[] = "prime256v1";
  // OSSL_PARAM takes no const data, and reads it only.
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group - 1),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, const_cast<uint8_t*>(point.data()), point.size()),
      OSSL_PARAM_construct_end()};
  EVP_PKEY* key = nullptr;
  // The import decodes the point, which fails for one that is not on the curve.
  if (EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params) != 1) return nullptr;
  return KeyHandle(key);
}

bool is_p256(const EVP_PKEY* key) {
  char group[32] = {};
  size_t length = 0;
  return key != nullptr && EVP_PKEY_is_a(key, "EC") == 1 &&
         EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, &length) == 1 &&
         std::string_view(group, length) == "prime256v1";
}

bool verify_ecdsa_sha256(EVP_PKEY* key, base::ByteView message, base::ByteView signature) {
  const ErrorQueueGuard guard;
  DigestContextHandle context(EVP_MD_CTX_new());
  return context && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
}

base::Result<base::ByteArray<32>> sha256(base::ByteView data) {
  base::ByteArray<32> digest{};
  size_t size = 0;
  if (EVP_Q_digest(nullptr, "SHA256", nullptr, data.data(), data.size(), digest.data(), &size) != 1 ||
      size != digest.size()) {
    return base::fail(base::ErrorCode::kCrypto);
  }
  return digest;
}

}  // namespace cert
