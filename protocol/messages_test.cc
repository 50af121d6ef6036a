#include "protocol/messages.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "protocol/cbor.h"
#include "protocol/check_in.h"
#include "protocol/psa_test_support.h"
#include "protocol/vector_file_test_support.h"

namespace protocol {
namespace {

using base::ErrorCode;
using test::Bytes;
using test::to_vector;

template <size_t N>
base::ByteArray<N> seq(uint8_t start) {
  base::ByteArray<N> out;
  std::iota(out.begin(), out.end(), start);
  return out;
}
Bytes seq(uint8_t start, size_t size) {
  Bytes out(size);
  std::iota(out.begin(), out.end(), start);
  return out;
}

// Decodes any of the messages and encodes it again.
using Recode = Result<Bytes> (*)(ByteView);
template <typename Message>
Result<Bytes> recode(ByteView bytes) {
  Message message;
  BASE_TRY(decode(bytes, message));
  Bytes out(8192);
  BASE_ASSIGN(const ByteView encoded, encode(message, out));
  return to_vector(encoded);
}
struct Kind {
  const char* name;
  Recode recode;
};
constexpr Kind kKinds[] = {
    {"HelloRequest", recode<HelloRequest>},
    {"HelloReply", recode<HelloReply>},
    {"HandshakeRequest", recode<HandshakeRequest>},
    {"HandshakeReply", recode<HandshakeReply>},
    {"AttestRequest", recode<AttestRequest>},
    {"AttestReply", recode<AttestReply>},
    {"Refusal", recode<Refusal>},
    {"SessionState", recode<SessionState>},
    {"SeedRequest", recode<SeedRequest>},
    {"BeginRequest", recode<BeginRequest>},
    {"GenerateKeyRequest", recode<GenerateKeyRequest>},
    {"GenerateKeyReply", recode<GenerateKeyReply>},
    {"ImportKeyRequest", recode<ImportKeyRequest>},
    {"ImportKeyReply", recode<ImportKeyReply>},
    {"PutRequest", recode<PutRequest>},
    {"CommitRequest", recode<CommitRequest>},
    {"LockRequest", recode<LockRequest>},
    {"LockReply", recode<LockReply>},
    {"VerifyReply", recode<VerifyReply>},
    {"Receipt", recode<Receipt>},
    {"FirstBootProof", recode<FirstBootProof>},
    {"CommandEnvelope", recode<CommandEnvelope>},
    {"ReplyEnvelope", recode<ReplyEnvelope>},
    {"CheckInChallenge", recode<CheckInChallenge>},
    {"CheckInAnswer", recode<CheckInAnswer>},
};
// The kind of a vector's section, whose name may go on behind a space.
const Kind& kind_of(const std::string& section) {
  const std::string name = section.substr(0, section.find(' '));
  for (const Kind& kind : kKinds) {
    if (name == kind.name) return kind;
  }
  ADD_FAILURE() << section;
  return kKinds[0];
}

class MessagesTest : public ::testing::Test {
 protected:
  template <typename Message>
  void expect_encoding(const Message& message, const std::string& section) {
    Bytes out(8192);
    const auto encoded = encode(message, out);
    ASSERT_TRUE(encoded) << section;
    EXPECT_EQ(to_vector(*encoded), vectors_.get(section, "cbor")) << section;
    for (size_t size = 0; size < encoded->size(); ++size) {
      Bytes small(size);
      EXPECT_EQ(encode(message, small).error(), ErrorCode::kBufferTooSmall) << section << " " << size;
    }
  }
  test::VectorFile vectors_{"messages.txt"};
  const Bytes chip_ = {0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF, 0x01, 0x23, 0x45, 0x67};
  const TransactionId transaction_ = seq<16>(0x10);
  const BatchId batch_ = seq<16>(0x20);
  const Challenge challenge_ = seq<32>(0x40);
  const Digest digest_ = seq<32>(0x60);
  PublicKey point_ = [] {
    PublicKey key{4};
    std::iota(key.begin() + 1, key.end(), uint8_t{0x80});
    return key;
  }();
};

TEST_F(MessagesTest, ClearMessagesEncodeAsSpecified) {
  expect_encoding(HelloRequest{.version = 1, .max_payload = 2048}, "HelloRequest");
  HelloReply reply;
  reply.agent_version = "1.2.3";
  reply.board = "nucleo-f411re";
  reply.chip_id = chip_;
  reply.free_bytes = 15000;
  reply.window = 4;
  reply.batch = batch_;
  reply.reset_cause = 3;
  expect_encoding(reply, "HelloReply");
  reply.max_read_protection = 2;
  expect_encoding(reply, "HelloReply protectable");
  reply.max_read_protection = 0;
  reply.board = "linux";
  reply.lifecycle = Lifecycle::kPsaRotProvisioning;
  reply.has_trng = true;
  reply.seeded = true;
  reply.free_bytes = 70000;
  reply.max_payload = 4096;
  reply.transaction = transaction_;
  reply.reset_cause = 0;
  reply.fault = 0x020C;
  expect_encoding(reply, "HelloReply full");
  expect_encoding(HandshakeRequest{.station = seq<8>(0x30), .noise = seq(0, 81)}, "HandshakeRequest");
  expect_encoding(HandshakeReply{.noise = seq(0, 90)}, "HandshakeReply");
  expect_encoding(AttestRequest{.challenge = challenge_}, "AttestRequest");
  expect_encoding(AttestReply{.receipt = seq(1, 300)}, "AttestReply");
  expect_encoding(Refusal{.error = 0x0105, .expected_sequence = 0x1234}, "Refusal");
}

TEST_F(MessagesTest, ChannelMessagesEncodeAsSpecified) {
  SessionState state;
  expect_encoding(state, "SessionState empty");
  state.transaction = transaction_;
  state.seed_commitment = digest_;
  state.serial = "SN-0001";
  state.public_key = point_;
  state.committed = seq<32>(0xC0);
  for (const uint8_t start : std::array<uint8_t, 3>{0, 8, 16}) ASSERT_TRUE(state.items.push_back(seq<8>(start)));
  expect_encoding(state, "SessionState full");
  expect_encoding(SeedRequest{.transaction = transaction_, .seed = seq(0xD0, 48)}, "SeedRequest");
  expect_encoding(BeginRequest{.transaction = transaction_, .serial = "SN-0001"}, "BeginRequest");
  const Bytes subject = {0x30, 0x0C, 0x31, 0x0A, 0x30, 0x08, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0C, 0x01, 0x78};
  expect_encoding(GenerateKeyRequest{.subject = subject}, "GenerateKeyRequest");
  expect_encoding(GenerateKeyReply{.csr = seq(7, 256)}, "GenerateKeyReply");
  expect_encoding(ImportKeyRequest{.private_key = seq(0xE0, 32)}, "ImportKeyRequest");
  expect_encoding(ImportKeyReply{.public_key = point_}, "ImportKeyReply");
  expect_encoding(CommitRequest{.item_count = 300, .digest = digest_}, "CommitRequest");
  expect_encoding(LockRequest{.challenge = challenge_}, "LockRequest");
  expect_encoding(LockRequest{.challenge = challenge_, .read_protection = 1}, "LockRequest protected");
  expect_encoding(LockReply{.receipt = seq(1, 300)}, "LockReply");
  expect_encoding(VerifyReply{.item_count = 7, .digest = digest_}, "VerifyReply");
}

TEST_F(MessagesTest, PutEncodesAsSpecified) {
  const Bytes big = seq(0, 30);
  const Bytes first = seq(9, 10);
  PutRequest put;
  ASSERT_TRUE(put.parts.push_back({"mbed.EndpointName", kItemWriteOnce, 6, 0, base::as_bytes("unit-1")}));
  ASSERT_TRUE(put.parts.push_back({"big", 0, 2048, 1000, big}));
  ASSERT_TRUE(put.parts.push_back({"first", kItemWriteOnce, 100, 0, first}));
  ASSERT_TRUE(put.parts.push_back({"empty", kItemWriteOnce, 0, 0, {}}));
  expect_encoding(put, "PutRequest");
  PutRequest back;
  ASSERT_TRUE(decode(vectors_.get("PutRequest", "cbor"), back));
  ASSERT_EQ(back.parts.size(), 4U);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(back.parts[i].name, put.parts[i].name);
    EXPECT_EQ(back.parts[i].flags, put.parts[i].flags);
    EXPECT_EQ(back.parts[i].total, put.parts[i].total);
    EXPECT_EQ(back.parts[i].offset, put.parts[i].offset);
    EXPECT_EQ(to_vector(back.parts[i].data), to_vector(put.parts[i].data));
  }
}

TEST_F(MessagesTest, SignedMessagesAndEnvelopesEncodeAsSpecified) {
  Receipt receipt{.challenge = challenge_, .chip_id = chip_, .serial = "SN-0001", .transaction = transaction_};
  receipt.items_digest = digest_;
  receipt.item_count = 12;
  receipt.public_key = point_;
  receipt.lifecycle = Lifecycle::kSecured;
  receipt.board = "nucleo-f411re";
  receipt.agent_version = "1.2.3";
  expect_encoding(receipt, "Receipt");
  receipt.read_protection = 2;
  expect_encoding(receipt, "Receipt protected");
  FirstBootProof proof{.challenge = challenge_, .chip_id = chip_, .serial = "SN-0001", .items_digest = digest_};
  proof.boot_count = 5000000000;
  expect_encoding(proof, "FirstBootProof");
  expect_encoding(CommandEnvelope{Command::kCommit, vectors_.get("CommitRequest", "cbor")}, "CommandEnvelope");
  expect_encoding(CommandEnvelope{Command::kVerify, {}}, "CommandEnvelope empty");
  expect_encoding(ReplyEnvelope{0, vectors_.get("VerifyReply", "cbor")}, "ReplyEnvelope");
  expect_encoding(ReplyEnvelope{0x0405, {}}, "ReplyEnvelope error");
}

TEST_F(MessagesTest, CheckInMessagesEncodeAsSpecified) {
  expect_encoding(CheckInChallenge{challenge_}, "CheckInChallenge");
  expect_encoding(CheckInAnswer{.error = 0, .time = 1763800000}, "CheckInAnswer");
  expect_encoding(CheckInAnswer{.error = 0x050C, .time = 1763800000, .text = "known under another chip"},
                  "CheckInAnswer refused");
}

TEST_F(MessagesTest, EveryVectorDecodesAndEncodesToItself) {
  size_t kinds_seen = 0;
  for (const Kind& kind : kKinds) {
    kinds_seen += std::any_of(vectors_.sections().begin(), vectors_.sections().end(),
                              [&](const std::string& section) { return section.starts_with(kind.name); });
  }
  EXPECT_EQ(kinds_seen, std::size(kKinds));
  for (const std::string& section : vectors_.sections()) {
    const Bytes& bytes = vectors_.get(section, "cbor");
    const auto again = kind_of(section).recode(bytes);
    ASSERT_TRUE(again) << section << " " << base::error_name(again.error());
    EXPECT_EQ(*again, bytes) << section;
  }
}

TEST_F(MessagesTest, EveryTruncationAndEveryAppendedByteIsMalformed) {
  for (const std::string& section : vectors_.sections()) {
    const Bytes& bytes = vectors_.get(section, "cbor");
    for (size_t size = 0; size < bytes.size(); ++size) {
      // A copy of its own, so that the sanitizer sees a read past the end.
      const Bytes cut(bytes.begin(), bytes.begin() + static_cast<long>(size));
      EXPECT_EQ(kind_of(section).recode(cut).error(), ErrorCode::kCborMalformed) << section << " " << size;
    }
    Bytes longer = bytes;
    longer.push_back(0);
    EXPECT_EQ(kind_of(section).recode(longer).error(), ErrorCode::kCborMalformed) << section;
  }
}

TEST_F(MessagesTest, MutationsDecodeToWhatTheyEncodeOrToAnError) {
  std::mt19937_64 random(test::process_seed());
  size_t refused = 0;
  for (int round = 0; round < 60000; ++round) {
    const std::string& section = vectors_.sections()[random() % vectors_.sections().size()];
    Bytes bytes = vectors_.get(section, "cbor");
    for (uint64_t changes = 1 + random() % 3; changes != 0 && !bytes.empty(); --changes) {
      const size_t at = random() % std::min<size_t>(bytes.size(), 1 + random() % 64);
      if (random() % 4 == 0) {
        std::copy(bytes.begin() + static_cast<long>(at) + 1, bytes.end(), bytes.begin() + static_cast<long>(at));
        bytes.pop_back();
      } else {
        bytes[at] = static_cast<uint8_t>(random());
      }
    }
    const Kind& kind =
        kKinds[random() % 2 == 0 ? random() % std::size(kKinds) : static_cast<size_t>(&kind_of(section) - kKinds)];
    const auto once = kind.recode(bytes);
    if (!once) {
      ++refused;
      EXPECT_NE(once.error(), ErrorCode::kBufferTooSmall);
      continue;
    }
    EXPECT_EQ(kind.recode(*once), once) << kind.name;
  }
  EXPECT_GT(refused, 10000U);
}

TEST_F(MessagesTest, UnknownKeysAreSkipped) {
  // {0: 1, 1: 1, 2: 1024, 3: [1, {"x": h'00'}], 100: 18(null), -1: true, "more": {}}
  const Bytes newer = {0xA7, 0x00, 0x01, 0x01, 0x01, 0x02, 0x19, 0x04, 0x00, 0x03, 0x82, 0x01, 0xA1, 0x61, 0x78,
                       0x41, 0x00, 0x18, 0x64, 0xD2, 0xF6, 0x20, 0xF5, 0x64, 0x6D, 0x6F, 0x72, 0x65, 0xA0};
  HelloRequest request;
  ASSERT_TRUE(decode(newer, request));
  EXPECT_EQ(request.version, 1);
  EXPECT_EQ(request.max_payload, 1024);
}

// Absent is 0, and so is a 0 that a peer writes; beyond 2 there is no level.
TEST_F(MessagesTest, ReadProtectionLevels) {
  Bytes bytes = vectors_.get("LockRequest protected", "cbor");
  LockRequest request;
  ASSERT_TRUE(decode(bytes, request));
  EXPECT_EQ(request.read_protection, 1);
  bytes.back() = 2;
  ASSERT_TRUE(decode(bytes, request));
  EXPECT_EQ(request.read_protection, 2);
  bytes.back() = 0;
  ASSERT_TRUE(decode(bytes, request));
  EXPECT_EQ(request.read_protection, 0);
  bytes.back() = 3;
  EXPECT_EQ(decode(bytes, request).error(), ErrorCode::kCborFieldType);
  ASSERT_TRUE(decode(vectors_.get("LockRequest", "cbor"), request));
  EXPECT_EQ(request.read_protection, 0);

  Receipt receipt;
  ASSERT_TRUE(decode(vectors_.get("Receipt protected", "cbor"), receipt));
  EXPECT_EQ(receipt.read_protection, 2);
  ASSERT_TRUE(decode(vectors_.get("Receipt", "cbor"), receipt));
  EXPECT_EQ(receipt.read_protection, 0);
  HelloReply hello;
  ASSERT_TRUE(decode(vectors_.get("HelloReply protectable", "cbor"), hello));
  EXPECT_EQ(hello.max_read_protection, 2);
  ASSERT_TRUE(decode(vectors_.get("HelloReply", "cbor"), hello));
  EXPECT_EQ(hello.max_read_protection, 0);
}

// A tag belongs to its value; found by a fuzzer, which made the reader take the tagged value as the next key.
TEST_F(MessagesTest, UnknownTaggedValuesAreSkipped) {
  HelloRequest request;
  // {0: 16(17(0))}: no field of ours
  EXPECT_EQ(decode(Bytes{0xA1, 0x00, 0xD0, 0xD1, 0x00}, request).error(), ErrorCode::kCborMissingField);
  // {0: 16([18(1), {3: 16(4)}]), 1: 1, 2: 1024}
  ASSERT_TRUE(decode(
      Bytes{0xA3, 0x00, 0xD0, 0x82, 0xD2, 0x01, 0xA1, 0x03, 0xD0, 0x04, 0x01, 0x01, 0x02, 0x19, 0x04, 0x00}, request));
  EXPECT_EQ(request.max_payload, 1024);
  // A tagged field is of another type.
  EXPECT_EQ(decode(Bytes{0xA2, 0x01, 0xD0, 0x01, 0x02, 0x01}, request).error(), ErrorCode::kCborFieldType);
}

ErrorCode hello_error(const Bytes& bytes) {
  HelloRequest request;
  const auto status = decode(bytes, request);
  return status ? ErrorCode::kOk : status.error();
}

TEST_F(MessagesTest, OnlyDeterministicEncodingsAreTaken) {
  EXPECT_EQ(hello_error({0xA2, 0x01, 0x01, 0x02, 0x19, 0x04, 0x00}), ErrorCode::kOk);
  const Bytes wrong[] = {
      {0xA2, 0x01, 0x18, 0x01, 0x02, 0x19, 0x04, 0x00},                          // 1 in two bytes
      {0xA2, 0x01, 0x01, 0x02, 0x1A, 0x00, 0x00, 0x04, 0x00},                    // 1024 in five
      {0xA2, 0x01, 0x01, 0x02, 0x1B, 0, 0, 0, 0, 0, 0, 0x04, 0x00},              // in nine
      {0xA2, 0x01, 0x01, 0x02, 0x19, 0x00, 0xFF},                                // 255 in three
      {0xA2, 0x18, 0x01, 0x01, 0x02, 0x19, 0x04, 0x00},                          // a key in two
      {0xB8, 0x02, 0x01, 0x01, 0x02, 0x19, 0x04, 0x00},                          // a long map head
      {0xBF, 0x01, 0x01, 0x02, 0x19, 0x04, 0x00, 0xFF},                          // indefinite
      {0xA2, 0x02, 0x19, 0x04, 0x00, 0x01, 0x01},                                // keys descend
      {0xA3, 0x01, 0x01, 0x01, 0x01, 0x02, 0x19, 0x04, 0x00},                    // twice
      {0xA3, 0x01, 0x01, 0x02, 0x19, 0x04, 0x00, 0x03, 0xF9, 0x00, 0x00},        // floating point
      {0xA3, 0x01, 0x01, 0x02, 0x19, 0x04, 0x00, 0x03, 0x5F, 0x41, 0x00, 0xFF},  // a string in chunks
  };
  for (const Bytes& bytes : wrong) {
    EXPECT_EQ(hello_error(bytes), ErrorCode::kCborNotDeterministic) << testing::PrintToString(bytes);
  }
}

TEST_F(MessagesTest, MalformedMissingAndMistypedFields) {
  EXPECT_EQ(hello_error({0xA2, 0x01, 0x01, 0x02, 0x1C}), ErrorCode::kCborMalformed);  // reserved head
  EXPECT_EQ(hello_error({0xFF}), ErrorCode::kCborMalformed);                          // a lone break
  EXPECT_EQ(hello_error({0xA1, 0x01, 0xF8, 0x14}), ErrorCode::kCborMalformed);        // false in two bytes
  EXPECT_EQ(hello_error({0xBB, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01}), ErrorCode::kCborMalformed);
  EXPECT_EQ(hello_error({0xA1, 0x01, 0x5B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}), ErrorCode::kCborMalformed);
  Bytes deep(40, 0x81);
  deep.push_back(0x00);
  EXPECT_EQ(hello_error(deep), ErrorCode::kCborMalformed);
  EXPECT_EQ(hello_error({0xA1, 0x01, 0x01}), ErrorCode::kCborMissingField);
  EXPECT_EQ(hello_error({0xA0}), ErrorCode::kCborMissingField);
  EXPECT_EQ(hello_error({0x80}), ErrorCode::kCborFieldType);
  EXPECT_EQ(hello_error({0xA2, 0x01, 0x01, 0x02, 0x1A, 0x00, 0x01, 0x00, 0x00}), ErrorCode::kCborFieldType);
  EXPECT_EQ(hello_error({0xA2, 0x01, 0x20, 0x02, 0x01}), ErrorCode::kCborFieldType);
  EXPECT_EQ(hello_error({0xA2, 0x01, 0x41, 0x01, 0x02, 0x01}), ErrorCode::kCborFieldType);
}

TEST_F(MessagesTest, BoundsOfFields) {
  Bytes out(8192);
  const auto refused = [&](const auto& message) {
    auto copy = message;
    const auto encoded = encode(message, out);
    return encoded && decode(*encoded, copy) == base::fail(ErrorCode::kCborFieldType);
  };
  const std::string long_serial(kMaxSerialSize + 1, 'x');
  EXPECT_TRUE(refused(BeginRequest{.serial = long_serial}));
  EXPECT_TRUE(refused(BeginRequest{.serial = ""}));
  EXPECT_TRUE(refused(BeginRequest{.serial = "tab\t"}));
  EXPECT_TRUE(refused(BeginRequest{.serial = "\xC3\xA4"}));
  EXPECT_TRUE(refused(SeedRequest{.seed = seq(0, 47)}));
  EXPECT_TRUE(refused(ImportKeyRequest{.private_key = seq(0, 33)}));
  EXPECT_TRUE(refused(GenerateKeyRequest{.subject = seq(0, kMaxSubjectSize + 1)}));
  EXPECT_TRUE(refused(AttestReply{.receipt = seq(0, kMaxReceiptSize + 1)}));
  EXPECT_TRUE(refused(PutRequest{}));
  const std::string long_name(kMaxItemNameSize + 1, 'n');
  const Bytes big(kMaxItemSize + 1);
  const Bytes three(3);
  for (const ItemPart& part :
       {ItemPart{long_name, 1, 0, 0, {}}, ItemPart{"", 1, 0, 0, {}}, ItemPart{"n", 1, kMaxItemSize + 1, 0, big},
        ItemPart{"n", 1, 10, 8, three}, ItemPart{"n", 1, kMaxItemSize + 1, 0, {}}}) {
    PutRequest put;
    ASSERT_TRUE(put.parts.push_back(part));
    EXPECT_TRUE(refused(put)) << part.name;
  }
}

TEST_F(MessagesTest, TooManyPartsAreRefused) {
  // {1: [count times {1: "n", 5: h''}]}
  const auto parts = [](size_t count) {
    Bytes bytes = {0xA1, 0x01, static_cast<uint8_t>(0x80 + count)};
    for (; count != 0; --count) bytes.insert(bytes.end(), {0xA2, 0x01, 0x61, 'n', 0x05, 0x40});
    return bytes;
  };
  PutRequest put;
  EXPECT_EQ(decode(parts(kMaxPartsPerPut + 1), put).error(), ErrorCode::kCborFieldType);
  EXPECT_TRUE(decode(parts(kMaxPartsPerPut), put));
}

}  // namespace
}  // namespace protocol
