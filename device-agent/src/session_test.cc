// Frames and channel: who gets in, and what replays, tampering, loss and faults do.
#include <gtest/gtest.h>

#include <algorithm>

#include "device-agent/src/channel_blinding.h"
#include "tests/cuts/hooked_chip.h"
#include "tests/support/ram_unit.h"

namespace agent {
namespace {

using base::Bytes;
using base::ByteView;
using base::ErrorCode;
using protocol::Command;
using protocol::FrameType;
using test::TestHost;

class SessionTest : public testing::Test {
 protected:
  SessionTest() : station(1), unit(&station.batch, 1), host(unit, station), plan(test::make_plan(1)) {
    EXPECT_TRUE(unit.power_on());
  }

  static Bytes envelope(Command command, ByteView body) {
    protocol::CommandEnvelope message;
    message.command = command;
    message.body = body;
    Bytes out(protocol::kMinNegotiatedPayload);
    const auto encoded = protocol::encode(message, out);
    EXPECT_TRUE(encoded);
    return base::to_bytes(*encoded);
  }
  Bytes seed_envelope() const {
    const Bytes seed(protocol::kSeedSize, 0x5A);
    protocol::SeedRequest request;
    request.transaction = plan.transaction;
    request.seed = seed;
    Bytes body(256);
    const auto encoded = protocol::encode(request, body);
    EXPECT_TRUE(encoded);
    return envelope(Command::kSeed, *encoded);
  }
  // The error of a refusal frame; kOk: another frame, or none.
  static ErrorCode refusal_in(ByteView wire, uint16_t* expected = nullptr) {
    protocol::Frame frame;
    Bytes storage;
    protocol::Refusal refusal;
    if (!TestHost::parse(wire, frame, storage) || frame.type != 0xFF || !protocol::decode(frame.payload, refusal)) {
      return ErrorCode::kOk;
    }
    if (expected != nullptr) *expected = refusal.expected_sequence;
    return static_cast<ErrorCode>(refusal.error);
  }
  static Bytes framed(uint8_t type, uint16_t sequence, ByteView payload) {
    Bytes wire(protocol::frame_wire_size(payload.size()));
    const auto encoded = protocol::encode_frame({type, sequence, payload}, wire);
    EXPECT_TRUE(encoded);
    wire.resize(encoded->size());
    return wire;
  }
  void open_channel() {
    ASSERT_TRUE(host.hello());
    ASSERT_TRUE(host.handshake());
  }
  bool seeded() { return unit.agent().is_seeded(); }

