// A TLS client connection on a Stream: TLS 1.2 (ECDHE-ECDSA, AEAD only) or 1.3, P-256, the server verified by
// the injected CA, the device proved by its certificate and the key that never leaves PSA.
#pragma once

#include <mbedtls/ssl.h>
#include <psa/crypto.h>

#include "client/port.h"
#include "client/src/uri.h"

namespace client {

// Everything is DER and must outlive the session. Certificates on other curves than P-256 are not understood.
struct TlsIdentity {
  base::ByteView certificate;   // of the device
  base::ByteView issuer_chain;  // its issuers in order, concatenated; may be empty
  base::ByteView server_ca;     // the only trust anchor
  psa_key_id_t key = 0;         // P-256 key pair with PSA_KEY_USAGE_SIGN_HASH
};

// What validity is judged against. Without a clock that can be believed `seconds` is only a lower bound of the
// time: a certificate that ended before it is expired for sure, one that begins after it may well be valid.
struct VerificationTime {
  uint64_t seconds = 0;
  bool is_lower_bound = false;
};

class TlsSession {
 public:
  TlsSession(Stream& stream, Clock& clock);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  // Connects and shakes hands within `limit_ms`.
  // kServerCertificate: not accepted, detail() says why; kTlsHandshake: no common version or suite, or an alert;
  // kMalformed: a certificate of `identity` cannot be read; what Stream::connect reports; kTimeout; kIo.
  [[nodiscard]] base::Status open(const ServerUri& server, const TlsIdentity& identity, const VerificationTime& time,
                                  uint32_t limit_ms);
  // All bytes, within the limit. kTimeout; kIo; kTlsHandshake: an alert (TLS 1.3 refuses a client's certificate
  // only after the client's own handshake is over).
  [[nodiscard]] base::Status write(base::ByteView bytes, uint32_t limit_ms);
  // At least one byte; 0: the server closed in order. Errors as write().
  [[nodiscard]] base::Result<size_t> read(base::MutableBytes out, uint32_t limit_ms);
  // Says goodbye if it can and closes the stream. Also done by the destructor.
  void close();

  // More about the last error, for people; empty: nothing more is known.
  [[nodiscard]] std::string_view detail() const { return detail_; }
  // "TLSv1.3", ...; empty without a session.
  [[nodiscard]] std::string_view version() const;
  // Validity of the server's certificate that was accepted, seconds since 1970.
  [[nodiscard]] uint64_t server_not_before() const { return not_before_; }
  [[nodiscard]] uint64_t server_not_after() const { return not_after_; }

 private:
  static int send_callback(void* self, const unsigned char* bytes, size_t size);
  static int receive_callback(void* self, unsigned char* out, size_t size);
  static int verify_callback(void* self, mbedtls_x509_crt* certificate, int depth, uint32_t* flags);

  base::Status configure(const TlsIdentity& identity);
  base::Status handshake();
  base::ErrorCode error_of(int result);
  uint32_t remaining_ms();
  void set_deadline(uint32_t limit_ms);
  bool carries_address(const mbedtls_x509_crt& certificate) const;
  void release();

  Stream& stream_;
  Clock& clock_;
  mbedtls_ssl_context ssl_{};
  mbedtls_ssl_config config_{};
  mbedtls_x509_crt own_{};
  mbedtls_x509_crt anchor_{};
  mbedtls_pk_context key_{};
  std::array<char, kMaxHostSize + 1> host_{};
  std::optional<IpAddress> address_;
  VerificationTime time_;
  uint64_t deadline_ = 0;
  uint64_t not_before_ = 0;
  uint64_t not_after_ = 0;
  std::string_view detail_;
  base::ErrorCode stream_error_ = base::ErrorCode::kOk;
  bool connected_ = false;
};

}  // namespace client
