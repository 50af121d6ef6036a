#include "tests/bench/virtual_line.h"

namespace bench {

using virtual_board::LineByte;
using virtual_board::StopReason;
using virtual_board::Time;

base::Outcome<void> VirtualLine::write(base::ByteView bytes) {
  board_.line_in(bytes);
  return {};
}

base::Bytes VirtualLine::take() {
  base::Bytes bytes;
  for (const LineByte& byte : board_.take_line_out()) bytes.push_back(byte.value);
  return bytes;
}

base::Outcome<base::Bytes> VirtualLine::read(std::chrono::milliseconds /*limit*/) {
  base::Bytes bytes = take();
  if (bytes.empty() && board_.run(board_.now() + kPatience, true) == StopReason::kLockup) {
    return base::failure(base::ErrorCode::kLinkLost, "the board stopped: " + board_.trouble(), name());
  }
  if (latency_ != 0) {
    const Time asleep = board_.counters().asleep;
    (void)board_.run(board_.now() + latency_);
    waited_ += board_.counters().asleep - asleep;
  }
  const base::Bytes more = take();
  bytes.insert(bytes.end(), more.begin(), more.end());
  return bytes;
}

}  // namespace bench