  test::TestStation station;
  test::RamUnit unit;
  TestHost host;
  test::UnitPlan plan;
};

// ---- who gets in ----

TEST_F(SessionTest, UnknownStation) {
  test::TestStation other(2);
  other.batch.secret = station.batch.secret;
  TestHost stranger(unit, other);
  ASSERT_TRUE(stranger.hello());
  const auto before = unit.chip.snapshot();
  EXPECT_EQ(stranger.handshake().error(), ErrorCode::kUnknownStation);
  EXPECT_TRUE(test::same_image(before, unit.chip.snapshot()));
}

TEST_F(SessionTest, WrongBatchSecretSpendsNoSessionCounter) {
  ASSERT_TRUE(host.hello());
  station.batch.secret[0] ^= 1;
  const auto before = unit.chip.snapshot();
  EXPECT_EQ(host.handshake().error(), ErrorCode::kHandshakeFailed);
  EXPECT_TRUE(test::same_image(before, unit.chip.snapshot()));
}

// The public key of the right station, but not its private key: the device answers, and its answer opens nothing.
TEST_F(SessionTest, StationWithoutItsPrivateKey) {
  test::TestStation thief(2);
  thief.batch.secret = station.batch.secret;
  thief.public_key = station.public_key;
  TestHost stranger(unit, thief);
  ASSERT_TRUE(stranger.hello());
  EXPECT_EQ(stranger.handshake().error(), ErrorCode::kHandshakeFailed);
  EXPECT_FALSE(stranger.channel.is_open());
}

TEST_F(SessionTest, UnpatchedImage) {
  test::RamUnit blank(nullptr, 2);
  ASSERT_TRUE(blank.power_on());
  TestHost other(blank, station);
  const auto hello = other.hello();
  ASSERT_TRUE(hello);
  EXPECT_FALSE(hello->batch);
  EXPECT_EQ(other.handshake().error(), ErrorCode::kNoBatch);
}

TEST_F(SessionTest, ChangedHelloFailsTheHandshake) {
  class Liar final : public test::BytePipe {
   public:
    explicit Liar(test::RamUnit& under) : unit_(under) {}
    void send(ByteView bytes) override { unit_.send(bytes); }
    // Tells the host another board in the hello, in a frame that is good.
    Bytes receive() override {
      Bytes wire = unit_.receive();
      protocol::Frame frame;
      Bytes storage;
      if (!TestHost::parse(wire, frame, storage) || frame.type != 0x81) return wire;
      Bytes payload = base::to_bytes(frame.payload);
      const std::string_view board = "ram";
      const auto at = std::search(payload.begin(), payload.end(), board.begin(), board.end());
      EXPECT_NE(at, payload.end());
      *at = 'R';
      return framed(frame.type, frame.sequence, payload);
    }

   private:
    test::RamUnit& unit_;
  };
  Liar liar(unit);
  TestHost victim(liar, station);
  const auto hello = victim.hello();
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->board, "Ram");
  EXPECT_EQ(victim.handshake().error(), ErrorCode::kHandshakeFailed);
}

// ---- a chip without a seed ----

TEST_F(SessionTest, HandshakeBlindingIsNoGenerator) {
  open_channel();
  uint8_t byte = 0;
  EXPECT_EQ(psa_generate_random(&byte, 1), PSA_ERROR_INSUFFICIENT_ENTROPY);
  psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
  psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
  psa_set_key_bits(&attributes, 256);
  psa_key_id_t key = PSA_KEY_ID_NULL;
  EXPECT_EQ(psa_generate_key(&attributes, &key), PSA_ERROR_INSUFFICIENT_ENTROPY);
  EXPECT_FALSE(seeded());
}

TEST_F(SessionTest, BlindingIsScopedAndBounded) {
  entropy::RandomSource* const before = entropy::psa_random_source();
  base::ByteArray<32> scalar{};
  Bytes first(64);
  Bytes second(64);
  {
    ChannelBlinding blinding(scalar);
    EXPECT_EQ(entropy::psa_random_source(), &blinding);
    ASSERT_TRUE(blinding.generate(first));
    ASSERT_TRUE(blinding.generate(second));
    EXPECT_NE(first, second);
    Bytes rest(ChannelBlinding::kLimit - 128 + 1);
    EXPECT_EQ(blinding.generate(rest).error(), ErrorCode::kUnseeded);
  }
  EXPECT_EQ(entropy::psa_random_source(), before);
  scalar[0] = 1;
  ChannelBlinding other(scalar);
  Bytes third(64);
  ASSERT_TRUE(other.generate(third));
  EXPECT_NE(first, third);
}

// What a line recorder has of a whole session does nothing to the same chip after a restart: the session counter gives
// it other keys.
TEST_F(SessionTest, RecordedSessionIsWorthless) {
  class Recorder final : public test::BytePipe {
   public:
    explicit Recorder(test::RamUnit& under) : unit_(under) {}
    void send(ByteView bytes) override {
      sent.push_back(base::to_bytes(bytes));
      unit_.send(bytes);
    }
    Bytes receive() override {
      Bytes got = unit_.receive();
      if (!got.empty()) received.push_back(got);
      return got;
    }
    std::vector<Bytes> sent;
    std::vector<Bytes> received;

   private:
    test::RamUnit& unit_;
  };
  Recorder recorder(unit);
  TestHost victim(recorder, station);
  ASSERT_TRUE(victim.hello());
  ASSERT_TRUE(victim.handshake());
  (void)victim.exchange_raw(victim.next_wire(FrameType::kSealed, seed_envelope()));
  ASSERT_TRUE(seeded());
  ASSERT_EQ(recorder.sent.size(), 3U);

  // The same chip, as if the session had only been opened: the seed is gone, the counter stays.
  unit.power_off();
  test::RamUnit again(&station.batch, 1);
  ASSERT_TRUE(again.power_on());
  TestHost first(again, station);
  ASSERT_TRUE(first.hello());
  ASSERT_TRUE(first.handshake());
  ASSERT_TRUE(again.reset());
  again.send(recorder.sent[0]);
  EXPECT_EQ(again.receive(), recorder.received[0]);  // nothing secret or fresh in a hello
  again.send(recorder.sent[1]);
  const Bytes handshake = again.receive();
  EXPECT_EQ(refusal_in(handshake), ErrorCode::kOk);
  EXPECT_NE(handshake, recorder.received[1]);
  again.send(recorder.sent[2]);
  EXPECT_EQ(refusal_in(again.receive()), ErrorCode::kChannelAuth);
  EXPECT_FALSE(again.agent().is_seeded());
}

// ---- at most once ----

TEST_F(SessionTest, RepeatedRequestIsAnsweredButNotExecutedAgain) {
  open_channel();
  const Bytes wire = host.next_wire(FrameType::kSealed, seed_envelope());
  const Bytes first = host.exchange_raw(wire);
  const uint64_t operations = unit.chip.counters().operations;
  EXPECT_FALSE(first.empty());
  EXPECT_EQ(host.exchange_raw(wire), first);
  EXPECT_EQ(host.exchange_raw(wire), first);
  EXPECT_EQ(unit.chip.counters().operations, operations);
}

TEST_F(SessionTest, RepeatedHandshakeSpendsOneCounter) {
  class Doubler final : public test::BytePipe {
   public:
    explicit Doubler(test::RamUnit& under) : unit_(under) {}
    void send(ByteView bytes) override {
      unit_.send(bytes);
      before = unit_.chip.counters().operations;
      unit_.send(bytes);
      after = unit_.chip.counters().operations;
    }
    Bytes receive() override { return unit_.receive(); }
    uint64_t before = 0;
    uint64_t after = 0;

   private:
    test::RamUnit& unit_;
  };
  Doubler doubler(unit);
  TestHost doubled(doubler, station);
  ASSERT_TRUE(doubled.hello());
  ASSERT_TRUE(doubled.handshake());
  EXPECT_GT(doubler.before, 0U);
  EXPECT_EQ(doubler.before, doubler.after);
  // And everything after it works with every frame doubled.
  test::UnitRecord record;
  const auto injected = doubled.inject(plan, record);
  EXPECT_TRUE(injected) << base::error_name(injected.error());
}

TEST_F(SessionTest, LateCopyIsNotAnswered) {
  open_channel();
  const Bytes wire = host.next_wire(FrameType::kSealed, envelope(Command::kVerify, base::ByteArray<1>{0xA0}));
  EXPECT_FALSE(host.exchange_raw(wire).empty());
  for (size_t i = 0; i < protocol::ReplyCache::kWindow; ++i) {
    const Bytes next = host.next_wire(FrameType::kSealed, envelope(Command::kVerify, base::ByteArray<1>{0xA0}));
    EXPECT_FALSE(host.exchange_raw(next).empty());
  }
  EXPECT_TRUE(host.exchange_raw(wire).empty());
}

TEST_F(SessionTest, PipelinedRequestsAreAnsweredInOrder) {
  open_channel();
  Bytes wire = host.next_wire(FrameType::kSealed, seed_envelope());
  const uint16_t first = host.sequence;
  for (int i = 0; i < 2; ++i) {
    const Bytes more = host.next_wire(FrameType::kSealed, envelope(Command::kVerify, base::ByteArray<1>{0xA0}));
    wire.insert(wire.end(), more.begin(), more.end());
  }
  const Bytes got = host.exchange_raw(wire);
  Bytes storage(2048);
  protocol::FrameDecoder decoder(storage);
  std::vector<uint16_t> sequences;
  for (const uint8_t byte : got) {
    const auto pushed = decoder.push(byte);
    if (pushed && pushed->has_value()) {
      EXPECT_EQ((*pushed)->type, 0x83);
      sequences.push_back((*pushed)->sequence);
    }
  }
  EXPECT_EQ(sequences,
            (std::vector<uint16_t>{first, static_cast<uint16_t>(first + 1), static_cast<uint16_t>(first + 2)}));
}

// ---- tampering, order, replay ----

TEST_F(SessionTest, TamperedMessageIsRefusedAndCostsOnlyARetry) {
  open_channel();
  const Bytes wire = host.next_wire(FrameType::kSealed, seed_envelope());
  protocol::Frame frame;
  Bytes storage;
  ASSERT_TRUE(TestHost::parse(wire, frame, storage));
  const Bytes payload = base::to_bytes(frame.payload);
  for (size_t i = 0; i < payload.size(); ++i) {
    Bytes changed = payload;
    changed[i] ^= 0x10;
    ASSERT_EQ(refusal_in(host.exchange_raw(framed(frame.type, frame.sequence, changed))), ErrorCode::kChannelAuth) << i;
  }
  for (const size_t size : {size_t{0}, size_t{1}, protocol::kTagSize - 1, payload.size() - 1}) {
    const ByteView cut = ByteView(payload).first(size);
    ASSERT_NE(refusal_in(host.exchange_raw(framed(frame.type, frame.sequence, cut))), ErrorCode::kOk) << size;
  }
  EXPECT_FALSE(seeded());
  EXPECT_EQ(refusal_in(host.exchange_raw(wire)), ErrorCode::kOk);
  EXPECT_TRUE(seeded());
}

TEST_F(SessionTest, ReorderedMessagesWaitForTheirTurn) {
  open_channel();
  const Bytes a = host.next_wire(FrameType::kSealed, seed_envelope());
  const uint16_t first = host.sequence;
  const Bytes b = host.next_wire(FrameType::kSealed, envelope(Command::kVerify, base::ByteArray<1>{0xA0}));
  uint16_t expected = 0;
  EXPECT_EQ(refusal_in(host.exchange_raw(b), &expected), ErrorCode::kSequenceGap);
  EXPECT_EQ(expected, first);
  EXPECT_FALSE(seeded());
  EXPECT_EQ(refusal_in(host.exchange_raw(a)), ErrorCode::kOk);
  EXPECT_EQ(refusal_in(host.exchange_raw(b)), ErrorCode::kOk);
  EXPECT_TRUE(seeded());
}

TEST_F(SessionTest, OldMessageUnderANewNumberIsRefused) {
  open_channel();
  const Bytes wire = host.next_wire(FrameType::kSealed, envelope(Command::kVerify, base::ByteArray<1>{0xA0}));
  protocol::Frame frame;
  Bytes storage;
  ASSERT_TRUE(TestHost::parse(wire, frame, storage));
  EXPECT_EQ(refusal_in(host.exchange_raw(wire)), ErrorCode::kOk);
  const auto next = static_cast<uint16_t>(frame.sequence + 1);
  EXPECT_EQ(refusal_in(host.exchange_raw(framed(frame.type, next, frame.payload))), ErrorCode::kChannelAuth);
}

TEST_F(SessionTest, DevicesOwnMessageSentBackIsIgnoredOrRefused) {
  open_channel();
  const Bytes wire = host.next_wire(FrameType::kSealed, envelope(Command::kVerify, base::ByteArray<1>{0xA0}));
  const Bytes reply = host.exchange_raw(wire);
  EXPECT_TRUE(host.exchange_raw(reply).empty());  // an echo
  protocol::Frame frame;
  Bytes storage;
  ASSERT_TRUE(TestHost::parse(reply, frame, storage));
  const auto next = static_cast<uint16_t>(frame.sequence + 1);
  EXPECT_EQ(refusal_in(host.exchange_raw(framed(0x03, next, frame.payload))), ErrorCode::kChannelAuth);
}

// ---- frames ----

TEST_F(SessionTest, NothingBeforeAHello) {
  for (const uint8_t type : Bytes{0x02, 0x03, 0x04, 0x05}) {
    for (const uint16_t sequence : std::vector<uint16_t>{0, 1, 0xFFFF}) {
      EXPECT_EQ(refusal_in(host.exchange_raw(framed(type, sequence, {}))), ErrorCode::kSequenceGap);
    }
  }
}

TEST_F(SessionTest, SealedFrameWithoutAChannel) {
  ASSERT_TRUE(host.hello());
  const Bytes wire = framed(0x03, static_cast<uint16_t>(host.sequence + 1), Bytes(40));
  EXPECT_EQ(refusal_in(host.exchange_raw(wire)), ErrorCode::kNoChannel);
}

TEST_F(SessionTest, UnknownFrameType) {
  ASSERT_TRUE(host.hello());
  EXPECT_EQ(refusal_in(host.exchange_raw(framed(0x20, static_cast<uint16_t>(host.sequence + 1), {}))),
            ErrorCode::kUnknownFrameType);
}

TEST_F(SessionTest, NoiseBeforeAndBetweenFrames) {
  Bytes noise(3000);
  ASSERT_TRUE(test::TestRandom(9).generate(noise));
  EXPECT_TRUE(host.exchange_raw(noise).empty());
  ASSERT_TRUE(host.hello());
  EXPECT_TRUE(host.exchange_raw(noise).empty());
  ASSERT_TRUE(host.handshake());
}

TEST_F(SessionTest, FrameThatIsTooLongIsDropped) {
  ASSERT_TRUE(host.hello());
  const Bytes wire = framed(0x03, static_cast<uint16_t>(host.sequence + 1), Bytes(protocol::kMinNegotiatedPayload + 1));
  EXPECT_TRUE(host.exchange_raw(wire).empty());
  EXPECT_TRUE(host.handshake());
}

TEST_F(SessionTest, HelloOfAnOtherVersionOrTooSmallAHost) {
  Bytes buffer(64);
  protocol::HelloRequest request;
  request.version = 0;
  EXPECT_EQ(host.request(FrameType::kHello, *protocol::encode(request, buffer)).error(), ErrorCode::kNoCommonVersion);
  request.version = 200;
  request.max_payload = 100;
  EXPECT_EQ(host.request(FrameType::kHello, *protocol::encode(request, buffer)).error(), ErrorCode::kUnsupported);
  request.max_payload = 4096;
  const auto payload = host.request(FrameType::kHello, *protocol::encode(request, buffer));
  ASSERT_TRUE(payload);
  protocol::HelloReply reply;
  ASSERT_TRUE(protocol::decode(*payload, reply));
  EXPECT_EQ(reply.version, protocol::kProtocolVersion);
  EXPECT_EQ(reply.max_payload, 1024);
}

// ---- faults ----

TEST_F(SessionTest, FaultOfTheStartIsToldAndStopsEverythingElse) {
  unit.power_off();
  unit.chip.fail_io(true);
  EXPECT_EQ(unit.power_on().error(), ErrorCode::kFlashIo);
  const auto hello = host.hello();
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->fault, static_cast<uint16_t>(ErrorCode::kFlashIo));
  EXPECT_EQ(host.handshake().error(), ErrorCode::kFlashIo);
  // A restart is the way out, once the cause is gone.
  unit.chip.fail_io(false);
  ASSERT_TRUE(host.request(FrameType::kReboot, {}));
  const auto after = host.hello();
  ASSERT_TRUE(after);
  EXPECT_FALSE(after->fault);
}

