// Included first in each file of the TLS library where P-256 is p256-m's. Mbed TLS 3.6 takes the size of a TLS 1.2
// premaster secret from MBEDTLS_ECP_MAX_BITS, which is a dummy of 1 without its own arithmetic: a key agreement would have
// one byte of room, and every handshake fail.
#pragma once

#if !defined(MBEDTLS_ALLOW_PRIVATE_ACCESS)
#define MBEDTLS_ALLOW_PRIVATE_ACCESS  // as each of those files does
#endif
#include <mbedtls/ecp.h>

#undef MBEDTLS_ECP_MAX_BITS
#define MBEDTLS_ECP_MAX_BITS 256
