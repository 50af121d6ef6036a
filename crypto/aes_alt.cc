// Mbed TLS's AES and GCM functions over small_aes.h and small_gcm.h (MBEDTLS_AES_ALT, MBEDTLS_GCM_ALT): those that PSA
// Crypto, TLS and this project call.
#include <mbedtls/aes.h>
#include <mbedtls/gcm.h>

#include "base/secure.h"
#include "crypto/small_gcm.h"

static_assert(sizeof(mbedtls_aes_context) == sizeof(crypto::SmallAesKey));

namespace {

crypto::SmallAesKey& key_of(mbedtls_aes_context* context) { return *reinterpret_cast<crypto::SmallAesKey*>(context); }

using Nonce = std::span<const uint8_t, crypto::kSmallGcmNonceSize>;
constexpr size_t kTagSize = sizeof(crypto::SmallGcmTag);

}  // namespace

extern "C" {

void mbedtls_aes_init(mbedtls_aes_context* context) { *context = {}; }

void mbedtls_aes_free(mbedtls_aes_context* context) {
  if (context != nullptr) base::secure_wipe(context, sizeof *context);
}

int mbedtls_aes_setkey_enc(mbedtls_aes_context* context, const unsigned char* key, unsigned bits) {
  if (bits != 128 && bits != 256) return MBEDTLS_ERR_AES_INVALID_KEY_LENGTH;
  crypto::small_aes_set_key(key_of(context), {key, bits / 8});
  return 0;
}

int mbedtls_aes_crypt_ecb(mbedtls_aes_context* context, int mode, const unsigned char* in, unsigned char* out) {
  if (mode != MBEDTLS_AES_ENCRYPT) return MBEDTLS_ERR_AES_BAD_INPUT_DATA;
  crypto::small_aes_encrypt(key_of(context), in, out);
  return 0;
}

void mbedtls_gcm_init(mbedtls_gcm_context* context) { mbedtls_aes_init(&context->key); }

void mbedtls_gcm_free(mbedtls_gcm_context* context) {
  if (context != nullptr) mbedtls_aes_free(&context->key);
}

int mbedtls_gcm_setkey(mbedtls_gcm_context* context, mbedtls_cipher_id_t cipher, const unsigned char* key,
                       unsigned bits) {
  if (cipher != MBEDTLS_CIPHER_ID_AES) return MBEDTLS_ERR_GCM_BAD_INPUT;
  return mbedtls_aes_setkey_enc(&context->key, key, bits);
}

int mbedtls_gcm_crypt_and_tag(mbedtls_gcm_context* context, int mode, size_t size, const unsigned char* nonce,
                              size_t nonce_size, const unsigned char* associated_data, size_t associated_size,
                              const unsigned char* in, unsigned char* out, size_t tag_size, unsigned char* tag) {
  if (mode != MBEDTLS_GCM_ENCRYPT || nonce_size != Nonce::extent || tag_size != kTagSize) return MBEDTLS_ERR_GCM_BAD_INPUT;
  crypto::SmallGcmTag computed;
  crypto::small_gcm_seal(key_of(&context->key), Nonce(nonce, nonce_size), {associated_data, associated_size}, {in, size},
                         out, computed);
  base::copy({tag, tag_size}, computed);
  return 0;
}

int mbedtls_gcm_auth_decrypt(mbedtls_gcm_context* context, size_t size, const unsigned char* nonce, size_t nonce_size,
                             const unsigned char* associated_data, size_t associated_size, const unsigned char* tag,
                             size_t tag_size, const unsigned char* in, unsigned char* out) {
  if (nonce_size != Nonce::extent || tag_size != kTagSize) return MBEDTLS_ERR_GCM_BAD_INPUT;
  return crypto::small_gcm_open(key_of(&context->key), Nonce(nonce, nonce_size), {associated_data, associated_size},
                                {in, size}, {tag, tag_size}, out)
             ? 0
             : MBEDTLS_ERR_GCM_AUTH_FAILED;
}

}  // extern "C"
