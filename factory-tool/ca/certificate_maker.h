// Certificates of a factory home's own CAs and of its check-in service (RFC 5280). Those of devices
// come from profiles (cert-templates).
#pragma once

#include <optional>
#include <string>

#include "factory-tool/ca/private_key.h"

namespace factory {

struct CaRequest {
  std::string organization = "Factory Line Development";
  std::string common_name;
  std::optional<int> path_length;  // CAs below this one; nothing: no limit
  std::optional<int> days;         // nothing: no well-defined expiry, 99991231235959Z (RFC 5280 4.1.2.5)
};

// A CA certificate for `key`, valid from `now` (seconds since 1970): self-signed without an issuer. kSignerUnavailable.
base::Outcome<Certificate> make_ca_certificate(const CaRequest& request, int64_t now, const PrivateKey& key,
                                               const X509* issuer, const PrivateKey* issuer_key);

// A TLS server certificate for a DNS name or IP address; for "localhost" also 127.0.0.1 and ::1.
base::Outcome<Certificate> make_server_certificate(const std::string& organization, const std::string& host,
                                                   int64_t now, int days, const PrivateKey& key, const X509* issuer,
                                                   const PrivateKey& issuer_key);

base::Outcome<base::Bytes> certificate_der(const X509* certificate);
base::Outcome<std::string> certificate_pem(const X509* certificate);
// DER, or the first certificate in PEM. kCaUnfit.
base::Outcome<Certificate> parse_certificate(base::ByteView der_or_pem, const std::string& file);

// "host" of "https://host:port/..."; brackets of an IPv6 address taken off. kUriNotTls, kUriMalformed.
base::Outcome<std::string> host_of_uri(const std::string& uri);

}  // namespace factory
