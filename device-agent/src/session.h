// The session with a host: frames in, at most one reply out for each, the channel, and which frame may do what.
#pragma once

#include "device-agent/src/core.h"
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

class Session {
 public:
  Session(Core& core, Output& output);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void receive(base::ByteView bytes);
  [[nodiscard]] bool reboot_requested() const { return reboot_; }

 private:
  void take(const protocol::Frame& frame);
  // `reply` is the payload of the reply; an error is why the request is refused, and leaves the sequence where it is.
  base::Status execute(const protocol::Frame& frame, base::ByteView& reply);
  AGENT_OWN_STACK base::Status hello(const protocol::Frame& frame, base::ByteView& reply);
  AGENT_OWN_STACK base::Status handshake(const protocol::Frame& frame, base::ByteView& reply);
  AGENT_OWN_STACK base::Status answer_handshake(const protocol::HandshakeRequest& request, protocol::BatchBlock& batch,
                                                base::ByteView& reply);
  AGENT_OWN_STACK base::Status attest(const protocol::Frame& frame, base::ByteView& reply);
  base::Status clear_reboot();
  AGENT_OWN_STACK base::Status sealed(const protocol::Frame& frame, base::ByteView& reply);
  AGENT_OWN_STACK base::Status session_state(base::ByteView& state);
  void refuse(const protocol::Frame& frame, base::ErrorCode error);
  [[nodiscard]] base::Status may_work() const;
  void note(base::ErrorCode error);

  // Where replies are made: the request that lies there is done with by then.
  [[nodiscard]] base::MutableBytes reply_space() { return base::MutableBytes(frame_).first(kMaxReply); }

  Core& core_;
  Output& output_;
  protocol::Channel channel_;
  // A request as it arrived, then the reply to it.
  base::ByteArray<kMaxPayload + protocol::kFrameHeaderSize + protocol::kFrameCrcSize> frame_{};
  base::ByteArray<protocol::ReplyCache::kWindow * protocol::frame_wire_size(kMaxReply)> cache_storage_{};
  protocol::Digest hello_{};  // of the last hello reply: the channel's prologue binds it. Zeros before the first
  protocol::FrameDecoder decoder_;
  protocol::ReplyCache cache_;
  bool reboot_ = false;
};

}  // namespace agent
