// The stages that give a unit its seed and its key. Seed, begin and key travel together, and the items that need no
// certificate behind them: one round trip.
#include "factory-tool/session/advice.h"
#include "factory-tool/session/factory_key.h"
#include "factory-tool/session/injection.h"
#include "protocol/digest.h"

namespace factory {

using base::ByteView;
using base::ErrorCode;
using base::failure;
using base::failure_of;
using base::Outcome;

Injection::Status Injection::add_seed(std::vector<SealedCommand>& commands) {
  base::SecretBytes<protocol::kSeedSize> seed;
  BASE_TRY(context_.seeds.fill(seed.span()));
  const auto commitment = protocol::seed_commitment(seed.view());
  if (!commitment) return failure_of(commitment.error(), where("seed"));
  // On record before it leaves: whatever happens to this unit, no other gets this seed.
  BASE_TRY(context_.registry.record_seed_intent(result_.unit, *commitment));
  SealedCommand command;
  command.step = "seed";
  command.command = protocol::Command::kSeed;
  BASE_ASSIGN(command.body, encode_body(protocol::SeedRequest{result_.unit.transaction, seed.view()}));
  command.on_reply = [this, committed = *commitment](ByteView) -> Status {
    BASE_TRY(context_.registry.record_seeded(result_.unit, committed));
    done("seed");
    return {};
  };
  commands.push_back(std::move(command));
  return {};
}

Outcome<protocol::PublicKey> Injection::take_csr(ByteView body) {
  protocol::GenerateKeyReply reply;
  if (auto decoded = protocol::decode(body, reply); !decoded) return failure_of(decoded.error(), where("key"));
  BASE_ASSIGN(const base::Bytes subject, context_.certificate_template.subject(values()));
  BASE_ASSIGN(const protocol::PublicKey key, cert::verify_csr(reply.csr, subject));
  if (chip_.public_key && *chip_.public_key != key) {
    return failure(ErrorCode::kCsrInvalid, "the request is signed by another key than the one the unit named",
                   where("key"), "Put the unit aside.");
  }
  return key;
}

Injection::Status Injection::take_key(const protocol::PublicKey& key) {
  BASE_TRY(context_.registry.record_key(result_.unit, key));
  done("key");
  BASE_TRY(refresh());
  return certify();
}

Injection::Status Injection::add_imported_key(std::vector<SealedCommand>& commands) {
  BASE_ASSIGN(FactoryKey key, FactoryKey::generate());
  SealedCommand command;
  command.step = "key";
  command.command = protocol::Command::kImportKey;
  BASE_ASSIGN(command.body, encode_body(protocol::ImportKeyRequest{key.scalar()}));
  command.on_reply = [this, expected = key.public_key()](ByteView body) -> Status {
    protocol::ImportKeyReply reply;
    if (auto decoded = protocol::decode(body, reply); !decoded) return failure_of(decoded.error(), where("key"));
    if (reply.public_key != expected) {
      return failure(ErrorCode::kUnitUnusable, "the unit holds another key than it was given", where("key"),
                     "Put the unit aside.");
    }
    return take_key(reply.public_key);
  };
  commands.push_back(std::move(command));
  return {};
}

Injection::Status Injection::add_key(std::vector<SealedCommand>& commands) {
  if (reached(db::UnitState::kKeyed)) {
    done("key", true);
    return {};
  }
  if (context_.profile.key_origin() == cert::KeyOrigin::kFactory) {
    if (!chip_.public_key) return add_imported_key(commands);
    // The cut came between delivery and record; the channel vouches for what the unit names.
    BASE_TRY(context_.registry.record_key(result_.unit, *chip_.public_key));
    done("key", true);
    return {};
  }
  BASE_ASSIGN(const base::Bytes subject, context_.certificate_template.subject(values()));
  SealedCommand command;
  command.step = "key";
  command.command = protocol::Command::kGenerateKey;
  BASE_ASSIGN(command.body, encode_body(protocol::GenerateKeyRequest{subject}));
  command.on_reply = [this](ByteView body) -> Status {
    BASE_ASSIGN(const protocol::PublicKey key, take_csr(body));
    return take_key(key);
  };
  commands.push_back(std::move(command));
  return {};
}

void Injection::add_begin(std::vector<SealedCommand>& commands) {
  if (!chip_.serial.empty()) return;
  SealedCommand command;
  command.step = "begin";
  command.command = protocol::Command::kBegin;
  auto body = encode_body(protocol::BeginRequest{result_.unit.transaction, result_.unit.serial});
  if (body) command.body = std::move(*body);  // cannot fail: a serial is far below the buffer
  commands.push_back(std::move(command));
}

Injection::Status Injection::seed_and_key() {
  std::vector<SealedCommand> commands;
  if (chip_is_ours() && chip_.seed_commitment) {
    BASE_TRY(context_.registry.record_seeded(result_.unit, *chip_.seed_commitment));
    BASE_TRY(refresh());
    done("seed", true);
  } else {
    BASE_TRY(add_seed(commands));
  }
  add_begin(commands);
  BASE_TRY(add_key(commands));
  BASE_TRY(add_early_items(commands));
  BASE_TRY(session_.run(commands));
  return refresh();
}

}  // namespace factory
