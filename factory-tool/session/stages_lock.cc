// The irreversible step, and the receipt that proves it.
#include "factory-tool/session/injection.h"
#include "factory-tool/session/receipt_check.h"

namespace factory {

using base::ByteView;
using base::failure_of;

Injection::Status Injection::lock() {
  if (!context_.lock) return {};
  protocol::Challenge challenge{};
  BASE_TRY(context_.seeds.fill(challenge));
  base::Bytes receipt;
  std::vector<SealedCommand> commands(1);
  commands[0].step = "lock";
  commands[0].command = protocol::Command::kLock;
  BASE_ASSIGN(commands[0].body, encode_body(protocol::LockRequest{challenge, context_.profile.read_protection()}));
  commands[0].on_reply = [&](ByteView body) -> Status {
    protocol::LockReply reply;
    if (auto decoded = protocol::decode(body, reply); !decoded) return failure_of(decoded.error(), where("lock"));
    receipt = base::to_bytes(reply.receipt);
    done("lock");
    return {};
  };
  BASE_TRY(session_.run(commands));
  result_.locked = true;
  const auto level = check_receipt(result_.unit, context_.profile.read_protection(), challenge, receipt);
  if (!level) return fail_unit(level.error());
  BASE_TRY(context_.registry.record_provisioned(result_.unit, receipt, *level));
  done("receipt");
  BASE_TRY(refresh());
  (void)session_.reboot();  // the unit is finished, whether it restarts now or when it is next powered
  return {};
}

}  // namespace factory
