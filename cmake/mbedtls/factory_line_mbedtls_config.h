// Mbed TLS as this project uses it, on host and chip alike: PSA Crypto for the keys of the curve, with an external random
// generator and this project's ITS behind the persistent ones; plain SHA-256, AES and GCM; and a TLS client.
//
// FACTORY_LINE_FREESTANDING: a chip without an operating system; every choice below is for size.
// FACTORY_LINE_P256M: P-256 by p256-m, which comes with Mbed TLS, instead of Mbed TLS's own arithmetic.
#pragma once

// ---- platform ----
#define MBEDTLS_HAVE_ASM
#define MBEDTLS_PLATFORM_C
#if defined(FACTORY_LINE_FREESTANDING)
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_PLATFORM_NO_STD_FUNCTIONS
// crypto/arena.h
#include <stddef.h>
#if defined(__cplusplus)
extern "C" {
#endif
void* factory_line_calloc(size_t count, size_t size);
void factory_line_free(void* memory);
#if defined(__cplusplus)
}
#endif
#define MBEDTLS_PLATFORM_CALLOC_MACRO factory_line_calloc
#define MBEDTLS_PLATFORM_FREE_MACRO factory_line_free
#else
#define MBEDTLS_HAVE_TIME
#define MBEDTLS_HAVE_TIME_DATE
#endif

// ---- PSA Crypto ----
#define MBEDTLS_PSA_CRYPTO_C
#define MBEDTLS_PSA_CRYPTO_CONFIG
#define MBEDTLS_PSA_CRYPTO_STORAGE_C
#define MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG
#define MBEDTLS_USE_PSA_CRYPTO
// Callers and Mbed TLS share one security domain, so buffers need not be copied before use.
#define MBEDTLS_PSA_ASSUME_EXCLUSIVE_BUFFERS
#if defined(FACTORY_LINE_FREESTANDING)
#define MBEDTLS_PSA_KEY_SLOT_COUNT 12
#else
#define MBEDTLS_PSA_KEY_SLOT_COUNT 16
#endif

// ---- primitives ----
#define MBEDTLS_AES_C
#define MBEDTLS_AES_FEWER_TABLES
#define MBEDTLS_GCM_C
#define MBEDTLS_SHA256_C
// Nothing here decrypts with a block cipher: GCM, SIV and CTR_DRBG only encrypt.
#define MBEDTLS_BLOCK_CIPHER_NO_DECRYPT
#if defined(FACTORY_LINE_FREESTANDING)
#define MBEDTLS_SHA256_SMALLER
#define MBEDTLS_AES_ALT  // crypto/small_aes.h
#define MBEDTLS_GCM_ALT  // crypto/small_gcm.h
#endif
// Not where size counts: GCC's link-time optimiser tears the labels of that assembly apart.
#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(__OPTIMIZE_SIZE__)
#define MBEDTLS_AESNI_C
#define MBEDTLS_AESCE_C
#endif

#if defined(FACTORY_LINE_P256M)
#define MBEDTLS_PSA_P256M_DRIVER_ENABLED
#else
#define MBEDTLS_ECP_NIST_OPTIM
#define MBEDTLS_ECP_WITH_MPI_UINT
#if !defined(MBEDTLS_ECP_WINDOW_SIZE)  // may be given by the build to measure another
#define MBEDTLS_ECP_WINDOW_SIZE 4
#endif
#if !defined(MBEDTLS_ECP_FIXED_POINT_OPTIM)
#define MBEDTLS_ECP_FIXED_POINT_OPTIM 1
#endif
#endif

// ---- X.509 and TLS, for the client (linked only where it is used) ----
#define MBEDTLS_OID_C
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C
#define MBEDTLS_X509_USE_C
#define MBEDTLS_X509_CRT_PARSE_C
#define MBEDTLS_SSL_TLS_C
#define MBEDTLS_SSL_CLI_C
#define MBEDTLS_SSL_PROTO_TLS1_2
#define MBEDTLS_SSL_SERVER_NAME_INDICATION
#define MBEDTLS_SSL_EXTENDED_MASTER_SECRET
#define MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED
#if defined(FACTORY_LINE_P256M)
// Mbed TLS derives it from its own arithmetic and so forgets supported_groups, without which servers refuse.
#define MBEDTLS_SSL_TLS1_2_SOME_ECC
#endif
#if defined(FACTORY_LINE_FREESTANDING)
#define MBEDTLS_X509_REMOVE_INFO
#define MBEDTLS_SSL_CIPHERSUITES MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
// A server's chain of two P-256 certificates, and one's own.
#define MBEDTLS_SSL_IN_CONTENT_LEN 2048
#define MBEDTLS_SSL_OUT_CONTENT_LEN 1536
#else
#define MBEDTLS_SSL_PROTO_TLS1_3
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ENABLED
#define MBEDTLS_SSL_KEEP_PEER_CERTIFICATE
#define MBEDTLS_SSL_IN_CONTENT_LEN 4096
#define MBEDTLS_SSL_OUT_CONTENT_LEN 2048
#endif
