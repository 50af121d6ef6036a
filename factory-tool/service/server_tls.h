// The TLS side of the check-in service, on OpenSSL.
#pragma once

#include <openssl/ssl.h>

#include <filesystem>
#include <optional>
#include <vector>

#include "base/host/bytes_host.h"
#include "base/host/failure.h"

namespace factory {

// TLS 1.2 with ECDHE and AEAD suites, TLS 1.3, no renegotiation, no tickets, no resumption; a client must show a
// certificate that leads to one of `client_issuers` (DER), which need not be roots.
// kConfiguration: a file or certificate cannot be used, or key and certificate do not belong together.
base::Outcome<void> configure_server(SSL_CTX* context, const std::filesystem::path& certificate_chain,
                                     const std::filesystem::path& private_key,
                                     const std::vector<base::Bytes>& client_issuers);

// SHA-256 over the DER of the certificate that the peer showed and OpenSSL verified; nothing: it showed none.
std::optional<base::ByteArray<32>> peer_fingerprint(const SSL* connection);

}  // namespace factory
