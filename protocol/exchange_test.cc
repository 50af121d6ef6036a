#include "protocol/exchange.h"

#include <gtest/gtest.h>

#include "protocol/exchange_test_support.h"
#include "protocol/psa_test_support.h"
#include "protocol/requester.h"

namespace protocol {
namespace {

using base::ErrorCode;
using test::Bytes;
using test::to_vector;
using Verdict = ReplyCache::Verdict;

Frame request(FrameType type, uint16_t sequence) { return {static_cast<uint8_t>(type), sequence, {}}; }
Frame sealed(uint16_t sequence) { return request(FrameType::kSealed, sequence); }

class ReplyCacheTest : public ::testing::Test {
 protected:
  void answer(uint16_t sequence) { ASSERT_TRUE(cache_.store({0x83, sequence, {}})); }
  void start(uint16_t sequence) {
    cache_.restart(sequence);
    answer(sequence);
  }
  base::ByteArray<4 * frame_wire_size(16)> storage_{};
  ReplyCache cache_{storage_};
};

TEST_F(ReplyCacheTest, NothingButHelloComesFirst) {
  for (uint32_t sequence = 0; sequence < 65536; ++sequence) {
    EXPECT_EQ(cache_.classify(sealed(static_cast<uint16_t>(sequence))), Verdict::kSkipAhead);
  }
  EXPECT_EQ(cache_.classify(request(FrameType::kHello, 77)), Verdict::kExecute);
  EXPECT_EQ(cache_.store({0x83, 0, {}}).error(), ErrorCode::kBadState);
}

// Every distance from the expected number, at every place of the wrap.
TEST_F(ReplyCacheTest, VerdictsAroundTheExpectedNumber) {
  for (const uint16_t hello : {uint16_t{0}, uint16_t{65530}, uint16_t{65535}, uint16_t{32767}, uint16_t{1000}}) {
    start(hello);
    for (uint16_t i = 1; i <= 9; ++i) answer(static_cast<uint16_t>(hello + i));
    const auto next = static_cast<uint16_t>(hello + 10);
    EXPECT_EQ(cache_.expected(), next);
    for (uint32_t back = 0; back < 65536; ++back) {
      const auto verdict = cache_.classify(sealed(static_cast<uint16_t>(next - back)));
      const auto right = back == 0       ? Verdict::kExecute
                         : back <= 4     ? Verdict::kRepeat
                         : back < 0x8000 ? Verdict::kTooOld
                                         : Verdict::kSkipAhead;
      ASSERT_EQ(verdict, right) << back;
    }
  }
}

TEST_F(ReplyCacheTest, StoredRepliesAreTheSentBytes) {
  start(65534);
  std::vector<Bytes> sent;
  for (uint16_t i = 0; i < 12; ++i) {
    const auto sequence = static_cast<uint16_t>(65535 + i);
    const Bytes payload(i, static_cast<uint8_t>(i));
    const auto wire = cache_.store({0x83, sequence, payload});
    ASSERT_TRUE(wire);
    sent.push_back(to_vector(*wire));
    for (size_t back = 0; back < std::min<size_t>(4, sent.size()); ++back) {
      EXPECT_EQ(to_vector(cache_.stored(static_cast<uint16_t>(sequence - back))), sent[sent.size() - 1 - back]);
    }
  }
  EXPECT_TRUE(cache_.stored(65535).empty());
  EXPECT_TRUE(cache_.stored(cache_.expected()).empty());
}

TEST_F(ReplyCacheTest, StoreTakesOnlyTheExpectedNumberAndWhatFits) {
  start(5);
  EXPECT_EQ(cache_.store({0x83, 5, {}}).error(), ErrorCode::kBadState);
  EXPECT_EQ(cache_.store({0x83, 7, {}}).error(), ErrorCode::kBadState);
  const Bytes big(200, 1);
  EXPECT_EQ(cache_.store({0x83, 6, big}).error(), ErrorCode::kBufferTooSmall);
  EXPECT_EQ(cache_.expected(), 6);
  answer(6);
}

TEST_F(ReplyCacheTest, HelloOnceMoreStartsNothingOver) {
  start(40);
  EXPECT_EQ(cache_.classify(request(FrameType::kHello, 40)), Verdict::kRepeat);
  for (uint16_t i = 41; i < 50; ++i) answer(i);
  EXPECT_EQ(cache_.classify(request(FrameType::kHello, 40)), Verdict::kSkipAhead);
  EXPECT_EQ(cache_.classify(request(FrameType::kHello, 41)), Verdict::kExecute);
  EXPECT_EQ(cache_.expected(), 50);
}

// ---- the host half against a device, over a line that the test itself moves the bytes on ----

class RequesterTest : public ::testing::Test {
 protected:
  RequesterTest() { test::start_psa(); }

