#include "factory-tool/ca/certificate_maker.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <algorithm>

namespace factory {
namespace {

using base::ErrorCode;
using base::failure;
using base::Outcome;

std::unexpected<base::Failure> maker_failure() {
  return failure(ErrorCode::kSignerUnavailable, "the certificate cannot be made: " + openssl_error());
}

// 20 bytes, positive, from libcrypto's generator (RFC 5280 4.1.2.2).
bool set_serial(X509* certificate) {
  uint8_t raw[20];
  if (RAND_bytes(raw, sizeof raw) != 1) return false;
  raw[0] = static_cast<uint8_t>((raw[0] & 0x7F) | 0x40);
  const BigNumber number(BN_bin2bn(raw, sizeof raw, nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool add_name(X509_NAME* name, const char* field, const std::string& value) {
  return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(value.c_str()),
                                    static_cast<int>(value.size()), -1, 0) == 1;
}

// From the caller's `now`, so that what it issues next with the same clock reading is not before this one.
bool set_validity(X509* certificate, int64_t now, std::optional<int> days) {
  time_t from = static_cast<time_t>(now);
  if (X509_time_adj_ex(X509_getm_notBefore(certificate), 0, 0, &from) == nullptr) return false;
  if (!days) return ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate), "99991231235959Z") == 1;
  return X509_time_adj_ex(X509_getm_notAfter(certificate), *days, 0, &from) != nullptr;
}

bool add_extension(X509* certificate, const X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, const_cast<X509*>(issuer), certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

// Everything but the extensions that tell a CA from a server.
Outcome<Certificate> start(const std::string& organization, const std::string& common_name, int64_t now,
                           std::optional<int> days, const PrivateKey& key, const X509* issuer) {
  Certificate certificate(X509_new());
  if (!certificate) return maker_failure();
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  const X509* named_by = issuer != nullptr ? issuer : certificate.get();
  const bool ok =
      X509_set_version(certificate.get(), X509_VERSION_3) == 1 && set_serial(certificate.get()) &&
      (organization.empty() || add_name(subject, "O", organization)) && add_name(subject, "CN", common_name) &&
      X509_set_issuer_name(certificate.get(), X509_get_subject_name(named_by)) == 1 &&
      set_validity(certificate.get(), now, days) && X509_set_pubkey(certificate.get(), key.get()) == 1 &&
      add_extension(certificate.get(), named_by, NID_subject_key_identifier, "hash") &&
      (issuer == nullptr || add_extension(certificate.get(), issuer, NID_authority_key_identifier, "keyid:always"));
  if (!ok) return maker_failure();
  return certificate;
}

Outcome<void> sign(X509* certificate, const PrivateKey& key) {
  if (X509_sign(certificate, key.get(), EVP_sha256()) == 0) return maker_failure();
  return {};
}

bool is_ip_address(const std::string& host) {
  uint8_t address[16];
  return inet_pton(AF_INET, host.c_str(), address) == 1 || inet_pton(AF_INET6, host.c_str(), address) == 1;
}

}  // namespace

Outcome<Certificate> make_ca_certificate(const CaRequest& request, int64_t now, const PrivateKey& key,
                                         const X509* issuer, const PrivateKey* issuer_key) {
  BASE_ASSIGN(Certificate certificate,
              start(request.organization, request.common_name, now, request.days, key, issuer));
  std::string constraints = "critical,CA:TRUE";
  if (request.path_length) constraints += ",pathlen:" + std::to_string(*request.path_length);
  const X509* named_by = issuer != nullptr ? issuer : certificate.get();
  if (!add_extension(certificate.get(), named_by, NID_basic_constraints, constraints) ||
      !add_extension(certificate.get(), named_by, NID_key_usage, "critical,keyCertSign,cRLSign")) {
    return maker_failure();
  }
  BASE_TRY(sign(certificate.get(), issuer_key != nullptr ? *issuer_key : key));
  return certificate;
}

Outcome<Certificate> make_server_certificate(const std::string& organization, const std::string& host, int64_t now,
                                             int days, const PrivateKey& key, const X509* issuer,
                                             const PrivateKey& issuer_key) {
  BASE_ASSIGN(Certificate certificate, start(organization, host, now, days, key, issuer));
  std::string names = (is_ip_address(host) ? "IP:" : "DNS:") + host;
  if (host == "localhost") names += ",IP:127.0.0.1,IP:::1";
  if (!add_extension(certificate.get(), issuer, NID_basic_constraints, "critical,CA:FALSE") ||
      !add_extension(certificate.get(), issuer, NID_key_usage, "critical,digitalSignature") ||
      !add_extension(certificate.get(), issuer, NID_ext_key_usage, "serverAuth") ||
      !add_extension(certificate.get(), issuer, NID_subject_alt_name, names)) {
    return maker_failure();
  }
  BASE_TRY(sign(certificate.get(), issuer_key));
  return certificate;
}

Outcome<base::Bytes> certificate_der(const X509* certificate) {
  unsigned char* raw = nullptr;
  const int size = i2d_X509(certificate, &raw);
  if (size <= 0) return maker_failure();
  base::Bytes der(raw, raw + size);
  OPENSSL_free(raw);
  return der;
}

Outcome<std::string> certificate_pem(const X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  char* text = nullptr;
  if (!bio || PEM_write_bio_X509(bio.get(), certificate) != 1) return maker_failure();
  const long size = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<size_t>(size));
}

Outcome<Certificate> parse_certificate(base::ByteView der_or_pem, const std::string& file) {
  const unsigned char* at = der_or_pem.data();
  Certificate certificate(d2i_X509(nullptr, &at, static_cast<long>(der_or_pem.size())));
  if (certificate && at != der_or_pem.data() + der_or_pem.size()) certificate.reset();
  if (!certificate) {
    const Bio bio(BIO_new_mem_buf(der_or_pem.data(), static_cast<int>(der_or_pem.size())));
    certificate.reset(bio ? PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr) : nullptr);
  }
  if (!certificate) {
    return failure(ErrorCode::kCaUnfit, "no X.509 certificate in DER or PEM: " + openssl_error(), file);
  }
  openssl_error();  // the failed try as DER is no error
  return certificate;
}

Outcome<std::string> host_of_uri(const std::string& uri) {
  constexpr std::string_view kScheme = "https://";
  if (!uri.starts_with(kScheme)) {
    return failure(ErrorCode::kUriNotTls, "the check-in URI `" + uri + "` does not start with https://");
  }
  const std::string rest = uri.substr(kScheme.size());
  const std::string authority = rest.substr(0, rest.find('/'));
  std::string host;
  std::string port;
  if (authority.starts_with('[')) {
    const size_t end = authority.find(']');
    if (end == std::string::npos) return failure(ErrorCode::kUriMalformed, "`" + uri + "` has no ] after its address");
    host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
  } else {
    host = authority.substr(0, authority.find(':'));
    port = authority.substr(host.size());
  }
  // Only what may stand in a name or address: the host also ends up in a certificate.
  const auto allowed = [](unsigned char c) { return std::isalnum(c) != 0 || c == '.' || c == '-' || c == ':'; };
  const bool port_ok =
      port.empty() || (port.size() > 1 && port.size() <= 6 && port[0] == ':' &&
                       std::all_of(port.begin() + 1, port.end(), [](char c) { return c >= '0' && c <= '9'; }));
  if (host.empty() || !std::all_of(host.begin(), host.end(), allowed) || !port_ok) {
    return failure(ErrorCode::kUriMalformed, "`" + uri + "` is not of the form https://host:port");
  }
  return host;
}

}  // namespace factory