TEST_F(SessionTest, AStoreThatClosesIsAFaultThatARestartMends) {
  bool fail_writes = false;
  test::HookedFlash flash(unit.chip.flash(), [&](test::Operation) { unit.chip.fail_io(fail_writes); });
  unit.flash_port = &flash;
  ASSERT_TRUE(unit.reset());
  open_channel();
  fail_writes = true;
  ASSERT_TRUE(host.hello());
  EXPECT_EQ(host.handshake().error(), ErrorCode::kFlashIo);  // the session counter could not be written
  fail_writes = false;
  unit.chip.fail_io(false);
  // The store cannot know what the failed write left, and answers nothing until it is mounted anew.
  ASSERT_TRUE(host.hello());
  EXPECT_EQ(host.handshake().error(), ErrorCode::kNotMounted);
  const auto hello = host.hello();
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->fault, static_cast<uint16_t>(ErrorCode::kNotMounted));
  ASSERT_TRUE(host.request(FrameType::kReboot, {}));
  const auto after = host.hello();
  ASSERT_TRUE(after);
  EXPECT_FALSE(after->fault);
}

TEST_F(SessionTest, RestartInTheChannelAnswersFirst) {
  open_channel();
  EXPECT_TRUE(host.command(Command::kReboot));
  EXPECT_EQ(host.command(Command::kVerify).error(), ErrorCode::kSequenceGap);  // it knows of no session
  EXPECT_TRUE(host.hello());
}

