#include "protocol/cose.h"

#include <gtest/gtest.h>

#include "protocol/crypto.h"
#include "protocol/psa_test_support.h"
#include "protocol/vector_file_test_support.h"

namespace protocol {
namespace {

using base::ErrorCode;
using test::Bytes;
using test::to_vector;

class CoseTest : public ::testing::Test {
 protected:
  CoseTest() {
    test::start_psa();
    EXPECT_EQ(key_.import(kP256KeyPair, PSA_KEY_USAGE_SIGN_HASH, PSA_ALG_ECDSA(PSA_ALG_SHA_256),
                          vectors_.get("receipt", "private")),
              PSA_SUCCESS);
  }
  test::VectorFile vectors_{"cose.txt"};
  VolatileKey key_;
  const PublicKey public_ = test::fixed<65>(vectors_.get("receipt", "public"));
  const Bytes payload_ = vectors_.get("receipt", "payload");
  const Bytes message_ = vectors_.get("receipt", "message");
};

TEST_F(CoseTest, VerifiesTheVector) {
  EXPECT_EQ(base::as_text(vectors_.get("receipt", "label")), kReceiptLabel);
  const auto payload = cose_verify1(public_, kReceiptLabel, message_);
  ASSERT_TRUE(payload);
  EXPECT_EQ(to_vector(*payload), payload_);
}

TEST_F(CoseTest, SignsWhatItVerifies) {
  base::ByteArray<kMaxReceiptSize> out;
  const auto message = cose_sign1(key_.id(), kReceiptLabel, payload_, out);
  ASSERT_TRUE(message);
  // The same bytes as the vector up to the signature, which is randomised.
  ASSERT_EQ(message->size(), message_.size());
  EXPECT_EQ(to_vector(message->first(message->size() - kSignatureSize)),
            Bytes(message_.begin(), message_.end() - kSignatureSize));
  EXPECT_TRUE(cose_verify1(public_, kReceiptLabel, *message));
  // Payloads of every width of length.
  for (size_t size : {0, 23, 24, 255, 256, 2000}) {
    const Bytes payload(size, 0x5A);
    Bytes long_out(size + 100);
    const auto long_message = cose_sign1(key_.id(), kFirstBootLabel, payload, long_out);
    ASSERT_TRUE(long_message);
    EXPECT_EQ(to_vector(cose_verify1(public_, kFirstBootLabel, *long_message).value()), payload);
  }
}

TEST_F(CoseTest, AnotherLabelOrKeyIsRefused) {
  EXPECT_EQ(cose_verify1(public_, kFirstBootLabel, message_).error(), ErrorCode::kSignatureInvalid);
  const auto other = test::fixed<65>(test::VectorFile("batch_block.txt").get("station id", "station"));
  EXPECT_EQ(cose_verify1(other, kReceiptLabel, message_).error(), ErrorCode::kSignatureInvalid);
  EXPECT_EQ(cose_verify1(PublicKey{}, kReceiptLabel, message_).error(), ErrorCode::kCrypto);
}

TEST_F(CoseTest, EveryChangedByteIsRefused) {
  for (size_t at = 0; at < message_.size(); ++at) {
    Bytes changed = message_;
    changed[at] ^= 1;
    EXPECT_FALSE(cose_verify1(public_, kReceiptLabel, changed)) << at;
  }
  for (size_t size = 0; size < message_.size(); ++size) {
    const Bytes cut(message_.begin(), message_.begin() + static_cast<long>(size));
    EXPECT_EQ(cose_verify1(public_, kReceiptLabel, cut).error(), ErrorCode::kCborMalformed) << size;
  }
}

TEST_F(CoseTest, AnotherAlgorithmIsUnsupported) {
  Bytes changed = message_;
  changed[5] = 0x27;  // -8, EdDSA
  EXPECT_EQ(cose_verify1(public_, kReceiptLabel, changed).error(), ErrorCode::kUnsupported);
}

TEST_F(CoseTest, KeyThatMayNotSignOrNoRoom) {
  base::ByteArray<kMaxReceiptSize> out;
  EXPECT_EQ(cose_sign1(key_.id() + 1, kReceiptLabel, payload_, out).error(), ErrorCode::kCrypto);
  EXPECT_EQ(cose_sign1(key_.id(), kReceiptLabel, payload_, MutableBytes(out).first(message_.size() - 1)).error(),
            ErrorCode::kBufferTooSmall);
}

// The largest receipt that a unit can make fits.
TEST_F(CoseTest, LargestReceiptFits) {
  const std::string serial(kMaxSerialSize, 's');
  const std::string board(kMaxBoardSize, 'b');
  const std::string version(kMaxVersionSize, 'v');
  const Bytes chip(kMaxChipIdSize);
  Receipt receipt{
      .chip_id = chip, .serial = serial, .item_count = UINT16_MAX, .board = board, .agent_version = version};
  base::ByteArray<kMaxReceiptSize> payload, out;
  const auto encoded = encode(receipt, payload);
  ASSERT_TRUE(encoded);
  EXPECT_TRUE(cose_sign1(key_.id(), kReceiptLabel, *encoded, out));
}

}  // namespace
}  // namespace protocol
