#include "device-agent/src/commands.h"
#include "device-agent/src/items.h"
#include "device-agent/src/records.h"

namespace agent {

using base::ErrorCode;

CommandReply run_commit(Core& core, base::ByteView body) {
  protocol::CommitRequest request;
  BASE_TRY(protocol::decode(body, request));
  TransactionRecord transaction;
  KeyRecord key;
  CommitRecord record;
  BASE_ASSIGN(const bool begun, read_record(core.rot, transaction));
  if (!begun) return base::fail(ErrorCode::kNoTransaction);
  BASE_ASSIGN(const bool keyed, read_record(core.rot, key));
  if (!keyed) return base::fail(ErrorCode::kNoKey);
  BASE_ASSIGN(const bool committed, read_record(core.rot, record));
  if (committed) {
    const bool same = record.item_count == request.item_count && record.digest == request.digest;
    return same ? CommandReply(base::ByteView()) : base::fail(ErrorCode::kAlreadyCommitted);
  }
  BASE_ASSIGN(const ItemsSummary held, digest_items(core));
  if (held.count != request.item_count || held.digest != request.digest) return base::fail(ErrorCode::kDigestMismatch);
  record.item_count = held.count;
  record.digest = held.digest;
  BASE_TRY(write_record(core.rot, record));
  return base::ByteView();
}

CommandReply run_verify(Core& core) {
  BASE_ASSIGN(const ItemsSummary held, digest_items(core));
  protocol::VerifyReply reply;
  reply.item_count = held.count;
  reply.digest = held.digest;
  return protocol::encode(reply, core.take_scratch());
}

}  // namespace agent
