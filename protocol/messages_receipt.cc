// What a unit signs: payloads of a COSE_Sign1 (cose.h).
#include "protocol/fields.h"

namespace protocol {
namespace {

constexpr Field kReceipt[] = {
    PROTOCOL_FIELD(Receipt, 1, challenge),
    PROTOCOL_FIELD(Receipt, 2, chip_id).sized(kMinChipIdSize, kMaxChipIdSize),
    PROTOCOL_FIELD(Receipt, 3, serial).sized(1, kMaxSerialSize),
    PROTOCOL_FIELD(Receipt, 4, transaction),
    PROTOCOL_FIELD(Receipt, 5, items_digest),
    PROTOCOL_FIELD(Receipt, 6, item_count),
    PROTOCOL_FIELD(Receipt, 7, public_key),
    PROTOCOL_FIELD(Receipt, 8, lifecycle).up_to(kMaxLifecycle),
    PROTOCOL_FIELD(Receipt, 9, board).sized(1, kMaxBoardSize),
    PROTOCOL_FIELD(Receipt, 10, agent_version).sized(1, kMaxVersionSize),
    PROTOCOL_FIELD(Receipt, 11, read_protection).up_to(kMaxReadProtection).left_out(),
};

constexpr Field kFirstBootProof[] = {
    PROTOCOL_FIELD(FirstBootProof, 1, challenge),
    PROTOCOL_FIELD(FirstBootProof, 2, chip_id).sized(kMinChipIdSize, kMaxChipIdSize),
    PROTOCOL_FIELD(FirstBootProof, 3, serial).sized(1, kMaxSerialSize),
    PROTOCOL_FIELD(FirstBootProof, 4, items_digest),
    PROTOCOL_FIELD(FirstBootProof, 5, boot_count),
};

}  // namespace

PROTOCOL_PLAIN_MESSAGE(Receipt)
PROTOCOL_PLAIN_MESSAGE(FirstBootProof)

}  // namespace protocol
