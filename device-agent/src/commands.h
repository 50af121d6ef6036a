// The commands of a unit's life, as they arrive in the channel. One function each, in command_*.cc. Every
// stage can be cut anywhere and done again: skip what is done, check what it needs, write, read back,
// and write the stage's own record last.
#pragma once

#include "device-agent/src/core.h"

namespace agent {

// Runs `envelope`. The lock is checked first, before anything of the body is read. `body` of the envelope is
// plaintext of the channel: the caller wipes it. `reply` is the body of the
// reply, which lives in the scratch; left as it is where a command answers with success alone.
// kUnitLocked; kUnknownCommand; the errors of the decoder; and those of each command below.
[[nodiscard]] AGENT_OWN_STACK base::Status run_command(Core& core, const protocol::CommandEnvelope& envelope,
                                                       base::ByteView& reply);

// kOtherTransaction: another transaction's seed is in; kSeedLength, kSeedStore, and what Rot reports.
[[nodiscard]] AGENT_OWN_STACK base::Status run_seed(Core& core, base::ByteView body);
// kNoTransaction: no seed yet; kOtherTransaction; kOtherSerial; kInvalidArgument: the serial is no printable ASCII.
[[nodiscard]] AGENT_OWN_STACK base::Status run_begin(Core& core, base::ByteView body);
// kNoTransaction; kAlreadyCommitted is no error here: the same key and a new request. kInvalidArgument: no DER
// Name; kStoreFull; kUnseeded.
[[nodiscard]] AGENT_OWN_STACK base::Status run_generate_key(Core& core, base::ByteView body, base::ByteView& reply);
// kNoTransaction; kKeyExists: another key is on the chip; kInvalidArgument: no scalar of P-256; kStoreFull.
[[nodiscard]] AGENT_OWN_STACK base::Status run_import_key(Core& core, base::ByteView body, base::ByteView& reply);
// kNoTransaction; kAlreadyCommitted; kItemName; kItemTooLarge; kPutOrder; kItemWriteOnce; kTooManyItems; kStoreFull;
// kInvalidArgument: an unknown flag.
[[nodiscard]] AGENT_OWN_STACK base::Status run_put(Core& core, base::ByteView body);
// kNoTransaction; kNoKey; kDigestMismatch; kAlreadyCommitted: with other items.
[[nodiscard]] AGENT_OWN_STACK base::Status run_commit(Core& core, base::ByteView body);
// kStageOrder: not committed; kNoKey; kDigestMismatch: the chip no longer holds what was committed.
[[nodiscard]] AGENT_OWN_STACK base::Status run_lock(Core& core, base::ByteView body, base::ByteView& reply);
// What the chip holds at this moment. Changes nothing.
[[nodiscard]] AGENT_OWN_STACK base::Status run_verify(Core& core, base::ByteView& reply);
// Forgets transaction, key and items of a unit that is not locked; root key and seed stay.
[[nodiscard]] AGENT_OWN_STACK base::Status run_abort(Core& core);

}  // namespace agent
