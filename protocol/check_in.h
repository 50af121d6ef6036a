// The check-in at first boot: bodies of the HTTPS exchange between client and service.
//
//   GET  /v1/challenge -> 200, CheckInChallenge
//   POST /v1/activate, COSE_Sign1 over FirstBootProof (label kFirstBootLabel) -> 200 or 403, CheckInAnswer
//
// All bodies have the media type kCheckInMediaType. A challenge is bound to the certificate of the connection,
// is used once, and expires after kChallengeLifeSeconds. check_in.cddl describes the same bytes.
#pragma once

#include "protocol/messages.h"

namespace protocol {

inline constexpr std::string_view kChallengePath = "/v1/challenge";
inline constexpr std::string_view kActivatePath = "/v1/activate";
inline constexpr std::string_view kCheckInMediaType = "application/cbor";
inline constexpr uint32_t kChallengeLifeSeconds = 60;
inline constexpr size_t kMaxProofSize = 512;  // the COSE_Sign1
inline constexpr size_t kMaxAnswerText = 200;
inline constexpr size_t kMaxAnswerSize = 16 + kMaxAnswerText;

struct CheckInChallenge {
  Challenge challenge{};
};

struct CheckInAnswer {
  uint16_t error = 0;     // base::ErrorCode; 0: activated
  uint64_t time = 0;      // of the service, seconds since 1970
  std::string_view text;  // for people, printable ASCII; empty on success
};

// Errors as for every message (messages.h).
[[nodiscard]] Result<ByteView> encode(const CheckInChallenge& message, MutableBytes out);
[[nodiscard]] base::Status decode(ByteView bytes, CheckInChallenge& message);
[[nodiscard]] Result<ByteView> encode(const CheckInAnswer& message, MutableBytes out);
[[nodiscard]] base::Status decode(ByteView bytes, CheckInAnswer& message);

}  // namespace protocol