  std::vector<Bytes> output() {
    std::vector<Bytes> frames;
    for (ByteView bytes = host_.pending_output(); !bytes.empty(); bytes = host_.pending_output()) {
      frames.push_back(to_vector(bytes));
    }
    return frames;
  }
  // All that is to be sent reaches the device; its answers.
  std::vector<Bytes> exchange() {
    std::vector<Bytes> answers;
    for (const Bytes& frame : output()) {
      for (Bytes& answer : device_.receive(frame)) answers.push_back(std::move(answer));
    }
    return answers;
  }
  void deliver(const std::vector<Bytes>& answers) {
    for (const Bytes& answer : answers) host_.receive(answer);
  }
  void open_session() {
    ASSERT_TRUE(host_.submit(FrameType::kHello, {}));
    hello_ = output();
    deliver(device_.receive(hello_[0]));
    ASSERT_TRUE(host_.next_reply());
    host_.negotiate(4, 1024);
    ASSERT_TRUE(host_.submit(FrameType::kHandshake, {}));
    deliver(exchange());
    const auto reply = host_.next_reply();
    ASSERT_TRUE(reply);
    test::start_channel(channel_, base::load_be<uint32_t>(reply->payload.data()), true);
  }
  Result<uint16_t> command(uint32_t number) {
    base::ByteArray<4> plain;
    base::store_be(plain.data(), number);
    return host_.submit_sealed(channel_, plain);
  }
  // The command that the next reply answers; nothing where there is none.
  std::optional<uint32_t> answered() {
    const auto reply = host_.next_reply();
    if (!reply || reply->refusal) return std::nullopt;
    base::ByteArray<64> out;
    const auto plain = Requester::open_sealed(channel_, *reply, out);
    EXPECT_TRUE(plain);
    return base::load_be<uint32_t>(plain->data());
  }
  void run(uint32_t first, uint32_t count) {
    for (uint32_t i = first; i < first + count; ++i) {
      ASSERT_TRUE(command(i));
      deliver(exchange());
      EXPECT_EQ(answered(), i);
    }
  }

