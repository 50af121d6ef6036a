// The provisioning agent: takes bytes from the line, executes the commands of a unit's life on the root of
// trust, gives bytes back. No I/O of its own and no clock: an app feeds it (device-agent/app/<target>).
#pragma once

#include "device/board.h"
#include "device/seed_store.h"
#include "protocol/channel.h"
#include "protocol/exchange.h"
#include "protocol/frame.h"

namespace agent {

// Where replies go. Blocking until the bytes are taken is fine.
class Output {
 public:
  virtual void write(base::ByteView bytes) = 0;

 protected:
  ~Output() = default;
};

class Agent {
 public:
  Agent(device::Board& board, Output& output);
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  // Mounts the root of trust, starts the generator, and finishes what a power cut left. A failure does not stop
  // the agent: it is reported by `hello` as the fault, and every command but hello and reboot is refused.
  base::Status start();

  // Bytes from the line, in pieces of any size.
  void receive(base::ByteView bytes);

  // The host asked for a restart (or a fault needs one): the app resets the platform after the output is flushed.
  [[nodiscard]] bool reboot_requested() const;

 private:
  struct Impl;
  alignas(16) uint8_t storage_[16384];
};

}  // namespace agent
