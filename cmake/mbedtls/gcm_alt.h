// MBEDTLS_GCM_ALT: Mbed TLS's GCM by crypto/small_gcm.h, on a chip. Whole messages, 96-bit nonces, 128-bit tags.
#pragma once

#include <mbedtls/aes.h>

typedef struct mbedtls_gcm_context {
  mbedtls_aes_context key;
} mbedtls_gcm_context;
