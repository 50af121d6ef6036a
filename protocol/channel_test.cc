#include "protocol/channel.h"

#include <gtest/gtest.h>

#include <random>

#include "protocol/frame.h"
#include "protocol/psa_test_support.h"
#include "protocol/vector_file_test_support.h"

namespace protocol {
namespace {

using base::ErrorCode;
using test::Bytes;
using test::fixed;
using test::to_vector;

// Both ends of one handshake with the keys of vectors/channel.txt.
class ChannelTest : public ::testing::Test {
 protected:
  ChannelTest() {
    test::start_psa();
    const Bytes& scalar = vectors_.get("keys", "station_private");
    EXPECT_EQ(station_key_.import(kP256KeyPair, PSA_KEY_USAGE_DERIVE, PSA_ALG_ECDH, scalar), PSA_SUCCESS);
    station_ = fixed<65>(vectors_.get("keys", "station_public"));
    psk_ = fixed<32>(vectors_.get("keys", "psk"));
    prologue_ = fixed<32>(vectors_.get("prologue", "prologue"));
    secret_ = fixed<32>(vectors_.get("keys", "batch_secret"));
    chip_ = vectors_.get("device ephemeral", "chip_id");
  }

  Bytes message1(ByteView ephemeral = {}) {
    base::ByteArray<kNoiseMessage1Size> out;
    auto message = initiator_.write_message1(station_key_.id(), station_, psk_, prologue_, out, ephemeral);
    EXPECT_TRUE(message);
    return message ? to_vector(*message) : Bytes();
  }
  base::ByteArray<32> device_scalar(uint64_t session, const Bytes& first_message) {
    base::ByteArray<32> scalar{};
    EXPECT_TRUE(derive_device_ephemeral(secret_, chip_, session, first_message, {}, scalar));
    return scalar;
  }
  // What a device answers to `first_message`; opens `channel`.
  Bytes message2(const Bytes& first_message, uint64_t session, Channel& channel, ByteView payload = {}) {
    Responder responder;
    EXPECT_TRUE(responder.read_message1(first_message, station_, psk_, prologue_));
    Bytes out(payload.size() + kNoiseMessage2Overhead);
    auto answer = responder.write_message2(device_scalar(session, first_message), payload, out, channel);
    EXPECT_TRUE(answer);
    return out;
  }
  void open_both(uint64_t session = 1) {
    const Bytes answer = message2(message1(), session, device_);
    base::ByteArray<8> payload;
    ASSERT_TRUE(initiator_.read_message2(answer, payload, host_));
  }
  static Bytes seal(Channel& channel, ByteView header, const Bytes& text) {
    Bytes out(text.size() + kTagSize);
    EXPECT_TRUE(channel.seal(header, text, out));
    return out;
  }
  static Result<Bytes> open(Channel& channel, ByteView header, const Bytes& sealed) {
    Bytes out(sealed.size());
    auto text = channel.open(header, sealed, out);
    if (!text) return base::fail(text.error());
    return to_vector(*text);
  }

