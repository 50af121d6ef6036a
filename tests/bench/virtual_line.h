// The tool's link to a virtual board, in the board's own time: the host answers at once, the line and the adapter take
// what they take, and the same seeds give the same figures.
#pragma once

#include "factory-tool/transport/link.h"
#include "virtual-board/board.h"

namespace bench {

class VirtualLine final : public factory::Link {
 public:
  // `latency`: what a USB adapter gathers bytes for, from the first of a burst, before the host sees them; 0: each byte
  // when its stop bit is over.
  VirtualLine(virtual_board::Board& board, virtual_board::Time latency) : board_(board), latency_(latency) {}

  base::Outcome<void> write(base::ByteView bytes) override;
  // Waits kPatience of virtual time, whatever `limit` is: the host's clock has no part in this.
  base::Outcome<base::Bytes> read(std::chrono::milliseconds limit) override;
  std::string name() const override { return "virtual board"; }

  // Virtual time in which the device had nothing to do but wait for the adapter to hand its answer to the host.
  [[nodiscard]] virtual_board::Time waited_for_host() const { return waited_; }

 private:
  static constexpr virtual_board::Time kPatience = 60 * virtual_board::kSecond;
  base::Bytes take();

  virtual_board::Board& board_;
  virtual_board::Time latency_;
  virtual_board::Time waited_ = 0;
};

}  // namespace bench
