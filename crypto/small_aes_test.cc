#include "crypto/small_aes.h"

#include <gtest/gtest.h>
#include <mbedtls/aes.h>

#include <array>
#include <cstdlib>
#include <random>
#include <string>

namespace crypto {
namespace {

using Block = std::array<uint8_t, 16>;

// FIPS 197 appendix C.1 and C.3: the key counts from 0, the plaintext is 00112233...
TEST(SmallAesTest, ExamplesOfTheStandard) {
  std::array<uint8_t, 32> key;
  for (size_t i = 0; i < key.size(); ++i) key[i] = static_cast<uint8_t>(i);
  Block text;
  for (size_t i = 0; i < text.size(); ++i) text[i] = static_cast<uint8_t>(0x11 * i);
  SmallAesKey small;
  Block out;
  small_aes_set_key(small, std::span(key).first(16));
  small_aes_encrypt(small, text.data(), out.data());
  EXPECT_EQ(out, (Block{0x69, 0xc4, 0xe0, 0xd8, 0x6a, 0x7b, 0x04, 0x30, 0xd8, 0xcd, 0xb7, 0x80, 0x70, 0xb4, 0xc5, 0x5a}));
  small_aes_set_key(small, key);
  small_aes_encrypt(small, text.data(), text.data());  // in its place
  EXPECT_EQ(text, (Block{0x8e, 0xa2, 0xb7, 0xca, 0x51, 0x67, 0x45, 0xbf, 0xea, 0xfc, 0x49, 0x90, 0x4b, 0x49, 0x60, 0x89}));
}

// A chain of encryptions, each with another key, against Mbed TLS's own.
TEST(SmallAesTest, AgreesWithMbedTls) {
  const char* given = std::getenv("FACTORY_LINE_SEED");
  const uint64_t seed = given ? std::strtoull(given, nullptr, 0) : std::random_device()();
  SCOPED_TRACE("FACTORY_LINE_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 2000; ++round) {
    std::array<uint8_t, 32> key;
    for (uint8_t& byte : key) byte = static_cast<uint8_t>(random());
    Block text;
    for (uint8_t& byte : text) byte = static_cast<uint8_t>(random());
    const size_t size = random() % 2 == 0 ? 16 : 32;
    SmallAesKey small;
    small_aes_set_key(small, std::span(key).first(size));
    Block out;
    small_aes_encrypt(small, text.data(), out.data());
    mbedtls_aes_context context;
    mbedtls_aes_init(&context);
    ASSERT_EQ(mbedtls_aes_setkey_enc(&context, key.data(), static_cast<unsigned>(8 * size)), 0);
    Block expected;
    ASSERT_EQ(mbedtls_aes_crypt_ecb(&context, MBEDTLS_AES_ENCRYPT, text.data(), expected.data()), 0);
    mbedtls_aes_free(&context);
    ASSERT_EQ(out, expected);
  }
}

}  // namespace
}  // namespace crypto
