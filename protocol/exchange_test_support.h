// A device for the tests of the exchange: executes commands behind a ReplyCache and a channel, as the agent does,
// and writes down what it executed. Its handshake is reduced to new keys for every one that is executed.
#pragma once

#include <gtest/gtest.h>

#include "protocol/crypto.h"
#include "protocol/requester.h"
#include "protocol/vector_file_test_support.h"

namespace protocol::test {

// Keys of handshake number `count`; both ends derive them.
inline void start_channel(Channel& channel, uint32_t count, bool host) {
  const Digest to_device = Sha256("to device").be(count).finish();
  const Digest to_host = Sha256("to host").be(count).finish();
  host ? channel.start(to_device, to_host) : channel.start(to_host, to_device);
}

class ExchangeDevice {
 public:
  // Wire bytes of all answers, one element a frame.
  std::vector<Bytes> receive(ByteView bytes) {
    std::vector<Bytes> answers;
    for (uint8_t byte : bytes) {
      const auto frame = decoder_.push(byte);
      if (!frame || !frame->has_value()) continue;
      Bytes answer = take(**frame);
      if (!answer.empty()) answers.push_back(std::move(answer));
    }
    return answers;
  }
  // Contents of the sealed commands, in the order of their execution.
  std::vector<uint32_t> executed;
  uint32_t handshakes = 0;
  uint32_t authentication_failures = 0;
  const ReplyCache& cache() const { return cache_; }
  void power_cycle() {
    channel_.close();
    cache_ = ReplyCache(storage_);
    decoder_.reset();
  }

 private:
  Bytes take(const Frame& frame) {
    switch (cache_.classify(frame)) {
      case ReplyCache::Verdict::kRepeat:
        return to_vector(cache_.stored(frame.sequence));
      case ReplyCache::Verdict::kTooOld:
        return {};
      case ReplyCache::Verdict::kSkipAhead:
        return refuse(frame, base::ErrorCode::kSequenceGap);
      case ReplyCache::Verdict::kExecute:
        break;
    }
    switch (static_cast<FrameType>(frame.type)) {
      case FrameType::kHello:
        cache_.restart(frame.sequence);
        return answer(frame, {});
      case FrameType::kHandshake: {
        start_channel(channel_, ++handshakes, false);
        base::ByteArray<4> count;
        base::store_be(count.data(), handshakes);
        return answer(frame, count);
      }
      case FrameType::kSealed:
        return execute(frame);
      default:
        return refuse(frame, base::ErrorCode::kUnknownFrameType);
    }
  }
  Bytes execute(const Frame& frame) {
    base::ByteArray<64> plain;
    const auto command = channel_.open(sealed_header(frame.type, frame.sequence), frame.payload, plain);
    if (!command) {
      ++authentication_failures;
      return refuse(frame, command.error());
    }
    executed.push_back(base::load_be<uint32_t>(command->data()));
    base::ByteArray<64> sealed;
    const auto reply = channel_.seal(sealed_header(frame.type | kReplyBit, frame.sequence), *command, sealed);
    EXPECT_TRUE(reply);
    return answer(frame, *reply);
  }
  Bytes answer(const Frame& request, ByteView payload) {
    const auto wire = cache_.store({static_cast<uint8_t>(request.type | kReplyBit), request.sequence, payload});
    EXPECT_TRUE(wire);
    return to_vector(*wire);
  }
  Bytes refuse(const Frame& request, base::ErrorCode error) {
    base::ByteArray<32> payload;
    const auto encoded = encode(Refusal{static_cast<uint16_t>(error), cache_.expected()}, payload);
    Bytes wire(64);
    wire.resize(encode_frame({reply_type(FrameType::kRefusal), request.sequence, *encoded}, wire)->size());
    return wire;
  }

  Channel channel_;
  base::ByteArray<frame_buffer_size(256)> buffer_{};
  FrameDecoder decoder_{buffer_};
  base::ByteArray<4 * frame_wire_size(128)> storage_{};
  ReplyCache cache_{storage_};
};

}  // namespace protocol::test