  test::VectorFile vectors_{"channel.txt"};
  VolatileKey station_key_;
  PublicKey station_{};
  base::ByteArray<32> psk_{};
  base::ByteArray<32> secret_{};
  Digest prologue_{};
  Bytes chip_;
  Initiator initiator_;
  Channel host_, device_;
  const base::ByteArray<3> header_ = sealed_header(3, 9);
  const Bytes text_ = {'t', 'e', 'x', 't'};
};

TEST_F(ChannelTest, KeysOfTheSpecification) {
  base::ByteArray<32> psk{};
  ASSERT_TRUE(derive_psk(secret_, psk));
  EXPECT_EQ(psk, psk_);
  EXPECT_EQ(to_vector(station_id(station_).value()), vectors_.get("keys", "station_id"));
  const Bytes& hello = vectors_.get("prologue", "hello_reply");
  Digest of_hello;
  hello_digest(hello, of_hello);
  EXPECT_EQ(to_vector(of_hello), vectors_.get("prologue", "hello_digest"));
  EXPECT_EQ(channel_prologue(hello, station_id(station_).value()).value(), prologue_);

  base::ByteArray<32> scalar{};
  ASSERT_TRUE(derive_device_ephemeral(
      secret_, chip_, base::load_be<uint64_t>(vectors_.get("device ephemeral", "session_counter").data()),
      vectors_.get("message 1", "message"), vectors_.get("device ephemeral", "board_noise"), scalar));
  EXPECT_EQ(to_vector(scalar), vectors_.get("device ephemeral", "scalar"));
}

TEST_F(ChannelTest, WholeHandshakeOfTheSpecification) {
  const Bytes first = message1(vectors_.get("message 1", "ephemeral_private"));
  EXPECT_EQ(first, vectors_.get("message 1", "message"));

  Responder responder;
  ASSERT_TRUE(responder.read_message1(first, station_, psk_, prologue_));
  const Bytes& payload = vectors_.get("message 2", "payload");
  Bytes out(payload.size() + kNoiseMessage2Overhead);
  const auto second =
      responder.write_message2(fixed<32>(vectors_.get("device ephemeral", "scalar")), payload, out, device_);
  ASSERT_TRUE(second);
  EXPECT_EQ(to_vector(*second), vectors_.get("message 2", "message"));
  Bytes read(payload.size());
  const auto opened = initiator_.read_message2(*second, read, host_);
  ASSERT_TRUE(opened);
  EXPECT_EQ(to_vector(*opened), payload);

  for (int i = 0; i < 3; ++i) {
    const std::string section = "transport " + std::to_string(i);
    const Bytes& request_header = vectors_.get(section, "request_header");
    const Bytes& reply_header = vectors_.get(section, "reply_header");
    const Bytes request = seal(host_, request_header, vectors_.get(section, "request"));
    EXPECT_EQ(request, vectors_.get(section, "sealed_request"));
    EXPECT_EQ(open(device_, request_header, request).value(), vectors_.get(section, "request"));
    const Bytes reply = seal(device_, reply_header, vectors_.get(section, "reply"));
    EXPECT_EQ(reply, vectors_.get(section, "sealed_reply"));
    EXPECT_EQ(open(host_, reply_header, reply).value(), vectors_.get(section, "reply"));
  }
}

TEST_F(ChannelTest, GeneratedEphemeralsDifferAndCarryBothWays) {
  const Bytes first = message1();
  EXPECT_NE(first, message1());
  open_both();
  EXPECT_EQ(open(device_, header_, seal(host_, header_, text_)).value(), text_);
  EXPECT_EQ(open(host_, header_, seal(device_, header_, text_)).value(), text_);
}

TEST_F(ChannelTest, OpensInPlace) {
  open_both();
  Bytes sealed = seal(host_, header_, text_);
  const auto opened = device_.open(header_, sealed, sealed);
  ASSERT_TRUE(opened);
  EXPECT_EQ(to_vector(*opened), text_);
}

TEST_F(ChannelTest, EveryChangedBitOfMessage1IsRefused) {
  const Bytes first = message1();
  for (size_t bit = 0; bit < first.size() * 8; ++bit) {
    Bytes changed = first;
    changed[bit / 8] = static_cast<uint8_t>(changed[bit / 8] ^ 1U << bit % 8);
    Responder responder;
    EXPECT_EQ(responder.read_message1(changed, station_, psk_, prologue_).error(), ErrorCode::kHandshakeFailed) << bit;
  }
  for (size_t size = 0; size < first.size(); ++size) {
    Responder responder;
    EXPECT_EQ(responder.read_message1(ByteView(first).first(size), station_, psk_, prologue_).error(),
              ErrorCode::kMalformed);
  }
}

TEST_F(ChannelTest, EveryChangedByteOfMessage2IsRefused) {
  const Bytes ephemeral = vectors_.get("message 1", "ephemeral_private");
  const Bytes second = message2(message1(ephemeral), 1, device_, text_);
  for (size_t at = 0; at < second.size(); ++at) {
    Bytes changed = second;
    changed[at] ^= 0x10;
    message1(ephemeral);
    Bytes payload(text_.size());
    EXPECT_EQ(initiator_.read_message2(changed, payload, host_).error(), ErrorCode::kHandshakeFailed) << at;
    EXPECT_FALSE(host_.is_open());
    // One object a handshake: after a failure it is spent.
    EXPECT_EQ(initiator_.read_message2(second, payload, host_).error(), ErrorCode::kBadState);
  }
  for (size_t size = 0; size < second.size(); ++size) {
    message1(ephemeral);
    Bytes payload(text_.size());
    EXPECT_EQ(initiator_.read_message2(ByteView(second).first(size), payload, host_).error(),
              ErrorCode::kHandshakeFailed);
  }
}

TEST_F(ChannelTest, WrongSecretStationOrPrologueIsRefusedAtMessage1) {
  const Bytes first = message1();
  Responder responder;
  auto other_psk = psk_;
  other_psk[0] ^= 1;
  EXPECT_EQ(responder.read_message1(first, station_, other_psk, prologue_).error(), ErrorCode::kHandshakeFailed);
  auto other_prologue = prologue_;
  other_prologue[31] ^= 1;
  EXPECT_EQ(responder.read_message1(first, station_, psk_, other_prologue).error(), ErrorCode::kHandshakeFailed);
  const auto other_station = fixed<65>(test::VectorFile("batch_block.txt").get("two stations", "second"));
  EXPECT_EQ(responder.read_message1(first, other_station, psk_, prologue_).error(), ErrorCode::kHandshakeFailed);
  base::ByteArray<128> out;
  EXPECT_EQ(responder.write_message2(psk_, {}, out, device_).error(), ErrorCode::kBadState);
}

// Someone with the batch secret but without the station's private key gets past message 1 and no further.
TEST_F(ChannelTest, SecretWithoutStationKeyReadsNothing) {
  VolatileKey thief;
  ASSERT_EQ(thief.generate_p256(PSA_KEY_USAGE_DERIVE, PSA_ALG_ECDH), PSA_SUCCESS);
  base::ByteArray<kNoiseMessage1Size> buffer;
  const auto first = initiator_.write_message1(thief.id(), station_, psk_, prologue_, buffer);
  ASSERT_TRUE(first);
  const Bytes second = message2(to_vector(*first), 1, device_, text_);
  Bytes payload(text_.size());
  EXPECT_EQ(initiator_.read_message2(second, payload, host_).error(), ErrorCode::kHandshakeFailed);
}

TEST_F(ChannelTest, PointOffTheCurveIsRefused) {
  // Authentic, from someone who knows the batch secret, but no point: (1, 1).
  PublicKey off{};
  off[0] = 4;
  off[32] = 1;
  off[64] = 1;
  SymmetricState state;
  state.initialize(prologue_, station_);
  state.mix_key_and_hash(psk_);
  state.mix_ephemeral(off);
  Bytes message(off.begin(), off.end());
  message.resize(kNoiseMessage1Size);
  ASSERT_TRUE(state.encrypt_and_hash({}, MutableBytes(message).subspan(kPublicKeySize)));
  Responder responder;
  EXPECT_EQ(responder.read_message1(message, station_, psk_, prologue_).error(), ErrorCode::kHandshakeFailed);

  // The same in message 2 and in the batch block.
  const Bytes second = message2(message1(), 1, device_);
  Bytes changed = second;
  std::copy(off.begin(), off.end(), changed.begin());
  base::ByteArray<1> payload;
  EXPECT_EQ(initiator_.read_message2(changed, payload, host_).error(), ErrorCode::kHandshakeFailed);
}

TEST_F(ChannelTest, RecordedMessage1GetsOtherKeysEachTime) {
  const Bytes recorded = message1();
  Channel first, second;
  const Bytes answer1 = message2(recorded, 41, first, text_);
  const Bytes answer2 = message2(recorded, 42, second, text_);
  EXPECT_NE(Bytes(answer1.begin(), answer1.begin() + 65), Bytes(answer2.begin(), answer2.begin() + 65));
  EXPECT_NE(seal(first, header_, text_), seal(second, header_, text_));
  // What the host sealed for the first channel means nothing in the second.
  base::ByteArray<8> payload;
  ASSERT_TRUE(initiator_.read_message2(answer1, payload, host_));
  const Bytes sealed = seal(host_, header_, text_);
  EXPECT_EQ(open(second, header_, sealed).error(), ErrorCode::kChannelAuth);
  EXPECT_EQ(open(first, header_, sealed).value(), text_);
}

TEST_F(ChannelTest, EphemeralDependsOnEachOfItsInputs) {
  const Bytes message = message1();
  const Bytes noise = {1, 2, 3};
  base::ByteArray<32> reference{}, other{};
  const auto derive = [](ByteView secret, ByteView chip, uint64_t counter, ByteView first, ByteView board,
                         base::ByteArray<32>& out) {
    ASSERT_TRUE(derive_device_ephemeral(secret.first<32>(), chip, counter, first, board, out));
  };
  derive(secret_, chip_, 5, message, noise, reference);
  const auto changed = [](ByteView in) {
    Bytes out = to_vector(in);
    out.back() ^= 1;
    return out;
  };
  derive(changed(secret_), chip_, 5, message, noise, other);
  EXPECT_NE(other, reference);
  derive(secret_, changed(chip_), 5, message, noise, other);
  EXPECT_NE(other, reference);
  derive(secret_, chip_, 6, message, noise, other);
  EXPECT_NE(other, reference);
  derive(secret_, chip_, 5, changed(message), noise, other);
  EXPECT_NE(other, reference);
  derive(secret_, chip_, 5, message, changed(noise), other);
  EXPECT_NE(other, reference);
  derive(secret_, chip_, 5, message, {}, other);
  EXPECT_NE(other, reference);
  derive(secret_, chip_, 5, message, noise, other);
  EXPECT_EQ(other, reference);
}

TEST_F(ChannelTest, ReplayReorderTamperingAreRefusedAndChangeNothing) {
  open_both();
  const Bytes a = seal(host_, header_, {'a'});
  const Bytes b = seal(host_, header_, {'b'});
  EXPECT_EQ(open(device_, header_, b).error(), ErrorCode::kChannelAuth);  // reordered
  for (size_t at = 0; at < a.size(); ++at) {
    Bytes changed = a;
    changed[at] ^= 0x80;
    EXPECT_EQ(open(device_, header_, changed).error(), ErrorCode::kChannelAuth);
    EXPECT_EQ(open(device_, header_, Bytes(a.begin(), a.begin() + static_cast<long>(at))).error(),
              ErrorCode::kChannelAuth);
  }
  EXPECT_EQ(open(device_, sealed_header(3, 10), a).error(), ErrorCode::kChannelAuth);
  EXPECT_EQ(open(device_, sealed_header(0x83, 9), a).error(), ErrorCode::kChannelAuth);
  EXPECT_EQ(open(host_, header_, a).error(), ErrorCode::kChannelAuth);  // reflected
  EXPECT_EQ(open(device_, header_, a).value(), Bytes{'a'});
  EXPECT_EQ(open(device_, header_, a).error(), ErrorCode::kChannelAuth);  // replayed
  EXPECT_EQ(open(device_, header_, b).value(), Bytes{'b'});
}

TEST_F(ChannelTest, ClosedChannelTakesNothing) {
  base::ByteArray<64> out;
  EXPECT_EQ(host_.seal(header_, text_, out).error(), ErrorCode::kNoChannel);
  EXPECT_EQ(host_.open(header_, out, out).error(), ErrorCode::kNoChannel);
  open_both();
  host_.close();
  EXPECT_FALSE(host_.is_open());
  EXPECT_EQ(host_.seal(header_, text_, out).error(), ErrorCode::kNoChannel);
}

TEST_F(ChannelTest, SmallBuffersSpendNoNonce) {
  open_both();
  base::ByteArray<64> out;
  EXPECT_EQ(host_.seal(header_, text_, MutableBytes(out).first(text_.size() + kTagSize - 1)).error(),
            ErrorCode::kBufferTooSmall);
  const Bytes sealed = seal(host_, header_, text_);
  EXPECT_EQ(device_.open(header_, sealed, MutableBytes(out).first(text_.size() - 1)).error(),
            ErrorCode::kBufferTooSmall);
  EXPECT_EQ(open(device_, header_, sealed).value(), text_);
}

TEST_F(ChannelTest, IsUsedUpAfterItsLimit) {
  open_both();
  base::ByteArray<kTagSize> sealed;
  for (uint32_t i = 0; i < kMaxChannelMessages; ++i) {
    ASSERT_TRUE(host_.seal({}, {}, sealed));
    ASSERT_TRUE(device_.open({}, sealed, sealed));
  }
  EXPECT_EQ(host_.seal({}, {}, sealed).error(), ErrorCode::kChannelExhausted);
  EXPECT_EQ(device_.open({}, sealed, sealed).error(), ErrorCode::kChannelExhausted);
}

// A blank device without a TRNG answers its first handshake with an unseeded generator.
TEST_F(ChannelTest, BlindingIsNeededAndChangesNoOutput) {
  const Bytes first = message1();
  Responder responder;
  Bytes out(kNoiseMessage2Overhead);
  base::ByteArray<32> scalar{};
  {
    const test::UnseededScope unseeded;
    ASSERT_TRUE(responder.read_message1(first, station_, psk_, prologue_));
    scalar = device_scalar(1, first);
    const auto answer = responder.write_message2(scalar, {}, out, device_);
    EXPECT_EQ(answer.has_value(), !kCurveIsBlinded);  // p256-m draws nothing
    if (!answer) {
      EXPECT_EQ(answer.error(), ErrorCode::kCrypto);
    }
  }
  uint8_t next = 1;
  {
    const test::RandomScope random(
        [](void* context, uint8_t* to, size_t size) {
          for (uint8_t& byte : MutableBytes(to, size)) byte = (*static_cast<uint8_t*>(context))++;
          return true;
        },
        &next);
    ASSERT_TRUE(responder.read_message1(first, station_, psk_, prologue_));
    ASSERT_TRUE(responder.write_message2(scalar, {}, out, device_));
  }
  // Blinding changes no output.
  Channel again;
  EXPECT_EQ(message2(first, 1, again), out);
  base::ByteArray<1> payload;
  ASSERT_TRUE(initiator_.read_message2(out, payload, host_));
  EXPECT_EQ(open(host_, header_, seal(device_, header_, text_)).value(), text_);
}

}  // namespace
}  // namespace protocol
