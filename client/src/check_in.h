// The check-in over an open TLS session: fetch a challenge, sign the proof, hear the answer.
#pragma once

#include "client/src/http.h"
#include "client/src/tls_session.h"
#include "protocol/check_in.h"

namespace client {

// What the proof says of this unit besides the challenge.
struct UnitFacts {
  base::ByteView chip_id;
  std::string_view serial;
  protocol::Digest items_digest{};
  uint64_t boot_count = 0;
};

// The service's answer; both a success and a refusal that the service spelled out.
struct ServiceAnswer {
  base::ErrorCode error = base::ErrorCode::kOk;
  uint64_t time = 0;  // seconds since 1970
  std::array<char, protocol::kMaxAnswerText> text{};
  size_t text_size = 0;
  std::array<uint8_t, protocol::kMaxAnswerSize> encoded{};  // as it came, to be stored
  size_t encoded_size = 0;

  [[nodiscard]] std::string_view text_view() const { return {text.data(), text_size}; }
  [[nodiscard]] base::ByteView encoded_view() const { return {encoded.data(), encoded_size}; }
};

class CheckIn {
 public:
  explicit CheckIn(TlsSession& session) : session_(session) {}

  // Both requests on the one session. Errors only where no answer came: kHttp (another status, type or length),
  // kCbor*, kCrypto (the key cannot sign), and those of the session.
  [[nodiscard]] base::Status run(const ServerUri& server, const UnitFacts& facts, psa_key_id_t key, uint32_t limit_ms,
                                 ServiceAnswer& answer);
  // HTTP status of the last response; 0: none came.
  [[nodiscard]] uint16_t http_status() const { return http_status_; }

 private:
  base::Status exchange(const HttpRequest& request, uint32_t limit_ms);

  TlsSession& session_;
  HttpResponse response_;
  std::array<uint8_t, 1024> request_{};
  uint16_t http_status_ = 0;
};

}  // namespace client
