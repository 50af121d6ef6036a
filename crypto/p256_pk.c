// Mbed TLS's table of key types (library/pk_wrap.c) for a chip: a peer's public key on P-256 that verifies, and the
// identity key of PSA Crypto that signs. The original reaches both through PSA and converts for every curve.
#include <pk_wrap.h>

#include "session_crypto.h"

enum { kCurveBits = 256, kRawSize = 64 };

static int ec_can_do(mbedtls_pk_type_t type) {
  return type == MBEDTLS_PK_ECKEY || type == MBEDTLS_PK_ECKEY_DH || type == MBEDTLS_PK_ECDSA;
}

static int agreement_can_do(mbedtls_pk_type_t type) { return type == MBEDTLS_PK_ECKEY || type == MBEDTLS_PK_ECKEY_DH; }

static int opaque_can_do(mbedtls_pk_type_t type) { return type == MBEDTLS_PK_ECKEY || type == MBEDTLS_PK_ECDSA; }

static size_t bit_length(mbedtls_pk_context* pk) { return pk->ec_bits; }

static int verify(mbedtls_pk_context* pk, mbedtls_md_type_t md, const unsigned char* hash, size_t hash_size,
                  const unsigned char* signature, size_t signature_size) {
  (void)md;
  if (pk->ec_family != PSA_ECC_FAMILY_SECP_R1 || pk->ec_bits != kCurveBits) return MBEDTLS_ERR_PK_BAD_INPUT_DATA;
  return factory_line_verify_der(pk->pub_raw, pk->pub_raw_len, hash, hash_size, signature, signature_size) ==
                 PSA_SUCCESS
             ? 0
             : MBEDTLS_ERR_ECP_VERIFY_FAILED;
}

static int sign(mbedtls_pk_context* pk, mbedtls_md_type_t md, const unsigned char* hash, size_t hash_size,
                unsigned char* signature, size_t room, size_t* size, int (*random)(void*, unsigned char*, size_t),
                void* random_context) {
  (void)random;
  (void)random_context;
  if (md != MBEDTLS_MD_SHA256) return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
  unsigned char raw[kRawSize];
  if (psa_sign_hash(pk->priv_id, PSA_ALG_ECDSA(PSA_ALG_SHA_256), hash, hash_size, raw, sizeof raw, size) !=
      PSA_SUCCESS) {
    return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
  }
  return mbedtls_ecdsa_raw_to_der(kCurveBits, raw, *size, signature, room, size);
}

const mbedtls_pk_info_t mbedtls_eckey_info = {
    .type = MBEDTLS_PK_ECKEY, .get_bitlen = bit_length, .can_do = ec_can_do, .verify_func = verify};
const mbedtls_pk_info_t mbedtls_eckeydh_info = {
    .type = MBEDTLS_PK_ECKEY_DH, .get_bitlen = bit_length, .can_do = agreement_can_do};
const mbedtls_pk_info_t mbedtls_ecdsa_opaque_info = {
    .type = MBEDTLS_PK_OPAQUE, .can_do = opaque_can_do, .sign_func = sign};

// The parser of X.509 makes no key of these types; Mbed TLS's code names them all the same.
extern const mbedtls_pk_info_t mbedtls_ecdsa_info __attribute__((alias("mbedtls_eckey_info")));
extern const mbedtls_pk_info_t mbedtls_rsa_opaque_info __attribute__((alias("mbedtls_ecdsa_opaque_info")));
