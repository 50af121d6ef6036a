// What the relay needs of a board: its serial line to the host.
#pragma once

#include "base/bytes.h"

namespace client {

class Serial {
 public:
  // Waits until at least one byte has arrived, at most `limit_ms`, and returns how many were put into `out`; 0: the
  // time passed. The relay never asks for more than kMaxSerialWait at once, so a watchdog can be served around it.
  virtual size_t read(base::MutableBytes out, uint32_t limit_ms) = 0;
  // Sends all bytes; they may be changed once it returns. A line that takes none loses them: the relay sends again.
  virtual void write(base::ByteView bytes) = 0;

 protected:
  ~Serial() = default;
};

inline constexpr uint32_t kMaxSerialWait = 1000;  // milliseconds

}  // namespace client
