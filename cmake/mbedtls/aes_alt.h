// MBEDTLS_AES_ALT: Mbed TLS's AES by crypto/small_aes.h, on a chip. Encryption only.
#pragma once

#include <stdint.h>

typedef struct mbedtls_aes_context {
  uint32_t words[8];
  uint32_t count;
} mbedtls_aes_context;
