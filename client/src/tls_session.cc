#include "client/src/tls_session.h"

#include <mbedtls/oid.h>

#include "client/src/x509_time.h"
#include "entropy/device/random_source.h"

namespace client {
namespace {

using base::ErrorCode;
using base::fail;

// A chip has no room for TLS 1.3 as well.
#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
constexpr auto kNewestVersion = MBEDTLS_SSL_VERSION_TLS1_3;
constexpr int kSuites[] = {MBEDTLS_TLS1_3_AES_128_GCM_SHA256, MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, 0};
#else
constexpr auto kNewestVersion = MBEDTLS_SSL_VERSION_TLS1_2;
constexpr int kSuites[] = {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, 0};
#endif
constexpr uint16_t kGroups[] = {MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1, MBEDTLS_SSL_IANA_TLS_GROUP_NONE};
constexpr uint16_t kSignatures[] = {MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256, MBEDTLS_TLS1_3_SIG_NONE};

// Bytes of the first DER element of `der`; 0: it has no form of a certificate.
size_t element_size(base::ByteView der) {
  if (der.size() < 4 || der[0] != 0x30 || der[1] != 0x82) return 0;  // a certificate is longer than 255 bytes
  const size_t size = 4 + static_cast<size_t>(base::load_be<uint16_t>(der.data() + 2));
  return size <= der.size() ? size : 0;
}

base::Status parse_certificates(mbedtls_x509_crt& list, base::ByteView der) {
  while (!der.empty()) {
    const size_t size = element_size(der);
    if (size == 0 || mbedtls_x509_crt_parse_der_nocopy(&list, der.data(), size) != 0) {
      return fail(ErrorCode::kMalformed);
    }
    der = der.subspan(size);
  }
  return {};
}

int random_callback(void* /*context*/, unsigned char* out, size_t size) {
  return psa_generate_random(out, size) == PSA_SUCCESS ? 0 : MBEDTLS_ERR_SSL_INTERNAL_ERROR;
}

std::string_view verification_text(uint32_t flags) {
  if (flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) return "the server's certificate does not lead to the injected CA";
  if (flags & MBEDTLS_X509_BADCERT_CN_MISMATCH) return "the server's certificate is for another name";
  if (flags & MBEDTLS_X509_BADCERT_EXPIRED) return "a certificate of the server's chain is expired";
  if (flags & MBEDTLS_X509_BADCERT_FUTURE) return "a certificate of the server's chain is not valid yet";
  if (flags & MBEDTLS_X509_BADCERT_EXT_KEY_USAGE) return "the server's certificate is not for server authentication";
  if (flags & MBEDTLS_X509_BADCERT_KEY_USAGE) return "the server's certificate may not sign";
  if (flags & (MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCERT_BAD_PK | MBEDTLS_X509_BADCERT_BAD_KEY)) {
    return "the server's certificate uses a weak or unknown algorithm";
  }
  return "the server's certificate was not accepted";
}

}  // namespace

TlsSession::TlsSession(Stream& stream, Clock& clock) : stream_(stream), clock_(clock) {}

TlsSession::~TlsSession() { close(); }

void TlsSession::set_deadline(uint32_t limit_ms) { deadline_ = clock_.monotonic_ms() + limit_ms; }

uint32_t TlsSession::remaining_ms() {
  const uint64_t now = clock_.monotonic_ms();
  return now >= deadline_ ? 0 : static_cast<uint32_t>(deadline_ - now);
}

base::Status TlsSession::open(const ServerUri& server, const TlsIdentity& identity, const VerificationTime& time,
                              uint32_t limit_ms) {
  close();
  detail_ = {};
  stream_error_ = ErrorCode::kOk;
  time_ = time;
  address_ = server.address;
  not_before_ = not_after_ = 0;
  if (server.host.size() > kMaxHostSize) return fail(ErrorCode::kUriMalformed);
  host_.fill('\0');
  for (size_t i = 0; i < server.host.size(); ++i) host_[i] = server.host[i];

  set_deadline(limit_ms);
  BASE_TRY(stream_.connect(server.host, server.port, limit_ms));
  connected_ = true;
  mbedtls_ssl_init(&ssl_);
  mbedtls_ssl_config_init(&config_);
  mbedtls_x509_crt_init(&own_);
  mbedtls_x509_crt_init(&anchor_);
  mbedtls_pk_init(&key_);
  auto status = configure(identity);
  if (status) status = handshake();
  if (!status) {
    release();
    stream_.close();
    connected_ = false;
  }
  return status;
}

base::Status TlsSession::configure(const TlsIdentity& identity) {
  BASE_TRY(parse_certificates(own_, identity.certificate));
  BASE_TRY(parse_certificates(own_, identity.issuer_chain));
  BASE_TRY(parse_certificates(anchor_, identity.server_ca));
  if (mbedtls_pk_setup_opaque(&key_, identity.key) != 0) return fail(ErrorCode::kNoKey);
  if (mbedtls_ssl_config_defaults(&config_, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                  MBEDTLS_SSL_PRESET_DEFAULT) != 0) {
    return fail(ErrorCode::kCrypto);
  }
  mbedtls_ssl_conf_min_tls_version(&config_, MBEDTLS_SSL_VERSION_TLS1_2);
  mbedtls_ssl_conf_max_tls_version(&config_, kNewestVersion);
  mbedtls_ssl_conf_ciphersuites(&config_, kSuites);
  mbedtls_ssl_conf_groups(&config_, kGroups);
  mbedtls_ssl_conf_sig_algs(&config_, kSignatures);
  mbedtls_ssl_conf_rng(&config_, random_callback, nullptr);
  mbedtls_ssl_conf_authmode(&config_, MBEDTLS_SSL_VERIFY_REQUIRED);
  mbedtls_ssl_conf_ca_chain(&config_, &anchor_, nullptr);
  mbedtls_ssl_conf_verify(&config_, verify_callback, this);
  if (mbedtls_ssl_conf_own_cert(&config_, &own_, &key_) != 0) return fail(ErrorCode::kCrypto);
  if (mbedtls_ssl_setup(&ssl_, &config_) != 0) return fail(ErrorCode::kCrypto);
  // A literal address is no server name for SNI (RFC 6066 section 3); verify_callback looks for it itself.
  if (mbedtls_ssl_set_hostname(&ssl_, address_ ? nullptr : host_.data()) != 0) return fail(ErrorCode::kCrypto);
  mbedtls_ssl_set_bio(&ssl_, this, send_callback, receive_callback, nullptr);
  return {};
}

base::Status TlsSession::handshake() {
  const int result = mbedtls_ssl_handshake(&ssl_);
  if (result != 0) return fail(error_of(result));
  return {};
}

base::ErrorCode TlsSession::error_of(int result) {
  if (stream_error_ != ErrorCode::kOk) return stream_error_;
  const uint32_t flags = mbedtls_ssl_get_verify_result(&ssl_);
  if (result == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED ||
      (flags != 0 && flags != UINT32_MAX && !mbedtls_ssl_is_handshake_over(&ssl_))) {
    detail_ = verification_text(flags);
    return ErrorCode::kServerCertificate;
  }
  switch (result) {
    case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE:
      detail_ =
          "the server ended the handshake with an alert: it takes no version or suite of ours, or not our certificate";
      break;
    case MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION:
      detail_ = "the server speaks neither TLS 1.2 nor TLS 1.3";
      break;
    case MBEDTLS_ERR_SSL_CONN_EOF:
      detail_ = "the server closed the connection during the handshake";
      break;
    case MBEDTLS_ERR_SSL_NO_CLIENT_CERTIFICATE:
    case MBEDTLS_ERR_SSL_BAD_CERTIFICATE:
      detail_ = "the server's certificate cannot be read";
      return ErrorCode::kServerCertificate;
    case MBEDTLS_ERR_SSL_ALLOC_FAILED:
      detail_ = "not enough memory for TLS";
      break;
    default:
      detail_ = "the server's answer is not TLS, or not what we offered";
      break;
  }
  return ErrorCode::kTlsHandshake;
}

int TlsSession::send_callback(void* self, const unsigned char* bytes, size_t size) {
  auto& session = *static_cast<TlsSession*>(self);
  // TLS signs what went over the line in both directions.
  entropy::stir_psa_random({bytes, size});
  const auto sent = session.stream_.write({bytes, size}, session.remaining_ms());
  if (sent) return static_cast<int>(*sent);
  session.stream_error_ = sent.error();
  return sent.error() == ErrorCode::kTimeout ? MBEDTLS_ERR_SSL_TIMEOUT : MBEDTLS_ERR_SSL_INTERNAL_ERROR;
}

int TlsSession::receive_callback(void* self, unsigned char* out, size_t size) {
  auto& session = *static_cast<TlsSession*>(self);
  const auto received = session.stream_.read({out, size}, session.remaining_ms());
  if (received) {
    entropy::stir_psa_random({out, *received});
    return static_cast<int>(*received);
  }
  session.stream_error_ = received.error();
  return received.error() == ErrorCode::kTimeout ? MBEDTLS_ERR_SSL_TIMEOUT : MBEDTLS_ERR_SSL_INTERNAL_ERROR;
}

bool TlsSession::carries_address(const mbedtls_x509_crt& certificate) const {
  constexpr int kIpAddressTag = MBEDTLS_ASN1_CONTEXT_SPECIFIC | 7;  // RFC 5280 section 4.2.1.6
  if (!mbedtls_x509_crt_has_ext_type(&certificate, MBEDTLS_X509_EXT_SUBJECT_ALT_NAME)) return false;
  for (const mbedtls_x509_sequence* name = &certificate.subject_alt_names; name != nullptr; name = name->next) {
    if (name->buf.tag == kIpAddressTag && base::equal({name->buf.p, name->buf.len}, address_->view())) return true;
  }
  return false;
}

// Called for every certificate of the chain, the anchor first. Mbed TLS judged validity by the platform's clock,
// which may be absent or wrong: that part is judged here again.
int TlsSession::verify_callback(void* self, mbedtls_x509_crt* certificate, int depth, uint32_t* flags) {
  auto& session = *static_cast<TlsSession*>(self);
  *flags &= ~static_cast<uint32_t>(MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE);
  const uint64_t from = seconds_of(certificate->valid_from);
  const uint64_t to = seconds_of(certificate->valid_to);
  if (to < session.time_.seconds) *flags |= MBEDTLS_X509_BADCERT_EXPIRED;
  if (from > session.time_.seconds && !session.time_.is_lower_bound) *flags |= MBEDTLS_X509_BADCERT_FUTURE;
  if (depth != 0) return 0;

  session.not_before_ = from;
  session.not_after_ = to;
  if (session.address_ && !session.carries_address(*certificate)) *flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
  // A certificate without the extension is good for anything: not good enough here.
  if (!mbedtls_x509_crt_has_ext_type(certificate, MBEDTLS_X509_EXT_EXTENDED_KEY_USAGE) ||
      mbedtls_x509_crt_check_extended_key_usage(certificate, MBEDTLS_OID_SERVER_AUTH,
                                                MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH)) != 0) {
    *flags |= MBEDTLS_X509_BADCERT_EXT_KEY_USAGE;
  }
  return 0;
}

