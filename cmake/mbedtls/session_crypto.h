// Included first in the files of Mbed TLS's TLS, X.509 and PK code for a chip: what they ask of PSA Crypto with keys
// that never were in its key store (transcript hash, PRF, record keys, a peer's public key) is answered by
// crypto/session_crypto.cc. The key store, its policies and its tables of algorithms stay for the keys that need them:
// the identity key and the ephemeral one of the key agreement.
#pragma once

#if defined(FACTORY_LINE_SESSION_CRYPTO) && !defined(MBEDTLS_ALLOW_PRIVATE_ACCESS)
#define MBEDTLS_ALLOW_PRIVATE_ACCESS  // as each of those files does
#endif
#include <mbedtls/sha256.h>
#include <psa/crypto.h>

#if defined(__cplusplus)
extern "C" {
#endif

// SHA-256 only.
mbedtls_sha256_context factory_line_hash_operation_init(void);
psa_status_t factory_line_hash_setup(mbedtls_sha256_context* operation, psa_algorithm_t alg);
psa_status_t factory_line_hash_update(mbedtls_sha256_context* operation, const uint8_t* data, size_t size);
psa_status_t factory_line_hash_clone(const mbedtls_sha256_context* from, mbedtls_sha256_context* to);
psa_status_t factory_line_hash_finish(mbedtls_sha256_context* operation, uint8_t* out, size_t room, size_t* size);
psa_status_t factory_line_hash_abort(mbedtls_sha256_context* operation);
psa_status_t factory_line_hash_compute(psa_algorithm_t alg, const uint8_t* data, size_t data_size, uint8_t* out,
                                       size_t room, size_t* size);

// The PRF of TLS 1.2 with SHA-256 (RFC 5246 section 5). Inputs are borrowed until abort.
typedef struct {
  const uint8_t* seed;
  const uint8_t* label;
  size_t seed_size;
  size_t label_size;
} factory_line_prf_operation_t;
psa_status_t factory_line_prf_setup(factory_line_prf_operation_t* operation, psa_algorithm_t alg);
psa_status_t factory_line_prf_input_bytes(factory_line_prf_operation_t* operation, psa_key_derivation_step_t step,
                                          const uint8_t* data, size_t size);
psa_status_t factory_line_prf_input_key(factory_line_prf_operation_t* operation, psa_key_derivation_step_t step,
                                        mbedtls_svc_key_id_t key);
psa_status_t factory_line_prf_set_capacity(factory_line_prf_operation_t* operation, size_t capacity);
psa_status_t factory_line_prf_output_bytes(factory_line_prf_operation_t* operation, uint8_t* out, size_t size);
psa_status_t factory_line_prf_abort(factory_line_prf_operation_t* operation);

// An AES key is kept (one session's two, not more); a secret and a public key are borrowed until they are destroyed,
// one at a time.
psa_status_t factory_line_import_key(const psa_key_attributes_t* attributes, const uint8_t* data, size_t size,
                                     mbedtls_svc_key_id_t* key);
// A key that is not of factory_line_import_key() goes to PSA.
psa_status_t factory_line_destroy_key(mbedtls_svc_key_id_t key);
// AES-GCM with 96-bit nonces and 128-bit tags.
psa_status_t factory_line_aead_encrypt(mbedtls_svc_key_id_t key, psa_algorithm_t alg, const uint8_t* nonce,
                                       size_t nonce_size, const uint8_t* associated_data, size_t associated_size,
                                       const uint8_t* plaintext, size_t plaintext_size, uint8_t* out, size_t room,
                                       size_t* size);
psa_status_t factory_line_aead_decrypt(mbedtls_svc_key_id_t key, psa_algorithm_t alg, const uint8_t* nonce,
                                       size_t nonce_size, const uint8_t* associated_data, size_t associated_size,
                                       const uint8_t* sealed, size_t sealed_size, uint8_t* out, size_t room,
                                       size_t* size);
// An ECDSA signature in DER by a P-256 key, which is an uncompressed point. By p256-m.
psa_status_t factory_line_verify_der(const uint8_t* point, size_t point_size, const uint8_t* hash, size_t hash_size,
                                     const uint8_t* signature, size_t signature_size);

#if defined(__cplusplus)
}
#endif

#if defined(FACTORY_LINE_SESSION_CRYPTO)
#define psa_hash_operation_t mbedtls_sha256_context
#define psa_hash_operation_init factory_line_hash_operation_init
#define psa_hash_setup factory_line_hash_setup
#define psa_hash_update factory_line_hash_update
#define psa_hash_clone factory_line_hash_clone
#define psa_hash_finish factory_line_hash_finish
#define psa_hash_abort factory_line_hash_abort
#define psa_hash_compute factory_line_hash_compute
#define psa_key_derivation_operation_t factory_line_prf_operation_t
#undef PSA_KEY_DERIVATION_OPERATION_INIT
#define PSA_KEY_DERIVATION_OPERATION_INIT \
  { 0 }
#define psa_key_derivation_setup factory_line_prf_setup
#define psa_key_derivation_input_bytes factory_line_prf_input_bytes
#define psa_key_derivation_input_key factory_line_prf_input_key
#define psa_key_derivation_set_capacity factory_line_prf_set_capacity
#define psa_key_derivation_output_bytes factory_line_prf_output_bytes
#define psa_key_derivation_abort factory_line_prf_abort
#define psa_import_key factory_line_import_key
#define psa_destroy_key factory_line_destroy_key
#define psa_aead_encrypt factory_line_aead_encrypt
#define psa_aead_decrypt factory_line_aead_decrypt
#endif
