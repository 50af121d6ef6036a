// The provisioning agent: takes bytes from the line, executes the commands of a unit's life on the root of
// trust, gives bytes back. No I/O of its own and no clock: an app feeds it (device-agent/app/<target>).
#pragma once

#include "device-agent/src/core.h"
#include "device-agent/src/session.h"

namespace agent {

class Agent {
 public:
  Agent(device::Board& board, Output& output);
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  // Mounts the root of trust, starts the generator, and finishes what a power cut left. A failure does not stop
  // the agent: it is reported by `hello` as the fault, and every command but hello and reboot is refused.
  // Once, before anything is received. Errors: those of Rot::mount() and Generator::start(); kUnseeded only on a
  // unit that had a seed before; kCrypto; what Board::wipe_batch_block() reports.
  base::Status start();

  // Bytes from the line, in pieces of any size.
  void receive(base::ByteView bytes) { session_.receive(bytes); }

  // The host asked for a restart (or a fault needs one): the app resets the platform after the output is flushed.
  [[nodiscard]] bool reboot_requested() const { return session_.reboot_requested(); }

  // For the app's log: nothing secret in them.
  [[nodiscard]] rot::Lifecycle lifecycle() const { return core_.rot.lifecycle(); }
  [[nodiscard]] bool is_seeded() const { return core_.generator.ready(); }

 private:
  base::Status start_parts();

  Core core_;
  Session session_;
};

}  // namespace agent