  Requester host_{65533};
  test::ExchangeDevice device_;
  Channel channel_;
  std::vector<Bytes> hello_;
};

TEST_F(RequesterTest, PipelinesAWindowInOneRoundTrip) {
  open_session();
  const uint32_t before = host_.figures().round_trips;
  for (uint32_t i = 0; i < 4; ++i) ASSERT_TRUE(command(i));
  EXPECT_FALSE(host_.can_submit());
  EXPECT_EQ(command(4).error(), ErrorCode::kWindowFull);
  deliver(exchange());
  for (uint32_t i = 0; i < 4; ++i) EXPECT_EQ(answered(), i);
  EXPECT_EQ(answered(), std::nullopt);
  EXPECT_EQ(host_.figures().round_trips, before + 1);
  EXPECT_EQ(host_.figures().retries, 0U);
  run(4, 10);
  EXPECT_EQ(device_.executed.size(), 14U);
}

TEST_F(RequesterTest, LostRequestMakesItGoBack) {
  open_session();
  for (uint32_t i = 0; i < 4; ++i) ASSERT_TRUE(command(i));
  auto frames = output();
  ASSERT_EQ(frames.size(), 4U);
  std::vector<Bytes> answers;
  for (size_t i : {0, 2, 3}) {  // the second is lost
    for (const Bytes& answer : device_.receive(frames[i])) answers.push_back(answer);
  }
  deliver(answers);
  // Two refusals ask for the second; it goes back once, with the same bytes.
  const auto again = output();
  EXPECT_EQ(again, std::vector<Bytes>(frames.begin() + 1, frames.end()));
  for (const Bytes& frame : again) deliver(device_.receive(frame));
  for (uint32_t i = 0; i < 4; ++i) EXPECT_EQ(answered(), i);
  EXPECT_EQ(device_.executed, (std::vector<uint32_t>{0, 1, 2, 3}));
  EXPECT_EQ(host_.figures().retries, 3U);
}

TEST_F(RequesterTest, LostReplyIsSentAgainAndNotExecutedAgain) {
  open_session();
  for (uint32_t i = 0; i < 3; ++i) ASSERT_TRUE(command(i));
  auto answers = exchange();
  answers.erase(answers.begin());
  deliver(answers);
  deliver(exchange());
  for (uint32_t i = 0; i < 3; ++i) EXPECT_EQ(answered(), i);
  ASSERT_TRUE(command(3));
  (void)exchange();  // lost with nothing behind it
  EXPECT_TRUE(output().empty());
  ASSERT_TRUE(host_.on_timeout());
  deliver(exchange());
  EXPECT_EQ(answered(), 3U);
  EXPECT_EQ(device_.executed, (std::vector<uint32_t>{0, 1, 2, 3}));
}

TEST_F(RequesterTest, GivesUpAfterItsTries) {
  ASSERT_TRUE(host_.submit(FrameType::kHello, {}));
  const auto first = output();
  for (int i = 1; i < Requester::kDefaultTries; ++i) {
    ASSERT_TRUE(host_.on_timeout());
    EXPECT_EQ(output(), first);
  }
  EXPECT_EQ(host_.on_timeout().error(), ErrorCode::kTimeout);
  EXPECT_TRUE(output().empty());
  EXPECT_EQ(host_.submit(FrameType::kAttest, {}).error(), ErrorCode::kBadState);
  open_session();
  run(0, 2);
}

TEST_F(RequesterTest, RefusalIsDeliveredAndOnlyHelloMayFollow) {
  open_session();
  ASSERT_TRUE(host_.submit(FrameType::kAttest, {}));
  deliver(exchange());
  const auto reply = host_.next_reply();
  ASSERT_TRUE(reply);
  ASSERT_TRUE(reply->refusal);
  EXPECT_EQ(reply->refusal->error, static_cast<uint16_t>(ErrorCode::kUnknownFrameType));
  EXPECT_EQ(reply->request, FrameType::kAttest);
  EXPECT_EQ(command(0).error(), ErrorCode::kBadState);
  open_session();
  run(0, 3);
}

// Replies that were taken before the rest was given up are not lost, and no number is used for two requests.
TEST_F(RequesterTest, GivingUpKeepsRepliesAndSpendsNumbers) {
  open_session();
  for (uint32_t i = 0; i < 3; ++i) ASSERT_TRUE(command(i));
  const auto frames = output();
  deliver(device_.receive(frames[0]));
  while (host_.on_timeout()) (void)output();
  EXPECT_EQ(answered(), 0U);
  EXPECT_EQ(answered(), std::nullopt);
  // 65533 hello, 65534 handshake, 65535 to 1 commands
  const auto hello = host_.submit(FrameType::kHello, {});
  ASSERT_TRUE(hello);
  EXPECT_EQ(*hello, 2);
}

TEST_F(RequesterTest, RestartedDeviceIsNoticed) {
  open_session();
  run(0, 3);
  device_.power_cycle();
  ASSERT_TRUE(command(3));
  for (int i = 0; i < Requester::kDefaultTries; ++i) {
    deliver(exchange());
    if (const auto reply = host_.next_reply()) {
      ASSERT_TRUE(reply->refusal);
      EXPECT_EQ(reply->refusal->error, static_cast<uint16_t>(ErrorCode::kSequenceGap));
      return;
    }
    if (!host_.on_timeout()) return;  // its 0 looked like a late refusal of ours: the time limit tells
  }
  FAIL() << "neither a refusal nor a time-out";
}

TEST_F(RequesterTest, SizesAndNumbersAreChecked) {
  open_session();
  EXPECT_EQ(host_.submit(FrameType::kAttest, Bytes(1025)).error(), ErrorCode::kFrameTooLong);
  EXPECT_EQ(host_.max_plaintext(), 1024 - kTagSize);
  const uint16_t sequence = command(0).value();
  (void)output();
  // Another number, another type, a number that was not sent yet: no answer to this request.
  for (const Frame& frame : {Frame{0x83, static_cast<uint16_t>(sequence - 1), {}}, Frame{0x82, sequence, {}},
                             Frame{0x03, sequence, {}}, Frame{0x83, static_cast<uint16_t>(sequence + 1), {}}}) {
    Bytes wire(32);
    host_.receive(*encode_frame(frame, wire));
  }
  EXPECT_FALSE(host_.next_reply());
  EXPECT_EQ(host_.figures().dropped, 4U);
}

// The number of a new host's hello may be by chance that of the session the device still has.
TEST_F(RequesterTest, HelloWithTheNumberOfAnOldSessionTakesAnother) {
  open_session();
  run(0, 6);
  Requester second(65533);
  ASSERT_TRUE(second.submit(FrameType::kHello, {}));
  for (const Bytes& answer : device_.receive(second.pending_output())) second.receive(answer);
  EXPECT_FALSE(second.next_reply());
  for (const Bytes& answer : device_.receive(second.pending_output())) second.receive(answer);
  const auto reply = second.next_reply();
  ASSERT_TRUE(reply);
  EXPECT_FALSE(reply->refusal);
  EXPECT_EQ(reply->sequence, 65534);
}

// A copy of the session's own hello that arrives late changes nothing.
TEST_F(RequesterTest, LateCopyOfHelloDoesNotDisturbTheSession) {
  open_session();
  for (uint32_t i = 0; i < 12; ++i) {
    run(i, 1);
    deliver(device_.receive(hello_[0]));
    EXPECT_FALSE(host_.next_reply());
  }
  EXPECT_EQ(device_.executed.size(), 12U);
}

// A copy of another session's hello does start over, and then recorded frames bear the expected numbers again. What
// keeps them from being executed is the channel: its nonces went on, and its keys are others after a handshake.
TEST_F(RequesterTest, FramesReplayedAfterAnOldHelloAreNotExecuted) {
  ASSERT_TRUE(host_.submit(FrameType::kHello, {}));
  const auto old_hello = output();
  std::vector<Bytes> recorded;
  const auto send = [&] {
    for (const Bytes& frame : output()) {
      recorded.push_back(frame);
      deliver(device_.receive(frame));
    }
  };
  deliver(device_.receive(old_hello[0]));
  ASSERT_TRUE(host_.next_reply());
  ASSERT_TRUE(host_.submit(FrameType::kHandshake, {}));
  send();
  test::start_channel(channel_, base::load_be<uint32_t>(host_.next_reply()->payload.data()), true);
  for (uint32_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(command(i));
    send();
    ASSERT_EQ(answered(), i);
  }
  // Without the handshake: the running channel's nonces went on.
  (void)device_.receive(Bytes{});
  open_session();
  (void)device_.receive(old_hello[0]);
  for (size_t i = 1; i < recorded.size(); ++i) (void)device_.receive(recorded[i]);
  EXPECT_EQ(device_.executed.size(), 3U);
  // With it: other keys.
  open_session();
  (void)device_.receive(old_hello[0]);
  for (const Bytes& frame : recorded) (void)device_.receive(frame);
  EXPECT_EQ(device_.executed.size(), 3U);
  EXPECT_GT(device_.authentication_failures, 0U);
  // The disturbed host starts a new session and goes on.
  open_session();
  run(3, 3);
  EXPECT_EQ(device_.executed, (std::vector<uint32_t>{0, 1, 2, 3, 4, 5}));
}

TEST_F(RequesterTest, NumbersWrap) {
  open_session();
  // Past 2^16 in one channel would exhaust it, so clear requests turn the wheel most of the way.
  for (uint32_t i = 0; i < 66000; ++i) {
    ASSERT_TRUE(host_.submit(FrameType::kHandshake, {}));
    while (true) {
      const ByteView bytes = host_.pending_output();
      if (bytes.empty()) break;
      deliver(device_.receive(bytes));
    }
    ASSERT_TRUE(host_.next_reply());
  }
  EXPECT_EQ(device_.handshakes, 66001U);
}

}  // namespace
}  // namespace protocol
