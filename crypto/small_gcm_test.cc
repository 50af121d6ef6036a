#include "crypto/small_gcm.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <vector>

#include "crypto/gcm.h"

namespace crypto {
namespace {

using base::ByteView;
using Bytes = std::vector<uint8_t>;

// Against Mbed TLS's GCM, which crypto_test.cc holds against the standard's vectors.
class SmallGcmTest : public ::testing::Test {
 protected:
  SmallGcmTest() {
    const char* given = std::getenv("FACTORY_LINE_SEED");
    seed_ = given ? std::strtoull(given, nullptr, 0) : std::random_device()();
    random_.seed(seed_);
  }
  Bytes draw(size_t size) {
    Bytes bytes(size);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random_());
    return bytes;
  }
  uint64_t seed_;
  std::mt19937_64 random_;
};

TEST_F(SmallGcmTest, AgreesWithMbedTls) {
  SCOPED_TRACE("FACTORY_LINE_SEED=" + std::to_string(seed_));
  for (int round = 0; round < 500; ++round) {
    const Bytes key = draw(kGcmKeySize);
    const Bytes nonce = draw(kGcmNonceSize);
    const Bytes associated_data = draw(random_() % 40);
    const Bytes text = draw(random_() % 100);
    Bytes sealed(text.size() + kGcmTagSize);
    ASSERT_TRUE(gcm_seal(GcmKey(key), GcmNonce(nonce), associated_data, text, sealed));

    SmallAesKey small;
    small_aes_set_key(small, key);
    Bytes buffer = text;  // in its place
    SmallGcmTag tag;
    small_gcm_seal(small, GcmNonce(nonce), associated_data, buffer, buffer.data(), tag);
    ASSERT_TRUE(base::equal(buffer, ByteView(sealed).first(text.size())));
    ASSERT_TRUE(base::equal(tag, ByteView(sealed).last(kGcmTagSize)));
    ASSERT_TRUE(small_gcm_open(small, GcmNonce(nonce), associated_data, buffer, tag, buffer.data()));
    ASSERT_EQ(buffer, text);
  }
}

TEST_F(SmallGcmTest, RefusesWhatWasChangedAndWipes) {
  SCOPED_TRACE("FACTORY_LINE_SEED=" + std::to_string(seed_));
  SmallAesKey key;
  small_aes_set_key(key, draw(16));  // the key size of TLS's suite
  const Bytes nonce = draw(kGcmNonceSize);
  const Bytes associated_data = draw(13);
  const Bytes text = draw(33);
  Bytes ciphertext(text.size());
  SmallGcmTag tag;
  small_gcm_seal(key, GcmNonce(nonce), associated_data, text, ciphertext.data(), tag);
  for (size_t i = 0; i < ciphertext.size() + tag.size() + associated_data.size(); ++i) {
    Bytes changed_text = ciphertext;
    SmallGcmTag changed_tag = tag;
    Bytes changed_data = associated_data;
    uint8_t& byte = i < ciphertext.size()                ? changed_text[i]
                    : i < ciphertext.size() + tag.size() ? changed_tag[i - ciphertext.size()]
                                                         : changed_data[i - ciphertext.size() - tag.size()];
    byte ^= static_cast<uint8_t>(1 + random_() % 255);
    Bytes out(text.size(), 0xEE);
    ASSERT_FALSE(small_gcm_open(key, GcmNonce(nonce), changed_data, changed_text, changed_tag, out.data())) << i;
    ASSERT_EQ(out, Bytes(text.size())) << i;
  }
}

}  // namespace
}  // namespace crypto
