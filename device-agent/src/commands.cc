#include "device-agent/src/commands.h"

namespace agent {

base::Status run_command(Core& core, const protocol::CommandEnvelope& envelope, base::ByteView& reply) {
  if (core.is_locked()) return base::fail(base::ErrorCode::kUnitLocked);
  switch (envelope.command) {
    case protocol::Command::kSeed:
      return run_seed(core, envelope.body);
    case protocol::Command::kBegin:
      return run_begin(core, envelope.body);
    case protocol::Command::kGenerateKey:
      return run_generate_key(core, envelope.body, reply);
    case protocol::Command::kImportKey:
      return run_import_key(core, envelope.body, reply);
    case protocol::Command::kPut:
      return run_put(core, envelope.body);
    case protocol::Command::kCommit:
      return run_commit(core, envelope.body);
    case protocol::Command::kLock:
      return run_lock(core, envelope.body, reply);
    case protocol::Command::kVerify:
      return run_verify(core, reply);
    case protocol::Command::kAbort:
      return run_abort(core);
    case protocol::Command::kReboot:
      return {};  // the session restarts the unit once the reply is out
  }
  return base::fail(base::ErrorCode::kUnknownCommand);
}

}  // namespace agent
