#include "session_crypto.h"

#include <mbedtls/gcm.h>

#include <algorithm>
#include <array>

#include "base/secure.h"
#include "crypto/hmac.h"

extern "C" {  // these two forget it
#include <mbedtls/psa_util.h>

#include "p256-m/p256-m.h"
}

namespace {

using base::ByteView;

// Above every id that PSA knows.
constexpr mbedtls_svc_key_id_t kFirstSealed = 0x80000000;
constexpr mbedtls_svc_key_id_t kBorrowed = 0xC0000000;
constexpr size_t kTagSize = 16;
constexpr size_t kPointSize = 65;  // SEC 1: 4, x, y
constexpr size_t kSignatureSize = 64;

struct SealedKey {
  mbedtls_gcm_context gcm;
  bool in_use;
};

SealedKey g_sealed[2];
ByteView g_borrowed;

mbedtls_gcm_context* sealed_key(mbedtls_svc_key_id_t key) {
  const size_t index = key - kFirstSealed;
  return index < std::size(g_sealed) && g_sealed[index].in_use ? &g_sealed[index].gcm : nullptr;
}

bool is_point(ByteView bytes) { return bytes.size() == kPointSize && bytes[0] == 4; }

psa_status_t borrow(ByteView bytes, mbedtls_svc_key_id_t* key) {
  g_borrowed = bytes;
  *key = kBorrowed;
  return PSA_SUCCESS;
}

}  // namespace

extern "C" {

mbedtls_sha256_context factory_line_hash_operation_init() { return {}; }

psa_status_t factory_line_hash_setup(mbedtls_sha256_context* operation, psa_algorithm_t alg) {
  if (alg != PSA_ALG_SHA_256) return PSA_ERROR_NOT_SUPPORTED;
  mbedtls_sha256_init(operation);
  (void)mbedtls_sha256_starts(operation, 0);  // fails for null contexts only, as all of them
  return PSA_SUCCESS;
}

psa_status_t factory_line_hash_update(mbedtls_sha256_context* operation, const uint8_t* data, size_t size) {
  (void)mbedtls_sha256_update(operation, data, size);
  return PSA_SUCCESS;
}

psa_status_t factory_line_hash_clone(const mbedtls_sha256_context* from, mbedtls_sha256_context* to) {
  *to = *from;
  return PSA_SUCCESS;
}

psa_status_t factory_line_hash_finish(mbedtls_sha256_context* operation, uint8_t* out, size_t room, size_t* size) {
  if (room < crypto::kDigestSize) return PSA_ERROR_BUFFER_TOO_SMALL;
  (void)mbedtls_sha256_finish(operation, out);
  *size = crypto::kDigestSize;
  return factory_line_hash_abort(operation);
}

psa_status_t factory_line_hash_abort(mbedtls_sha256_context* operation) {
  mbedtls_sha256_free(operation);
  return PSA_SUCCESS;
}

psa_status_t factory_line_hash_compute(psa_algorithm_t alg, const uint8_t* data, size_t data_size, uint8_t* out,
                                       size_t room, size_t* size) {
  if (alg != PSA_ALG_SHA_256) return PSA_ERROR_NOT_SUPPORTED;
  if (room < crypto::kDigestSize) return PSA_ERROR_BUFFER_TOO_SMALL;
  crypto::Sha256().update({data, data_size}).finish(std::span<uint8_t, crypto::kDigestSize>(out, crypto::kDigestSize));
  *size = crypto::kDigestSize;
  return PSA_SUCCESS;
}

psa_status_t factory_line_prf_setup(factory_line_prf_operation_t* operation, psa_algorithm_t alg) {
  if (alg != PSA_ALG_TLS12_PRF(PSA_ALG_SHA_256)) return PSA_ERROR_NOT_SUPPORTED;
  *operation = {};
  return PSA_SUCCESS;
}

psa_status_t factory_line_prf_input_bytes(factory_line_prf_operation_t* operation, psa_key_derivation_step_t step,
                                          const uint8_t* data, size_t size) {
  if (step == PSA_KEY_DERIVATION_INPUT_SEED) {
    operation->seed = data;
    operation->seed_size = size;
  } else if (step == PSA_KEY_DERIVATION_INPUT_LABEL) {
    operation->label = data;
    operation->label_size = size;
  } else {
    return PSA_ERROR_NOT_SUPPORTED;
  }
  return PSA_SUCCESS;
}

psa_status_t factory_line_prf_input_key(factory_line_prf_operation_t* /*operation*/, psa_key_derivation_step_t /*step*/,
                                        mbedtls_svc_key_id_t key) {
  return key == kBorrowed ? PSA_SUCCESS : PSA_ERROR_INVALID_HANDLE;
}

psa_status_t factory_line_prf_set_capacity(factory_line_prf_operation_t* /*operation*/, size_t /*capacity*/) {
  return PSA_SUCCESS;
}

// Each block is HMAC(secret, A(i) + label + seed), where A(i) = HMAC(secret, A(i - 1)) and A(0) = label + seed.
psa_status_t factory_line_prf_output_bytes(factory_line_prf_operation_t* operation, uint8_t* out, size_t size) {
  if (g_borrowed.empty()) return PSA_ERROR_BAD_STATE;
  const ByteView label(operation->label, operation->label_size);
  const ByteView seed(operation->seed, operation->seed_size);
  base::SecretBytes<crypto::kDigestSize> a;
  base::SecretBytes<crypto::kDigestSize> block;
  crypto::hmac_sha256(g_borrowed, {label, seed}, a.span());
  while (size != 0) {
    crypto::hmac_sha256(g_borrowed, {a.view(), label, seed}, block.span());
    crypto::hmac_sha256(g_borrowed, {a.view()}, a.span());
    const size_t taken = std::min(size, crypto::kDigestSize);
    base::copy({out, taken}, block.view().first(taken));
    out += taken;
    size -= taken;
  }
  return PSA_SUCCESS;
}

psa_status_t factory_line_prf_abort(factory_line_prf_operation_t* /*operation*/) { return PSA_SUCCESS; }

psa_status_t factory_line_import_key(const psa_key_attributes_t* attributes, const uint8_t* data, size_t size,
                                     mbedtls_svc_key_id_t* key) {
  const psa_key_type_t type = psa_get_key_type(attributes);
  if (type == PSA_KEY_TYPE_DERIVE) return borrow({data, size}, key);
  if (type == PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1)) {
    if (!is_point({data, size}) || p256_validate_pubkey(data + 1) != P256_SUCCESS) {
      return PSA_ERROR_INVALID_ARGUMENT;
    }
    return borrow({data, size}, key);
  }
  if (type != PSA_KEY_TYPE_AES) return PSA_ERROR_NOT_SUPPORTED;
  for (SealedKey& slot : g_sealed) {
    if (slot.in_use) continue;
    mbedtls_gcm_init(&slot.gcm);
    if (mbedtls_gcm_setkey(&slot.gcm, MBEDTLS_CIPHER_ID_AES, data, static_cast<unsigned>(size * 8)) != 0) {
      return PSA_ERROR_INVALID_ARGUMENT;
    }
    slot.in_use = true;
    *key = kFirstSealed + static_cast<mbedtls_svc_key_id_t>(&slot - g_sealed);
    return PSA_SUCCESS;
  }
  return PSA_ERROR_INSUFFICIENT_MEMORY;
}

