#include <gtest/gtest.h>

#include <vector>

#include "crypto/gcm.h"
#include "crypto/hkdf.h"
#include "crypto/sha256.h"

namespace crypto {
namespace {

using base::ByteView;
using Bytes = std::vector<uint8_t>;

Bytes hex(std::string_view text) {
  Bytes bytes;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<uint8_t>(std::stoul(std::string(text.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

Bytes bytes_of(const Digest& digest) { return {digest.begin(), digest.end()}; }

// FIPS 180-4, its example messages.
TEST(Sha256Test, ExamplesOfTheStandard) {
  EXPECT_EQ(bytes_of(Sha256().update(base::as_bytes("abc")).finish()),
            hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
  EXPECT_EQ(bytes_of(Sha256().finish()), hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
  const Bytes million(1000, 'a');
  Sha256 hash;
  for (int i = 0; i < 1000; ++i) hash.update(million);
  EXPECT_EQ(bytes_of(hash.finish()), hex("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"));
}

TEST(Sha256Test, PiecesMakeNoDifference) {
  Bytes data;
  for (int i = 0; i < 200; ++i) data.push_back(static_cast<uint8_t>(i));
  const Digest whole = Sha256().update(data).finish();
  for (size_t cut = 0; cut <= data.size(); ++cut) {
    const ByteView view(data);
    EXPECT_EQ(Sha256().update(view.first(cut)).update(view.subspan(cut)).finish(), whole) << cut;
  }
}

TEST(Sha256Test, LabelIsItsLengthAndItsBytes) {
  EXPECT_EQ(Sha256("ab").update(base::as_bytes("c")).finish(), Sha256().update(base::as_bytes("\x02" "abc")).finish());
}

// RFC 5869 appendix A.1 to A.3.
TEST(HkdfTest, ExamplesOfTheRfc) {
  Bytes ikm(22, 0x0b);
  Bytes out(42);
  hkdf_sha256(hex("000102030405060708090a0b0c"), ikm, hex("f0f1f2f3f4f5f6f7f8f9"), out);
  EXPECT_EQ(out, hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"));
  hkdf_sha256({}, ikm, {}, out);
  EXPECT_EQ(out, hex("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"));

  // The salt is longer than SHA-256's block.
  Bytes long_ikm;
  Bytes salt;
  Bytes info;
  for (int i = 0; i < 80; ++i) {
    long_ikm.push_back(static_cast<uint8_t>(i));
    salt.push_back(static_cast<uint8_t>(0x60 + i));
    info.push_back(static_cast<uint8_t>(0xb0 + i));
  }
  out.resize(82);
  hkdf_sha256(salt, long_ikm, info, out);
  EXPECT_EQ(out, hex("b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da"
                     "3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"));
}

// Test cases 13 to 16 of "The Galois/Counter Mode of Operation" (McGrew, Viega), appendix B.
struct GcmCase {
  const char* key;
  const char* nonce;
  const char* associated_data;
  const char* plaintext;
  const char* sealed;
};
constexpr GcmCase kGcmCases[] = {
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "", "",
     "530f8afbc74536b9a963b4f1c4cb738b"},
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "",
     "00000000000000000000000000000000", "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657"
     "ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0a"
     "bcc9f66276fc6ece0f4e1768cddf8853bb2d551b"},
};

class GcmTest : public ::testing::TestWithParam<GcmCase> {
 protected:
  Bytes key_ = hex(GetParam().key);
  Bytes nonce_ = hex(GetParam().nonce);
  Bytes associated_data_ = hex(GetParam().associated_data);
  Bytes plaintext_ = hex(GetParam().plaintext);
  Bytes sealed_ = hex(GetParam().sealed);
  [[nodiscard]] GcmKey key() const { return GcmKey(key_); }
  [[nodiscard]] GcmNonce nonce() const { return GcmNonce(nonce_); }
};

TEST_P(GcmTest, SealsAndOpens) {
  Bytes out(plaintext_.size() + kGcmTagSize);
  ASSERT_TRUE(gcm_seal(key(), nonce(), associated_data_, plaintext_, out));
  EXPECT_EQ(out, sealed_);
  Bytes opened(plaintext_.size());
  ASSERT_TRUE(gcm_open(key(), nonce(), associated_data_, sealed_, opened));
  EXPECT_EQ(opened, plaintext_);
}

TEST_P(GcmTest, WorksInItsOwnBuffer) {
  Bytes buffer = plaintext_;
  buffer.resize(plaintext_.size() + kGcmTagSize);
  ASSERT_TRUE(gcm_seal(key(), nonce(), associated_data_, ByteView(buffer).first(plaintext_.size()), buffer));
  EXPECT_EQ(buffer, sealed_);
  ASSERT_TRUE(gcm_open(key(), nonce(), associated_data_, buffer, base::MutableBytes(buffer).first(plaintext_.size())));
  buffer.resize(plaintext_.size());
  EXPECT_EQ(buffer, plaintext_);
}

TEST_P(GcmTest, RefusesEveryChangedByteAndWipes) {
  for (size_t i = 0; i < sealed_.size(); ++i) {
    Bytes changed = sealed_;
    changed[i] ^= 0x10;
    Bytes opened(plaintext_.size(), 0xEE);
    EXPECT_FALSE(gcm_open(key(), nonce(), associated_data_, changed, opened)) << i;
    EXPECT_EQ(opened, Bytes(plaintext_.size())) << i;
  }
  Bytes other = associated_data_;
  other.push_back(0);
  Bytes opened(plaintext_.size());
  EXPECT_FALSE(gcm_open(key(), nonce(), other, sealed_, opened));
  EXPECT_FALSE(gcm_open(key(), nonce(), associated_data_, ByteView(sealed_).first(kGcmTagSize - 1), {}));
}

INSTANTIATE_TEST_SUITE_P(Vectors, GcmTest, ::testing::ValuesIn(kGcmCases));

}  // namespace
}  // namespace crypto
