#include "device-agent/src/receipt.h"

#include "device-agent/src/records.h"
#include "device-agent/src/version.h"
#include "protocol/cose.h"
#include "rot/well_known.h"

namespace agent {

base::Result<base::ByteView> make_receipt(Core& core, const protocol::Challenge& challenge, base::MutableBytes out) {
  TransactionRecord transaction;
  KeyRecord key;
  CommitRecord commit;
  BASE_TRY(required(read_record(core.rot, transaction), base::ErrorCode::kStageOrder));
  BASE_TRY(required(read_record(core.rot, key), base::ErrorCode::kStageOrder));
  BASE_TRY(required(read_record(core.rot, commit), base::ErrorCode::kStageOrder));

  protocol::Receipt receipt;
  receipt.challenge = challenge;
  receipt.chip_id = core.board.chip_id();
  receipt.serial = transaction.serial();
  receipt.transaction = transaction.transaction;
  receipt.items_digest = commit.digest;
  receipt.item_count = commit.item_count();
  receipt.public_key = key.public_key;
  receipt.lifecycle = static_cast<protocol::Lifecycle>(core.rot.lifecycle());
  receipt.board = core.board.name();
  receipt.agent_version = kAgentVersion;
  receipt.read_protection = core.board.read_protection();

  base::ByteArray<protocol::kMaxReceiptSize> payload;
  BASE_ASSIGN(const base::ByteView encoded, protocol::encode(receipt, payload));
  entropy::stir_psa_random(encoded);
  return protocol::cose_sign1(rot::kIdentityKeyId, protocol::kReceiptLabel, encoded, out);
}

}  // namespace agent