base::Status TlsSession::write(base::ByteView bytes, uint32_t limit_ms) {
  if (!connected_) return fail(ErrorCode::kBadState);
  set_deadline(limit_ms);
  while (!bytes.empty()) {
    const int result = mbedtls_ssl_write(&ssl_, bytes.data(), bytes.size());
    if (result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_WANT_WRITE) continue;
    if (result <= 0) return fail(error_of(result));
    bytes = bytes.subspan(static_cast<size_t>(result));
  }
  return {};
}

base::Result<size_t> TlsSession::read(base::MutableBytes out, uint32_t limit_ms) {
  if (!connected_) return fail(ErrorCode::kBadState);
  set_deadline(limit_ms);
  while (true) {
    const int result = mbedtls_ssl_read(&ssl_, out.data(), out.size());
    // A session ticket came: the deadline bounds how often.
    if (result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_WANT_WRITE) {
      if (remaining_ms() == 0) return fail(ErrorCode::kTimeout);
      continue;
    }
    if (result == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) return 0;
    // An end without close_notify may be a cut by someone else (RFC 8446 section 6.1).
    if (result == 0 || result == MBEDTLS_ERR_SSL_CONN_EOF) {
      detail_ = "the connection was cut";
      return fail(ErrorCode::kIo);
    }
    if (result < 0) return fail(error_of(result));
    return static_cast<size_t>(result);
  }
}

std::string_view TlsSession::version() const {
  return connected_ ? std::string_view(mbedtls_ssl_get_version(&ssl_)) : std::string_view();
}

void TlsSession::close() {
  if (!connected_) return;
  set_deadline(1000);
  if (stream_error_ == ErrorCode::kOk) (void)mbedtls_ssl_close_notify(&ssl_);
  release();
  stream_.close();
  connected_ = false;
}

void TlsSession::release() {
  mbedtls_ssl_free(&ssl_);
  mbedtls_ssl_config_free(&config_);
  mbedtls_x509_crt_free(&own_);
  mbedtls_x509_crt_free(&anchor_);
  mbedtls_pk_free(&key_);
}

}  // namespace client
