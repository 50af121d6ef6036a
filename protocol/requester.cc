#include "protocol/requester.h"

#include <algorithm>

namespace protocol {

using base::ErrorCode;
using base::fail;

namespace {

// A hello is sent again under another number when the device still has a session of that number.
constexpr size_t kMaxHelloSize = 32;

uint16_t distance(uint16_t from, uint16_t to) { return static_cast<uint16_t>(to - from); }

}  // namespace

// Requests in clear carry no secret, but what was received in the channel's handshake is nobody's business either.
Requester::~Requester() {
  for (Slot& each : slots_) base::secure_wipe(each.bytes);
  base::secure_wipe(receive_buffer_);
}

void Requester::negotiate(uint8_t window, uint16_t max_payload) {
  window_ = std::clamp<size_t>(window, 1, kMaxWindow);
  max_payload_ = std::clamp<size_t>(max_payload, kMinNegotiatedPayload, kMaxNegotiatedPayload);
}

base::Status Requester::check_submit(FrameType type, size_t payload_size) const {
  if (type == FrameType::kHello) {
    if (payload_size > kMaxHelloSize) return fail(ErrorCode::kFrameTooLong);
    return {};
  }
  if (broken_) return fail(ErrorCode::kBadState);
  if (under_way() >= window_) return fail(ErrorCode::kWindowFull);
  if (payload_size > max_payload_) return fail(ErrorCode::kFrameTooLong);
  return {};
}

Result<uint16_t> Requester::submit(FrameType type, ByteView payload) {
  BASE_TRY(check_submit(type, payload.size()));
  if (type == FrameType::kHello) {
    abandon();
    broken_ = false;
    negotiate(1, kMinNegotiatedPayload);
  }
  const uint16_t sequence = next_;
  Slot& target = slot(sequence);
  BASE_ASSIGN(const ByteView wire, encode_frame({static_cast<uint8_t>(type), sequence, payload}, target.bytes));
  target.type = type;
  target.refused = false;
  target.size = static_cast<uint16_t>(wire.size());
  if (idle()) {
    sent_ = 1;
    went_back_ = false;
    ++figures_.round_trips;
  }
  fresh_ = ++next_;
  return sequence;
}

Result<uint16_t> Requester::submit_sealed(Channel& channel, ByteView plaintext) {
  // Before the nonce is spent.
  BASE_TRY(check_submit(FrameType::kSealed, plaintext.size() + kTagSize));
  const auto header = sealed_header(static_cast<uint8_t>(FrameType::kSealed), next_);
  BASE_ASSIGN(const ByteView sealed, channel.seal(header, plaintext, seal_buffer_));
  return submit(FrameType::kSealed, sealed);
}

Result<ByteView> Requester::open_sealed(Channel& channel, const Reply& reply, MutableBytes out) {
  return channel.open(sealed_header(reply_type(FrameType::kSealed), reply.sequence), reply.payload, out);
}

ByteView Requester::pending_output() {
  if (send_ == next_) return {};
  const Slot& next = slot(send_);
  const uint16_t index = distance(base_, send_);
  if (index < sent_up_to_) {
    ++figures_.retries;
  } else {
    sent_up_to_ = static_cast<uint16_t>(index + 1);
  }
  ++send_;
  return ByteView(next.bytes).first(next.size);
}

void Requester::receive(ByteView bytes) {
  for (uint8_t byte : bytes) {
    const auto frame = decoder_.push(byte);
    if (!frame) {
      ++figures_.dropped;
    } else if (frame->has_value()) {
      take(**frame);
    }
  }
}

void Requester::take(const Frame& frame) {
  if (frame.type == reply_type(FrameType::kRefusal)) return take_refusal(frame);
  const uint16_t index = distance(base_, frame.sequence);
  // An answer to what was not sent yet is none: it is of an earlier session.
  if (index >= sent_up_to_ || frame.type != reply_type(slot(frame.sequence).type)) {
    ++figures_.dropped;
    return;
  }
  if (index == 0) return accept(frame, false);
  // The device answers in order, so the reply to the oldest was lost: it is asked for once more.
  ++figures_.dropped;
  go_back();
}

void Requester::take_refusal(const Frame& frame) {
  Refusal refusal;
  const uint16_t index = distance(base_, frame.sequence);
  if (index >= sent_up_to_ || !decode(frame.payload, refusal)) {
    ++figures_.dropped;
    return;
  }
  if (refusal.error == static_cast<uint16_t>(ErrorCode::kSequenceGap)) {
    if (slot(base_).type == FrameType::kHello && sent_ < tries_) return renumber_hello();
    // The device waits for one of ours that was lost.
    if (distance(base_, refusal.expected_sequence) < sent_up_to_) return go_back();
    // It is a late refusal: what it asks for was answered meanwhile.
    if (distance(refusal.expected_sequence, base_) <= 2 * kMaxWindow) {
      ++figures_.dropped;
      return;
    }
  }
  // A refusal of a later request says nothing about the oldest, whose reply was lost.
  if (index != 0) {
    ++figures_.dropped;
    return go_back();
  }
  accept(frame, true);
}

void Requester::accept(const Frame& frame, bool refused) {
  Slot& answered = slot(base_);
  base::copy(answered.bytes, frame.payload);
  answered.size = static_cast<uint16_t>(frame.payload.size());
  answered.refused = refused;
  // It may have arrived while the copy of the next frame to send was still ahead.
  if (send_ == base_) ++send_;
  ++base_;
  --sent_up_to_;
  sent_ = 1;
  went_back_ = false;
  // Nothing behind it will be executed, and its number stays open on the device.
  if (refused) give_up();
}

std::optional<Reply> Requester::next_reply() {
  if (deliver_ == base_) return std::nullopt;
  const Slot& answered = slot(deliver_);
  Reply reply{answered.type, deliver_, ByteView(answered.bytes).first(answered.size), std::nullopt};
  if (answered.refused) {
    Refusal refusal;
    if (decode(reply.payload, refusal)) reply.refusal = refusal;
  }
  ++deliver_;
  return reply;
}

base::Status Requester::on_timeout() {
  if (idle()) return {};
  if (sent_ >= tries_) {
    give_up();
    return fail(ErrorCode::kTimeout);
  }
  ++sent_;
  ++figures_.round_trips;
  went_back_ = false;
  send_ = base_;
  return {};
}

void Requester::go_back() {
  if (went_back_) return;
  went_back_ = true;
  send_ = base_;
}

// Replies that were taken before can still be handed out.
void Requester::give_up() {
  next_ = base_;
  send_ = base_;
  sent_up_to_ = 0;
  broken_ = true;
}

// Starts with a number that no frame on the line bears.
void Requester::abandon() {
  deliver_ = fresh_;
  base_ = fresh_;
  send_ = fresh_;
  next_ = fresh_;
  sent_up_to_ = 0;
  went_back_ = false;
}

void Requester::renumber_hello() {
  Slot& old = slot(base_);
  base::ByteArray<frame_buffer_size(kMaxHelloSize)> buffer;
  FrameDecoder reader(buffer);
  for (uint8_t byte : ByteView(old.bytes).first(old.size)) {
    const auto frame = reader.push(byte);
    if (!frame || !frame->has_value()) continue;
    const ByteView payload = (*frame)->payload;
    const int sent = sent_;
    abandon();
    if (submit(FrameType::kHello, payload)) sent_ = sent + 1;
    return;
  }
}

}  // namespace protocol
