#include <algorithm>

#include "device-agent/src/commands.h"
#include "device-agent/src/items.h"
#include "device-agent/src/records.h"
#include "protocol/digest.h"

namespace agent {
namespace {

using base::ByteView;
using base::ErrorCode;
using base::Status;

Status check_part(const protocol::ItemPart& part) {
  if (!is_item_name(part.name)) return base::fail(ErrorCode::kItemName);
  if ((part.flags & ~protocol::kItemWriteOnce) != 0) return base::fail(ErrorCode::kInvalidArgument);
  if (part.total > protocol::kMaxItemSize) return base::fail(ErrorCode::kItemTooLarge);
  if (part.offset > part.total || part.data.size() > static_cast<size_t>(part.total - part.offset)) {
    return base::fail(ErrorCode::kPutOrder);
  }
  // Only an item without bytes may come in a part without bytes.
  if (part.data.empty() && part.total != 0) return base::fail(ErrorCode::kPutOrder);
  return {};
}

// Stores the gathered item, reads it back and compares by digest: there is RAM for one copy only.
Status store(Core& core, base::Text name) {
  const base::MutableBytes value = base::MutableBytes(core.scratch).first(core.pending.total);
  const uint8_t flags = core.pending.flags;
  bool is_new = false;
  if (auto info = core.rot.item_info(name); !info) {
    if (info.error() != ErrorCode::kItemNotFound) return base::fail(info.error());
    is_new = true;
    if (core.item_count >= protocol::kMaxItems) return base::fail(ErrorCode::kTooManyItems);
  }
  protocol::Digest sent, read_back;
  BASE_TRY(protocol::item_digest(name, flags, value, sent));
  BASE_TRY(core.rot.put_item(name, flags, value));
  if (is_new) ++core.item_count;

  base::secure_wipe(value);
  BASE_ASSIGN(const size_t size, core.rot.get_item(name, value));
  BASE_ASSIGN(const rot::ItemInfo kept, core.rot.item_info(name));
  BASE_TRY(protocol::item_digest(name, kept.flags, ByteView(value.first(size)), read_back));
  return read_back == sent ? Status() : base::fail(ErrorCode::kStoreCorrupt);
}

Status put_part(Core& core, const protocol::ItemPart& part) {
  BASE_TRY(check_part(part));
  PendingItem& pending = core.pending;
  if (part.offset == 0) {
    core.take_scratch();
    std::copy(part.name.begin(), part.name.end(), pending.name.begin());
    pending.name_size = static_cast<uint8_t>(part.name.size());
    pending.flags = part.flags;
    pending.total = part.total;
  }
  const std::string_view name(pending.name.data(), pending.name_size);
  if (name != part.name || pending.flags != part.flags || pending.total != part.total ||
      pending.received != part.offset) {
    return base::fail(ErrorCode::kPutOrder);
  }
  base::copy(base::MutableBytes(core.scratch).subspan(part.offset), part.data);
  pending.received = static_cast<uint16_t>(pending.received + part.data.size());
  if (pending.received < pending.total) return {};
  BASE_TRY(store(core, name));
  core.take_scratch();
  return {};
}

}  // namespace

base::Status run_put(Core& core, ByteView body) {
  protocol::PutRequest request;
  BASE_TRY(protocol::decode(body, request));
  TransactionRecord transaction;
  CommitRecord commit;
  BASE_TRY(required(read_record(core.rot, transaction), ErrorCode::kNoTransaction));
  BASE_ASSIGN(const bool committed, read_record(core.rot, commit));
  if (committed) return base::fail(ErrorCode::kAlreadyCommitted);

  for (const protocol::ItemPart& part : request.parts) {
    if (auto put = put_part(core, part); !put) {
      core.take_scratch();  // what follows of this item finds no beginning
      return base::fail(put.error());
    }
  }
  return {};
}

}  // namespace agent