psa_status_t factory_line_destroy_key(mbedtls_svc_key_id_t key) {
  if (key < kFirstSealed) return psa_destroy_key(key);
  if (key == kBorrowed) g_borrowed = {};
  if (mbedtls_gcm_context* const gcm = sealed_key(key)) {
    mbedtls_gcm_free(gcm);  // wipes
    g_sealed[key - kFirstSealed].in_use = false;
  }
  return PSA_SUCCESS;
}

psa_status_t factory_line_aead_encrypt(mbedtls_svc_key_id_t key, psa_algorithm_t alg, const uint8_t* nonce,
                                       size_t nonce_size, const uint8_t* associated_data, size_t associated_size,
                                       const uint8_t* plaintext, size_t plaintext_size, uint8_t* out, size_t room,
                                       size_t* size) {
  mbedtls_gcm_context* const gcm = sealed_key(key);
  if (gcm == nullptr) return PSA_ERROR_INVALID_HANDLE;
  if (alg != PSA_ALG_GCM) return PSA_ERROR_NOT_SUPPORTED;
  if (room < kTagSize || room - kTagSize < plaintext_size) return PSA_ERROR_BUFFER_TOO_SMALL;
  if (mbedtls_gcm_crypt_and_tag(gcm, MBEDTLS_GCM_ENCRYPT, plaintext_size, nonce, nonce_size, associated_data,
                                associated_size, plaintext, out, kTagSize, out + plaintext_size) != 0) {
    return PSA_ERROR_INVALID_ARGUMENT;
  }
  *size = plaintext_size + kTagSize;
  return PSA_SUCCESS;
}

psa_status_t factory_line_aead_decrypt(mbedtls_svc_key_id_t key, psa_algorithm_t alg, const uint8_t* nonce,
                                       size_t nonce_size, const uint8_t* associated_data, size_t associated_size,
                                       const uint8_t* sealed, size_t sealed_size, uint8_t* out, size_t room,
                                       size_t* size) {
  mbedtls_gcm_context* const gcm = sealed_key(key);
  if (gcm == nullptr) return PSA_ERROR_INVALID_HANDLE;
  if (alg != PSA_ALG_GCM) return PSA_ERROR_NOT_SUPPORTED;
  if (sealed_size < kTagSize) return PSA_ERROR_INVALID_SIGNATURE;
  const size_t plaintext_size = sealed_size - kTagSize;
  if (room < plaintext_size) return PSA_ERROR_BUFFER_TOO_SMALL;
  if (mbedtls_gcm_auth_decrypt(gcm, plaintext_size, nonce, nonce_size, associated_data, associated_size,
                               sealed + plaintext_size, kTagSize, sealed, out) != 0) {
    return PSA_ERROR_INVALID_SIGNATURE;
  }
  *size = plaintext_size;
  return PSA_SUCCESS;
}

psa_status_t factory_line_verify_der(const uint8_t* point, size_t point_size, const uint8_t* hash, size_t hash_size,
                                     const uint8_t* signature, size_t signature_size) {
  if (!is_point({point, point_size})) return PSA_ERROR_INVALID_ARGUMENT;
  std::array<uint8_t, kSignatureSize> raw;
  size_t raw_size = 0;
  if (mbedtls_ecdsa_der_to_raw(256, signature, signature_size, raw.data(), raw.size(), &raw_size) != 0 ||
      raw_size != raw.size() || p256_ecdsa_verify(raw.data(), point + 1, hash, hash_size) != P256_SUCCESS) {
    return PSA_ERROR_INVALID_SIGNATURE;
  }
  return PSA_SUCCESS;
}

}  // extern "C"
