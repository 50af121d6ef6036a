#include "protocol/exchange.h"

namespace protocol {

using base::ErrorCode;
using base::fail;

static_assert(65536 % ReplyCache::kWindow == 0, "slots are numbered by the sequence number, which wraps");

MutableBytes ReplyCache::slot(uint16_t sequence) const {
  const size_t share = storage_.size() / kWindow;
  return storage_.subspan(sequence % kWindow * share, share);
}

ReplyCache::Verdict ReplyCache::classify(const Frame& request) const {
  const bool is_hello = request.type == static_cast<uint8_t>(FrameType::kHello);
  if (!started_) return is_hello ? Verdict::kExecute : Verdict::kSkipAhead;
  // Distance back from the next number, modulo 2^16.
  const uint16_t behind = static_cast<uint16_t>(expected_ - request.sequence);
  if (is_hello && request.sequence != hello_) return Verdict::kExecute;
  if (behind != 0 && behind <= stored_count_) return Verdict::kRepeat;
  if (behind == 0) return Verdict::kExecute;
  // The hello of this very sequence, once more: it must not start over. A host that by chance took the same number for
  // a new session learns so from the refusal and takes another.
  if (is_hello) return Verdict::kSkipAhead;
  return behind < 0x8000 ? Verdict::kTooOld : Verdict::kSkipAhead;
}

ByteView ReplyCache::stored(uint16_t sequence) const {
  const uint16_t behind = static_cast<uint16_t>(expected_ - sequence);
  if (behind == 0 || behind > stored_count_) return {};
  return slot(sequence).first(sizes_[sequence % kWindow]);
}

void ReplyCache::restart(uint16_t sequence) {
  hello_ = sequence;
  expected_ = sequence;  // store() moves on
  stored_count_ = 0;
  started_ = true;
}

Result<ByteView> ReplyCache::store(const Frame& reply) {
  if (!started_ || reply.sequence != expected_) return fail(ErrorCode::kBadState);
  BASE_ASSIGN(const ByteView wire, encode_frame(reply, slot(reply.sequence)));
  sizes_[reply.sequence % kWindow] = static_cast<uint16_t>(wire.size());
  ++expected_;
  if (stored_count_ < kWindow) ++stored_count_;
  return wire;
}

}  // namespace protocol
