#include "device-agent/src/commands.h"
#include "device-agent/src/items.h"
#include "device-agent/src/locking.h"
#include "device-agent/src/receipt.h"
#include "device-agent/src/records.h"
#include "rot/well_known.h"

namespace agent {
namespace {

using base::ErrorCode;
using base::Status;

// The last look before the point of no return: everything that was committed is still there and readable.
Status check_fit_to_lock(Core& core) {
  CommitRecord commit;
  BASE_TRY(required(read_record(core.rot, commit), ErrorCode::kStageOrder));
  psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
  const psa_status_t key = psa_get_key_attributes(rot::kIdentityKeyId, &attributes);
  psa_reset_key_attributes(&attributes);
  if (key != PSA_SUCCESS) return base::fail(ErrorCode::kNoKey);
  ItemsSummary held;
  BASE_TRY(digest_items(core, held));
  if (held.count != commit.item_count() || held.digest != commit.digest) return base::fail(ErrorCode::kDigestMismatch);
  return {};
}

}  // namespace

base::Status run_lock(Core& core, base::ByteView body, base::ByteView& reply) {
  protocol::LockRequest request;
  BASE_TRY(protocol::decode(body, request));
  if (request.read_protection > core.board.max_read_protection()) return base::fail(ErrorCode::kUnsupported);
  BASE_TRY(check_fit_to_lock(core));
  // On the chip before the lifecycle moves on: whatever is cut from there on is finished by the next start.
  BASE_TRY(want_read_protection(core.rot, request.read_protection));

  BASE_TRY(complete_lock(core));

  const base::MutableBytes scratch = core.take_scratch();
  protocol::LockReply message;
  BASE_ASSIGN(message.receipt, make_receipt(core, request.challenge, scratch.first(protocol::kMaxReceiptSize)));
  return take_value(protocol::encode(message, scratch.subspan(protocol::kMaxReceiptSize)), reply);
}

}  // namespace agent
