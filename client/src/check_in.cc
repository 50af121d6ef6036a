#include "client/src/check_in.h"

#include "entropy/device/random_source.h"
#include "protocol/cose.h"

namespace client {
namespace {

using base::ErrorCode;
using base::fail;

}  // namespace

base::Status CheckIn::exchange(const HttpRequest& request, uint32_t limit_ms) {
  http_status_ = 0;
  BASE_ASSIGN(const base::ByteView bytes, write_request(request, request_));
  BASE_TRY(session_.write(bytes, limit_ms));
  response_ = HttpResponse();
  // The bounds of the response bound the loop: at most a header and a body, a byte at a time.
  while (!response_.complete()) {
    std::array<uint8_t, 512> piece{};
    BASE_ASSIGN(const size_t size, session_.read(piece, limit_ms));
    if (size == 0) return fail(ErrorCode::kHttp);
    BASE_ASSIGN(const size_t taken, response_.push({piece.data(), size}));
    if (taken != size) return fail(ErrorCode::kHttp);  // more than was asked for
  }
  http_status_ = response_.status();
  return {};
}

base::Status CheckIn::run(const ServerUri& server, const UnitFacts& facts, psa_key_id_t key, uint32_t limit_ms,
                          ServiceAnswer& answer) {
  answer = {};
  HttpRequest request{.method = "GET", .path = protocol::kChallengePath, .host = server.host, .port = server.port};
  BASE_TRY(exchange(request, limit_ms));
  if (response_.content_type() != protocol::kCheckInMediaType) return fail(ErrorCode::kHttp);

  // A service may refuse before it gives a challenge; that is an answer too.
  std::array<uint8_t, protocol::kMaxProofSize> message{};
  if (response_.status() == 200) {
    protocol::CheckInChallenge challenge;
    BASE_TRY(protocol::decode(response_.body(), challenge));
    if (!response_.keep_alive()) return fail(ErrorCode::kHttp);
    const protocol::FirstBootProof proof{.challenge = challenge.challenge,
                                         .chip_id = facts.chip_id,
                                         .serial = facts.serial,
                                         .items_digest = facts.items_digest,
                                         .boot_count = facts.boot_count};
    std::array<uint8_t, 256> payload{};
    BASE_ASSIGN(const base::ByteView encoded, protocol::encode(proof, payload));
    entropy::stir_psa_random(encoded);
    BASE_ASSIGN(const base::ByteView signed_proof,
                protocol::cose_sign1(key, protocol::kFirstBootLabel, encoded, message));
    request.method = "POST";
    request.path = protocol::kActivatePath;
    request.content_type = protocol::kCheckInMediaType;
    request.body = signed_proof;
    BASE_TRY(exchange(request, limit_ms));
    if (response_.content_type() != protocol::kCheckInMediaType) return fail(ErrorCode::kHttp);
  }
  if (response_.status() != 200 && response_.status() != 403) return fail(ErrorCode::kHttp);

  const base::ByteView body = response_.body();
  protocol::CheckInAnswer decoded;
  BASE_TRY(protocol::decode(body, decoded));
  // The status and the code must say the same.
  if ((response_.status() == 200) != (decoded.error == 0)) return fail(ErrorCode::kHttp);
  if (body.size() > answer.encoded.size()) return fail(ErrorCode::kHttp);
  answer.error =
      base::is_known_error(decoded.error) ? static_cast<ErrorCode>(decoded.error) : ErrorCode::kRefusedByServer;
  answer.time = decoded.time;
  answer.text_size = decoded.text.size();
  for (size_t i = 0; i < decoded.text.size(); ++i) answer.text[i] = decoded.text[i];
  answer.encoded_size = body.size();
  base::copy(answer.encoded, body);
  return {};
}

}  // namespace client
