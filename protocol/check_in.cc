#include "protocol/check_in.h"

#include "protocol/fields.h"

namespace protocol {
namespace {

constexpr Field kCheckInChallenge[] = {
    PROTOCOL_FIELD(CheckInChallenge, 1, challenge),
};

constexpr Field kCheckInAnswer[] = {
    PROTOCOL_FIELD(CheckInAnswer, 1, error),
    PROTOCOL_FIELD(CheckInAnswer, 2, time),
    PROTOCOL_FIELD(CheckInAnswer, 3, text).sized(1, kMaxAnswerText).left_out(),
};

}  // namespace

PROTOCOL_PLAIN_MESSAGE(CheckInChallenge)
PROTOCOL_PLAIN_MESSAGE(CheckInAnswer)

}  // namespace protocol
