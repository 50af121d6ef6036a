// P-256 key pairs in files: generated here, kept as encrypted PKCS #8 (RFC 5958, PBES2 with PBKDF2-HMAC-SHA-256
// and AES-256-CBC) in PEM.
#pragma once

#include "base/host/bytes_host.h"
#include "base/host/failure.h"
#include "factory-tool/ca/openssl_handles.h"

namespace factory {

// kSignerUnavailable: the generator of libcrypto failed.
base::Outcome<PrivateKey> generate_p256_key();

// PEM text. An empty passphrase writes plain PKCS #8 (only for the TLS key of the service, which starts unattended).
// kSignerUnavailable.
base::Outcome<base::SecretBuffer> private_key_pem(const PrivateKey& key, base::ByteView passphrase);

// Reads PEM of any form that libcrypto knows; `file` is for messages.
// kSignerKey: no private key in it, a wrong passphrase, or not on P-256.
base::Outcome<PrivateKey> parse_private_key(base::ByteView pem, base::ByteView passphrase, const std::string& file);

// SEC 1 uncompressed point. kSignerKey: not on P-256.
base::Outcome<base::ByteArray<65>> public_point(const EVP_PKEY* key);
// PEM SubjectPublicKeyInfo. kSignerUnavailable.
base::Outcome<std::string> public_key_pem(const PrivateKey& key);
// PEM SubjectPublicKeyInfo to point, for the public keys of other stations. kConfiguration.
base::Outcome<base::ByteArray<65>> parse_public_key(base::ByteView pem, const std::string& file);
// The private scalar, big-endian; for PSA, which then holds the key. kSignerKey.
base::Outcome<void> private_scalar(const PrivateKey& key, std::span<uint8_t, 32> out);

// The last error of libcrypto in one line; clears the queue.
std::string openssl_error();

}  // namespace factory
