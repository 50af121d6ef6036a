// The commands of a unit's life, as they arrive in the channel. One function each, in command_*.cc. Every
// stage can be cut anywhere and done again: skip what is done, check what it needs, write, read back,
// and write the stage's own record last.
#pragma once

#include "device-agent/src/core.h"

namespace agent {

// The body of the reply, which lives in the scratch; empty where a command answers with success alone.
using CommandReply = base::Result<base::ByteView>;

// Runs `envelope`. The lock is checked first, before anything of the body is read. `body` of the envelope is
// plaintext of the channel: the caller wipes it.
// kUnitLocked; kUnknownCommand; the errors of the decoder; and those of each command below.
[[nodiscard]] CommandReply run_command(Core& core, const protocol::CommandEnvelope& envelope);

// kOtherTransaction: another transaction's seed is in; kSeedLength, kSeedStore, and what Rot reports.
[[nodiscard]] CommandReply run_seed(Core& core, base::ByteView body);
// kNoTransaction: no seed yet; kOtherTransaction; kOtherSerial; kInvalidArgument: the serial is no printable ASCII.
[[nodiscard]] CommandReply run_begin(Core& core, base::ByteView body);
// kNoTransaction; kAlreadyCommitted is no error here: the same key and a new request. kInvalidArgument: no DER
// Name; kStoreFull; kUnseeded.
[[nodiscard]] CommandReply run_generate_key(Core& core, base::ByteView body);
// kNoTransaction; kKeyExists: another key is on the chip; kInvalidArgument: no scalar of P-256; kStoreFull.
[[nodiscard]] CommandReply run_import_key(Core& core, base::ByteView body);
// kNoTransaction; kAlreadyCommitted; kItemName; kItemTooLarge; kPutOrder; kItemWriteOnce; kTooManyItems; kStoreFull;
// kInvalidArgument: an unknown flag.
[[nodiscard]] CommandReply run_put(Core& core, base::ByteView body);
// kNoTransaction; kNoKey; kDigestMismatch; kAlreadyCommitted: with other items.
[[nodiscard]] CommandReply run_commit(Core& core, base::ByteView body);
// kStageOrder: not committed; kNoKey; kDigestMismatch: the chip no longer holds what was committed.
[[nodiscard]] CommandReply run_lock(Core& core, base::ByteView body);
// What the chip holds at this moment. Changes nothing.
[[nodiscard]] CommandReply run_verify(Core& core);
// Forgets transaction, key and items of a unit that is not locked; root key and seed stay.
[[nodiscard]] CommandReply run_abort(Core& core);

}  // namespace agent
