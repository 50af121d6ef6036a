#include "device-agent/src/locking.h"

#include "device-agent/src/records.h"
#include "protocol/batch_block.h"

namespace agent {
namespace {

using base::ErrorCode;
using base::Status;

Status wipe_batch(device::Board& board) {
  const base::ByteView block = board.batch_block();
  if (block.empty()) return {};
  protocol::BatchBlock batch;
  const Status decoded = protocol::decode_batch_block(block, batch);
  base::secure_wipe(batch.secret);
  // A block that is torn is no less a secret.
  if (!decoded && decoded.error() == ErrorCode::kNoBatch) return {};
  return board.wipe_batch_block();
}

}  // namespace

Status complete_lock(Core& core) {
  const Status locked = core.rot.lock();
  const Status wiped = core.is_locked() ? wipe_batch(core.board) : Status();
  if (!locked) return locked;
  if (!wiped) return wiped;
  // Last, because the highest level forbids every change of the chip's protection.
  BASE_ASSIGN(const uint8_t level, wanted_read_protection(core.rot));
  return core.board.set_read_protection(level);
}

}  // namespace agent