TEST_F(SessionTest, WipeOfTheBatchSecretIsFinishedByTheNextStart) {
  unit.cut_wipe = [] { return true; };
  test::UnitRecord record;
  EXPECT_EQ(host.inject(plan, record).error(), ErrorCode::kTimeout);
  EXPECT_FALSE(unit.batch_is_wiped());
  unit.cut_wipe = nullptr;
  ASSERT_TRUE(unit.reset());
  EXPECT_TRUE(unit.batch_is_wiped());
  ASSERT_TRUE(host.inject(plan, record));
  EXPECT_TRUE(record.provisioned);
}

// With a TRNG the device's share is fresh, and so is everything before the seed.
TEST_F(SessionTest, BoardWithATrng) {
  class Trng final : public entropy::Trng {
   public:
    base::Status read(base::MutableBytes out) override { return random_.generate(out); }

   private:
    test::TestRandom random_{77};
  };
  Trng trng;
  unit.power_off();
  unit.trng_port = &trng;
  ASSERT_TRUE(unit.power_on());
  const auto hello = host.hello();
  ASSERT_TRUE(hello);
  EXPECT_TRUE(hello->has_trng);
  EXPECT_TRUE(hello->seeded);
  {
    // What it started from is not kept where everyone could read it: there is no key yet.
    rot::Rot blank(unit.otp(), unit.flash(), unit.layout(), unit.chip_id());
    ASSERT_TRUE(blank.mount());
    base::ByteArray<protocol::kSeedSize> seed;
    EXPECT_EQ(blank.get_state(rot::StateId::kSeed, seed).error(), ErrorCode::kItemNotFound);
  }
  test::UnitRecord record;
  const auto injected = host.inject(plan, record);
  ASSERT_TRUE(injected) << base::error_name(injected.error());
  unit.power_off();
}

}  // namespace
}  // namespace agent
