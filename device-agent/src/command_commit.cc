#include "device-agent/src/commands.h"
#include "device-agent/src/items.h"
#include "device-agent/src/records.h"

namespace agent {

using base::ErrorCode;

base::Status run_commit(Core& core, base::ByteView body) {
  protocol::CommitRequest request;
  BASE_TRY(protocol::decode(body, request));
  TransactionRecord transaction;
  KeyRecord key;
  CommitRecord record;
  BASE_TRY(required(read_record(core.rot, transaction), ErrorCode::kNoTransaction));
  BASE_TRY(required(read_record(core.rot, key), ErrorCode::kNoKey));
  BASE_ASSIGN(const bool committed, read_record(core.rot, record));
  if (committed) {
    const bool same = record.item_count() == request.item_count && record.digest == request.digest;
    return same ? base::Status() : base::fail(ErrorCode::kAlreadyCommitted);
  }
  ItemsSummary held;
  BASE_TRY(digest_items(core, held));
  if (held.count != request.item_count || held.digest != request.digest) return base::fail(ErrorCode::kDigestMismatch);
  record.set_item_count(held.count);
  record.digest = held.digest;
  BASE_TRY(write_record(core.rot, record));
  return {};
}

base::Status run_verify(Core& core, base::ByteView& reply) {
  ItemsSummary held;
  BASE_TRY(digest_items(core, held));
  protocol::VerifyReply message;
  message.item_count = held.count;
  message.digest = held.digest;
  return take_value(protocol::encode(message, core.take_scratch()), reply);
}

}  // namespace agent
