// A host for tests of the relay's device half: answers with whatever the test wants, over a line that loses and
// damages frames, on a clock that only moves when somebody waits.
#pragma once

#include <deque>
#include <functional>
#include <vector>

#include "base/host/bytes_host.h"
#include "client/port/relay/relay_stream.h"

namespace client {

class VirtualClock final : public Clock {
 public:
  std::optional<uint64_t> wall_seconds() override { return std::nullopt; }
  uint64_t monotonic_ms() override { return now; }
  bool sleep_ms(uint64_t milliseconds) override {
    now += milliseconds;
    return true;
  }
  uint64_t now = UINT32_MAX - 700;  // so that differences of 32 bits cross their wrap in every test
};

class FakeHost final : public Serial {
 public:
  explicit FakeHost(VirtualClock& clock) : clock_(clock) {}

  // The reply to a request that is executed; data of it must live until the next call.
  std::function<protocol::RelayReply(const protocol::RelayRequest&)> execute;
  // Change what passes; an empty result is a frame that is lost.
  std::function<base::Bytes(base::Bytes)> to_host = [](base::Bytes bytes) { return bytes; };
  std::function<base::Bytes(base::Bytes)> to_device = [](base::Bytes bytes) { return bytes; };
  bool has_left = false;  // nobody answers

  std::vector<protocol::RelayOperation> executed;
  size_t frames = 0;     // that the device sent
  size_t damaged = 0;    // that were none any more
  size_t most_wait = 0;  // longest read that was asked for

  // Puts bytes on the line to the device.
  void put(base::ByteView bytes) { queue_.insert(queue_.end(), bytes.begin(), bytes.end()); }
  void put_reply(uint16_t sequence, base::ByteView payload) {
    base::Bytes wire(4096);
    const protocol::Frame frame{protocol::reply_type(protocol::FrameType::kRelay), sequence, payload};
    put(*protocol::encode_frame(frame, wire));
  }

  size_t read(base::MutableBytes out, uint32_t limit_ms) override {
    most_wait = std::max<size_t>(most_wait, limit_ms);
    if (queue_.empty()) {
      clock_.now += limit_ms;
      return 0;
    }
    const size_t size = std::min({out.size(), queue_.size(), size_t{7}});  // in pieces, as a line gives them
    for (size_t i = 0; i < size; ++i) {
      out[i] = queue_.front();
      queue_.pop_front();
    }
    return size;
  }

  void write(base::ByteView bytes) override {
    ++frames;
    if (has_left) return;
    for (const uint8_t byte : to_host(base::Bytes(bytes.begin(), bytes.end()))) {
      const auto frame = decoder_.push(byte);
      if (!frame) ++damaged;
      if (!frame || !*frame) continue;
      put(to_device(reply_to(**frame)));
    }
  }

  uint16_t last_sequence = 0;

 private:
  base::Bytes reply_to(const protocol::Frame& frame) {
    last_sequence = frame.sequence;
    if (const base::ByteView again = replies_.repeated(frame); !again.empty()) return {again.begin(), again.end()};
    protocol::RelayRequest request;
    if (!protocol::decode(frame.payload, request)) std::abort();  // the device half never sends one that is wrong
    executed.push_back(request.operation);
    const protocol::RelayReply reply = execute ? execute(request) : protocol::RelayReply{};
    const base::ByteView wire = *replies_.store(frame, reply);
    return {wire.begin(), wire.end()};
  }

  VirtualClock& clock_;
  std::deque<uint8_t> queue_;
  base::Bytes buffer_ = base::Bytes(2048);
  protocol::FrameDecoder decoder_{buffer_};
  protocol::RelayReplyStore replies_;
};

}  // namespace client
