#include "device-agent/src/commands.h"
#include "device-agent/src/records.h"
#include "protocol/digest.h"

namespace agent {
namespace {

using base::ErrorCode;
using base::Status;

Status make_root_key(Core& core) {
  if (core.rot.has_root_key()) return {};
  base::SecretBytes<64> shares;
  BASE_TRY(core.generator.generate(shares.span()));
  return core.rot.create_root_key(shares.view());
}

// From the injected seed to the stored successor. The root key comes before the first seed is stored, because the
// store encrypts the seed with it.
Status take_seed(Core& core, base::ByteView seed) {
  BASE_TRY(core.generator.inject(seed));
  BASE_TRY(make_root_key(core));
  BASE_TRY(core.rot.advance_lifecycle(rot::Lifecycle::kPsaRotProvisioning));
  return core.generator.commit_seed();
}

}  // namespace

base::Status run_seed(Core& core, base::ByteView body) {
  protocol::SeedRequest request;
  BASE_TRY(protocol::decode(body, request));
  SeedRecord record;
  BASE_ASSIGN(const bool seeded, read_record(core.rot, record));
  if (seeded) {
    // Mixed in before, perhaps another one: the host compares the commitment in SessionState.
    if (record.transaction != request.transaction) return base::fail(ErrorCode::kOtherTransaction);
    return {};
  }
  if (request.seed.size() != protocol::kSeedSize) return base::fail(ErrorCode::kSeedLength);

  if (auto taken = take_seed(core, request.seed); !taken) {
    core.generator.stop();  // nothing may be drawn while the successor is not stored
    return base::fail(taken.error());
  }
  record.transaction = request.transaction;
  protocol::seed_commitment(request.seed, record.commitment);
  BASE_TRY(write_record(core.rot, record));
  return {};
}

}  // namespace agent
