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
  // The payload of the reply, or why the request is refused. A refusal leaves the sequence where it is.
  using Reply = base::Result<base::ByteView>;

  void take(const protocol::Frame& frame);
  Reply execute(const protocol::Frame& frame);
  Reply hello(const protocol::Frame& frame);
  Reply handshake(const protocol::Frame& frame);
  Reply answer_handshake(const protocol::HandshakeRequest& request, protocol::BatchBlock& batch);
  Reply attest(const protocol::Frame& frame);
  Reply clear_reboot();
  Reply sealed(const protocol::Frame& frame);
  base::Result<base::ByteView> session_state();
  void refuse(const protocol::Frame& frame, base::ErrorCode error);
  [[nodiscard]] base::Status may_work() const;
  void note(base::ErrorCode error);

  // Largest hello reply: fixed fields, board and version names; see hello().
  static constexpr size_t kMaxHello = 192;

  Core& core_;
  Output& output_;
  protocol::Channel channel_;
  // A request as it arrived; a sealed reply is built in the same place once the request is done.
  base::ByteArray<kMaxPayload + protocol::kFrameHeaderSize + protocol::kFrameCrcSize> frame_{};
  base::ByteArray<kMaxReply> reply_{};
  base::ByteArray<protocol::ReplyCache::kWindow * protocol::frame_wire_size(kMaxReply)> cache_storage_{};
  base::ByteArray<kMaxHello> hello_{};  // the last hello reply: the channel's prologue binds it
  size_t hello_size_ = 0;               // 0: no hello since power-up
  protocol::FrameDecoder decoder_;
  protocol::ReplyCache cache_;
  bool reboot_ = false;
};

}  // namespace agent
