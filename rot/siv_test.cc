// RFC 5297's examples, and OpenSSL's AES-256-SIV as an independent second opinion.
#include "rot/siv.h"

#include <openssl/evp.h>

#include <vector>

#include "base/hex.h"
#include "rot/rot_test_support.h"

namespace rot {
namespace {

std::vector<uint8_t> hex(std::string_view text) {
  std::vector<uint8_t> bytes(text.size() / 2);
  EXPECT_TRUE(base::hex_decode(text, bytes));
  return bytes;
}

class SivTest : public ::testing::Test {
 protected:
  void SetUp() override { test::start_psa(); }
};

TEST_F(SivTest, DeterministicExampleOfRfc5297A1) {
  SivKey key;
  ASSERT_SUCCESS(key.set(hex("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")));
  const auto data = hex("101112131415161718191a1b1c1d1e1f2021222324252627");
  const auto text = hex("112233445566778899aabbccddee");
  std::vector<uint8_t> out(kSivTagSize + text.size());
  const auto sealed = siv_seal(key, {data}, text, out);
  ASSERT_SUCCESS(sealed);
  EXPECT_EQ(out, hex("85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c"));
  std::vector<uint8_t> opened(text.size());
  ASSERT_SUCCESS(siv_open(key, {data}, out, opened));
  EXPECT_EQ(opened, text);
}

TEST_F(SivTest, NonceBasedExampleOfRfc5297A2) {
  SivKey key;
  ASSERT_SUCCESS(key.set(hex("7f7e7d7c7b7a79787776757473727170404142434445464748494a4b4c4d4e4f")));
  const auto first = hex("00112233445566778899aabbccddeeffdeaddadadeaddadaffeeddccbbaa99887766554433221100");
  const auto second = hex("102030405060708090a0");
  const auto nonce = hex("09f911029d74e35bd84156c5635688c0");
  const auto text = hex("7468697320697320736f6d6520706c61696e7465787420746f20656e6372797074207573696e67205349562d414553");
  std::vector<uint8_t> out(kSivTagSize + text.size());
  ASSERT_SUCCESS(siv_seal(key, {first, second, nonce}, text, out));
  EXPECT_EQ(out, hex("7bdb6e3b432667eb06f4d14bff2fbd0fcb900f2fddbe404326601965c889bf17dba77ceb094fa663b7a3f748ba8af829"
                     "ea64ad544a272e9c485b62a3fd5c0d"));
}

TEST_F(SivTest, AgreesWithOpenSslForEveryLength) {
  test::TestRandom random(test::test_seed(1));
  EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, "AES-256-SIV", nullptr);
  ASSERT_NE(cipher, nullptr);
  for (size_t size = 1; size < 200; ++size) {
    std::vector<uint8_t> key_bytes(kSivKeySize), data(random.below(70) + 1), text(size);
    ASSERT_SUCCESS(random.generate(key_bytes));
    ASSERT_SUCCESS(random.generate(data));
    ASSERT_SUCCESS(random.generate(text));
    SivKey key;
    ASSERT_SUCCESS(key.set(key_bytes));
    std::vector<uint8_t> ours(kSivTagSize + size), theirs(kSivTagSize + size);
    ASSERT_SUCCESS(siv_seal(key, {data}, text, ours));

    EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
    int length = 0;
    ASSERT_EQ(EVP_EncryptInit_ex2(context, cipher, key_bytes.data(), nullptr, nullptr), 1);
    ASSERT_EQ(EVP_EncryptUpdate(context, nullptr, &length, data.data(), static_cast<int>(data.size())), 1);
    ASSERT_EQ(EVP_EncryptUpdate(context, theirs.data() + kSivTagSize, &length, text.data(), static_cast<int>(size)), 1);
    ASSERT_EQ(EVP_EncryptFinal_ex(context, nullptr, &length), 1);
    ASSERT_EQ(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kSivTagSize, theirs.data()), 1);
    EVP_CIPHER_CTX_free(context);
    ASSERT_EQ(ours, theirs) << "size " << size;
  }
  EVP_CIPHER_free(cipher);
}

TEST_F(SivTest, PiecesGiveTheSameTagAsTheWhole) {
  test::TestRandom random(test::test_seed(2));
  SivKey key;
  std::array<uint8_t, kSivKeySize> key_bytes;
  ASSERT_SUCCESS(random.generate(key_bytes));
  ASSERT_SUCCESS(key.set(key_bytes));
  for (int round = 0; round < 300; ++round) {
    std::vector<uint8_t> text(random.below(100));
    ASSERT_SUCCESS(random.generate(text));
    std::vector<uint8_t> whole(kSivTagSize + text.size());
    ASSERT_SUCCESS(siv_seal(key, {kSivTagSize > 0 ? ByteView(key_bytes) : ByteView()}, text, whole));
    SivTag s2v(key);
    s2v.associated_data({ByteView(key_bytes).first(5), ByteView(key_bytes).subspan(5)});
    s2v.begin_plaintext(text.size());
    for (size_t at = 0; at < text.size();) {
      const size_t take = std::min<size_t>(text.size() - at, random.below(40));
      s2v.plaintext(ByteView(text).subspan(at, take));
      at += take;
    }
    SivBlock tag;
    s2v.finish(tag);
    ASSERT_TRUE(base::equal(tag, ByteView(whole).first(kSivTagSize))) << text.size();
  }
}

TEST_F(SivTest, AnyChangedBitIsRefusedAndNothingIsHandedOut) {
  SivKey key;
  ASSERT_SUCCESS(key.set(std::array<uint8_t, kSivKeySize>{1, 2, 3}));
  std::array<uint8_t, 20> text{5, 6, 7};
  std::array<uint8_t, 36> sealed;
  const std::array<uint8_t, 3> data{9, 9, 9};
  ASSERT_SUCCESS(siv_seal(key, {data}, text, sealed));
  for (size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    auto changed = sealed;
    changed[bit / 8] = static_cast<uint8_t>(changed[bit / 8] ^ (1u << (bit % 8)));
    std::array<uint8_t, 20> out;
    EXPECT_ERROR(siv_open(key, {data}, changed, out), "kSealAuth");
    EXPECT_EQ(out, (std::array<uint8_t, 20>{}));
  }
}

}  // namespace
}  // namespace rot
