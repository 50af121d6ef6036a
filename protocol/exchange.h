// The device half of the exchange: at-most-once execution of pipelined requests. No I/O, no clock.
// The host half is requester.h; SPEC.md, section 3, gives the rules of both and why they hold.
#pragma once

#include "protocol/frame.h"

namespace protocol {

// Most requests that may be under way at once; a power of two, so that slots survive the wrap of the numbers.
inline constexpr size_t kMaxWindow = 4;

// Feed it the frames; it says whether to execute, and keeps the wire bytes of the last `kWindow` replies so that a
// repeated request is answered without being executed again.
//
// `hello` may carry any sequence number and sets it; every other frame must carry the next one. A frame
// that skips ahead is refused with the number that is expected (the host then goes back to it).
class ReplyCache {
 public:
  static constexpr size_t kWindow = kMaxWindow;

  // `storage`: shared evenly by kWindow replies, each up to frame_wire_size(max reply payload).
  explicit ReplyCache(MutableBytes storage) : storage_(storage) {}

  // kExecute: the next request, or a new hello (call restart() first). kRepeat: send stored() again. kSkipAhead: refuse
  // with kSequenceGap and expected(). kTooOld: a late copy of what was answered long ago; say nothing.
  enum class Verdict : uint8_t { kExecute, kRepeat, kSkipAhead, kTooOld };
  [[nodiscard]] Verdict classify(const Frame& request) const;
  // The stored wire bytes of the reply to `sequence`; empty where classify() did not say kRepeat.
  [[nodiscard]] ByteView stored(uint16_t sequence) const;
  // Starts at a new hello, before its reply is stored: forgets all replies.
  void restart(uint16_t sequence);
  // Encodes the reply to `reply.sequence`, which must be the expected one, stores it, moves on to the next number and
  // returns its wire bytes. kBadState: another number; kBufferTooSmall: the reply exceeds its share of the storage.
  [[nodiscard]] Result<ByteView> store(const Frame& reply);
  // The next number to be executed; 0 before the first hello.
  [[nodiscard]] uint16_t expected() const { return expected_; }

 private:
  [[nodiscard]] MutableBytes slot(uint16_t sequence) const;

  MutableBytes storage_;
  std::array<uint16_t, kWindow> sizes_{};
  uint16_t hello_ = 0;  // the number of the hello that started this sequence
  uint16_t expected_ = 0;
  uint8_t stored_count_ = 0;
  bool started_ = false;
};

}  // namespace protocol
