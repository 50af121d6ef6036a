// The host half of the exchange: numbers requests, keeps their bytes until they are answered, goes back and sends
// them again. No I/O, no clock: the caller moves the bytes and says when it has waited long enough.
//
//   submit...  ->  while (!(bytes = pending_output()).empty()) write(bytes)
//              ->  bytes arrive: receive(bytes); nothing arrives in time: on_timeout(), then write again
//              ->  while (auto reply = next_reply()) ...
#pragma once

#include "protocol/channel.h"
#include "protocol/exchange.h"

namespace protocol {

struct Reply {
  FrameType request{};  // what it answers
  uint16_t sequence = 0;
  ByteView payload;                // valid until the next call of submit, receive or next_reply
  std::optional<Refusal> refusal;  // the device did not execute the request; only a new hello may follow
};

struct RequesterFigures {
  uint32_t round_trips = 0;  // times that the line went from idle to waiting, and every wait that was in vain
  uint32_t retries = 0;      // frames that were sent again
  uint32_t dropped = 0;      // frames that were damaged, late or answered nothing that was asked
};

class Requester {
 public:
  static constexpr int kDefaultTries = 5;

  // `first_sequence`: random, so that frames of an earlier session on the line answer nothing of this one.
  // `tries`: how often a request is sent before on_timeout() gives up.
  explicit Requester(uint16_t first_sequence, int tries = kDefaultTries)
      : tries_(tries),
        deliver_(first_sequence),
        base_(first_sequence),
        send_(first_sequence),
        next_(first_sequence),
        fresh_(first_sequence) {}
  ~Requester();
  Requester(const Requester&) = delete;
  Requester& operator=(const Requester&) = delete;

  // What the hello reply allows; before it, one request of kMinNegotiatedPayload at a time.
  void negotiate(uint8_t window, uint16_t max_payload);

  // Takes a request in clear and returns its sequence number. A hello abandons whatever was under way.
  // kWindowFull: take replies first; kFrameTooLong: more than was negotiated; kBadState: a refusal was delivered, so
  // that both ends no longer agree on the numbers, and this is no hello.
  [[nodiscard]] Result<uint16_t> submit(FrameType type, ByteView payload);
  // Seals `plaintext` with the next nonce and takes it as a kSealed request. Sealed once: what is sent again is the
  // same bytes. The errors of submit and of Channel::seal.
  [[nodiscard]] Result<uint16_t> submit_sealed(Channel& channel, ByteView plaintext);
  // Opens the payload of a kSealed reply. Call it for each reply in turn. The errors of Channel::open.
  [[nodiscard]] static Result<ByteView> open_sealed(Channel& channel, const Reply& reply, MutableBytes out);

  // The next frame to put on the line, which counts as sent; empty when there is none. Valid until the next call.
  [[nodiscard]] ByteView pending_output();
  // Bytes from the line, in pieces of any size.
  void receive(ByteView bytes);
  // The next reply in the order of the requests.
  [[nodiscard]] std::optional<Reply> next_reply();
  // Nothing came within the caller's limit: everything unanswered is to be sent again.
  // kTimeout: the oldest was sent as often as it may; what is unanswered is given up, only a hello may follow.
  [[nodiscard]] base::Status on_timeout();

  [[nodiscard]] bool idle() const { return base_ == next_; }  // nothing is unanswered
  [[nodiscard]] bool can_submit() const { return !broken_ && under_way() < window_; }
  // Room for the plaintext of a sealed request.
  [[nodiscard]] size_t max_plaintext() const { return max_payload_ - kTagSize; }
  [[nodiscard]] const RequesterFigures& figures() const { return figures_; }

 private:
  // One request; once it is answered, `bytes` holds the reply's payload in place of the request's frame.
  struct Slot {
    FrameType type{};
    uint16_t size = 0;
    bool refused = false;
    base::ByteArray<frame_wire_size(kMaxNegotiatedPayload)> bytes;
  };

  [[nodiscard]] base::Status check_submit(FrameType type, size_t payload_size) const;
  [[nodiscard]] Slot& slot(uint16_t sequence) { return slots_[sequence % kMaxWindow]; }
  [[nodiscard]] size_t under_way() const { return static_cast<uint16_t>(next_ - deliver_); }
  void take(const Frame& frame);
  void take_refusal(const Frame& frame);
  void accept(const Frame& frame, bool refused);
  void go_back();
  void give_up();
  void abandon();
  void renumber_hello();

  int tries_;
  // Four marks on the sequence numbers, each at or behind the next, modulo 2^16: the oldest reply that was not handed
  // out, the oldest request without a reply; then the next to be put on the line, and the next free number.
  uint16_t deliver_;
  uint16_t base_;
  uint16_t send_;
  uint16_t next_;
  uint16_t fresh_;           // was never used; ahead of next_ where requests were given up
  uint16_t sent_up_to_ = 0;  // requests from base_ on that were on the line at least once
  size_t window_ = 1;
  size_t max_payload_ = kMinNegotiatedPayload;
  int sent_ = 1;            // times that the oldest unanswered request was sent
  bool went_back_ = false;  // since the last progress or time-out: once is enough
  bool broken_ = false;
  RequesterFigures figures_;
  std::array<Slot, kMaxWindow> slots_{};
  base::ByteArray<frame_buffer_size(kMaxNegotiatedPayload)> receive_buffer_;
  base::ByteArray<kMaxNegotiatedPayload> seal_buffer_;
  FrameDecoder decoder_{receive_buffer_};
};

}  // namespace protocol
