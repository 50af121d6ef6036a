// Requests and replies over frames with at-most-once execution and pipelining; no I/O, no clock of
// its own. The host half retransmits, the device half never executes a sequence number twice.
#pragma once

#include "protocol/frame.h"

namespace protocol {

// Device half. Feed it the frames; it says whether to execute, and keeps the wire bytes of the last
// `kWindow` replies so that a repeated request is answered without being executed again.
//
// `hello` may carry any sequence number and sets it; every other frame must carry the next one. A frame
// that skips ahead is refused with the number that is expected (the host then goes back to it).
class ReplyCache {
 public:
  static constexpr size_t kWindow = 4;

  // `storage`: shared evenly by kWindow replies, each up to frame_wire_size(max reply payload).
  explicit ReplyCache(MutableBytes storage) : storage_(storage) {}

  enum class Verdict : uint8_t { kExecute, kRepeat, kSkipAhead, kTooOld };
  [[nodiscard]] Verdict classify(const Frame& request) const;
  // The stored wire bytes of the reply to `sequence`; empty where classify() did not say kRepeat.
  [[nodiscard]] ByteView stored(uint16_t sequence) const;
  // Starts at a new hello: forgets all replies, the next request is `sequence` + 1.
  void restart(uint16_t sequence);
  // Encodes the reply to `sequence`, stores it, moves on to the next number and returns its wire bytes.
  [[nodiscard]] Result<ByteView> store(const Frame& reply);
  [[nodiscard]] uint16_t expected() const { return expected_; }

 private:
  MutableBytes storage_;
  std::array<uint16_t, kWindow> sizes_{};
  uint16_t expected_ = 0;
  uint16_t stored_count_ = 0;
};

}  // namespace protocol
