// Messages outside the channel.
#include "protocol/fields.h"

namespace protocol {
namespace {

constexpr Field kHelloRequest[] = {
    PROTOCOL_FIELD(HelloRequest, 1, version),
    PROTOCOL_FIELD(HelloRequest, 2, max_payload),
};

constexpr Field kHelloReply[] = {
    PROTOCOL_FIELD(HelloReply, 1, version),
    PROTOCOL_FIELD(HelloReply, 2, agent_version).sized(1, kMaxVersionSize),
    PROTOCOL_FIELD(HelloReply, 3, board).sized(1, kMaxBoardSize),
    PROTOCOL_FIELD(HelloReply, 4, chip_id).sized(kMinChipIdSize, kMaxChipIdSize),
    PROTOCOL_FIELD(HelloReply, 5, lifecycle).up_to(kMaxLifecycle),
    PROTOCOL_FIELD(HelloReply, 6, has_trng),
    PROTOCOL_FIELD(HelloReply, 7, seeded),
    PROTOCOL_FIELD(HelloReply, 8, free_bytes),
    PROTOCOL_FIELD(HelloReply, 9, max_payload),
    PROTOCOL_FIELD(HelloReply, 10, window),
    PROTOCOL_FIELD(HelloReply, 11, transaction),
    PROTOCOL_FIELD(HelloReply, 12, batch),
    PROTOCOL_FIELD(HelloReply, 13, reset_cause),
    PROTOCOL_FIELD(HelloReply, 14, fault),
    PROTOCOL_FIELD(HelloReply, 15, max_read_protection).up_to(kMaxReadProtection).left_out(),
};

constexpr Field kHandshakeRequest[] = {
    PROTOCOL_FIELD(HandshakeRequest, 1, station),
    PROTOCOL_FIELD(HandshakeRequest, 2, noise).sized(1, kMaxNegotiatedPayload),
};

constexpr Field kHandshakeReply[] = {
    PROTOCOL_FIELD(HandshakeReply, 1, noise).sized(1, kMaxNegotiatedPayload),
};

constexpr Field kAttestRequest[] = {
    PROTOCOL_FIELD(AttestRequest, 1, challenge),
};

constexpr Field kAttestReply[] = {
    PROTOCOL_FIELD(AttestReply, 1, receipt).sized(1, kMaxReceiptSize),
};

constexpr Field kRefusal[] = {
    PROTOCOL_FIELD(Refusal, 1, error),
    PROTOCOL_FIELD(Refusal, 2, expected_sequence),
};

}  // namespace

PROTOCOL_PLAIN_MESSAGE(HelloRequest)
PROTOCOL_PLAIN_MESSAGE(HelloReply)
PROTOCOL_PLAIN_MESSAGE(HandshakeRequest)
PROTOCOL_PLAIN_MESSAGE(HandshakeReply)
PROTOCOL_PLAIN_MESSAGE(AttestRequest)
PROTOCOL_PLAIN_MESSAGE(AttestReply)
PROTOCOL_PLAIN_MESSAGE(Refusal)

}  // namespace protocol
