#include "session_crypto.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/bytes.h"

// Against PSA Crypto itself, which answers the same calls on the host.
namespace {

using Bytes = std::vector<uint8_t>;

Bytes hex(std::string_view text) {
  Bytes bytes;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<uint8_t>(std::stoul(std::string(text.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

Bytes counting(size_t size, uint8_t first) {
  Bytes bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<uint8_t>(first + 7 * i);
  return bytes;
}

psa_key_attributes_t attributes(psa_key_type_t type, psa_key_usage_t usage, psa_algorithm_t alg) {
  psa_key_attributes_t result = PSA_KEY_ATTRIBUTES_INIT;
  psa_set_key_type(&result, type);
  psa_set_key_usage_flags(&result, usage);
  psa_set_key_algorithm(&result, alg);
  return result;
}

class SessionCryptoTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(psa_crypto_init(), PSA_SUCCESS); }
  void TearDown() override { mbedtls_psa_crypto_free(); }
};

constexpr psa_algorithm_t kPrf = PSA_ALG_TLS12_PRF(PSA_ALG_SHA_256);

Bytes psa_prf(const Bytes& secret, const Bytes& label, const Bytes& seed, size_t size) {
  const auto what = attributes(PSA_KEY_TYPE_DERIVE, PSA_KEY_USAGE_DERIVE, kPrf);
  mbedtls_svc_key_id_t key = 0;
  psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;
  Bytes out(size);
  EXPECT_EQ(psa_import_key(&what, secret.data(), secret.size(), &key), PSA_SUCCESS);
  EXPECT_EQ(psa_key_derivation_setup(&operation, kPrf), PSA_SUCCESS);
  EXPECT_EQ(psa_key_derivation_input_bytes(&operation, PSA_KEY_DERIVATION_INPUT_SEED, seed.data(), seed.size()),
            PSA_SUCCESS);
  EXPECT_EQ(psa_key_derivation_input_key(&operation, PSA_KEY_DERIVATION_INPUT_SECRET, key), PSA_SUCCESS);
  EXPECT_EQ(psa_key_derivation_input_bytes(&operation, PSA_KEY_DERIVATION_INPUT_LABEL, label.data(), label.size()),
            PSA_SUCCESS);
  EXPECT_EQ(psa_key_derivation_output_bytes(&operation, out.data(), size), PSA_SUCCESS);
  psa_key_derivation_abort(&operation);
  psa_destroy_key(key);
  return out;
}

Bytes our_prf(const Bytes& secret, const Bytes& label, const Bytes& seed, size_t size) {
  const auto what = attributes(PSA_KEY_TYPE_DERIVE, PSA_KEY_USAGE_DERIVE, kPrf);
  mbedtls_svc_key_id_t key = 0;
  factory_line_prf_operation_t operation{};
  Bytes out(size);
  EXPECT_EQ(factory_line_import_key(&what, secret.data(), secret.size(), &key), PSA_SUCCESS);
  EXPECT_EQ(factory_line_prf_setup(&operation, kPrf), PSA_SUCCESS);
  EXPECT_EQ(factory_line_prf_input_bytes(&operation, PSA_KEY_DERIVATION_INPUT_SEED, seed.data(), seed.size()),
            PSA_SUCCESS);
  EXPECT_EQ(factory_line_prf_input_key(&operation, PSA_KEY_DERIVATION_INPUT_SECRET, key), PSA_SUCCESS);
  EXPECT_EQ(factory_line_prf_input_bytes(&operation, PSA_KEY_DERIVATION_INPUT_LABEL, label.data(), label.size()),
            PSA_SUCCESS);
  EXPECT_EQ(factory_line_prf_output_bytes(&operation, out.data(), size), PSA_SUCCESS);
  EXPECT_EQ(factory_line_prf_abort(&operation), PSA_SUCCESS);
  EXPECT_EQ(factory_line_destroy_key(key), PSA_SUCCESS);
  // Without its secret there is none.
  EXPECT_NE(factory_line_prf_output_bytes(&operation, out.data(), 0), PSA_SUCCESS);
  return out;
}

TEST_F(SessionCryptoTest, PrfIsThatOfPsa) {
  for (const size_t secret : {1U, 32U, 48U, 64U, 65U, 100U}) {
    for (const size_t size : {1U, 12U, 31U, 32U, 33U, 40U, 48U, 64U, 100U}) {
      const Bytes label = counting(13, 0x61);
      const Bytes seed = counting(64, static_cast<uint8_t>(size));
      EXPECT_EQ(our_prf(counting(secret, 3), label, seed, size), psa_prf(counting(secret, 3), label, seed, size))
          << secret << " " << size;
    }
  }
}

TEST_F(SessionCryptoTest, RefusesAnotherPrfAndAnotherHash) {
  factory_line_prf_operation_t operation{};
  EXPECT_EQ(factory_line_prf_setup(&operation, PSA_ALG_TLS12_PRF(PSA_ALG_SHA_384)), PSA_ERROR_NOT_SUPPORTED);
  EXPECT_NE(factory_line_prf_input_key(&operation, PSA_KEY_DERIVATION_INPUT_SECRET, 1), PSA_SUCCESS);
  mbedtls_sha256_context hash = factory_line_hash_operation_init();
  EXPECT_EQ(factory_line_hash_setup(&hash, PSA_ALG_SHA_384), PSA_ERROR_NOT_SUPPORTED);
  Bytes out(64);
  size_t size = 0;
  EXPECT_EQ(factory_line_hash_compute(PSA_ALG_SHA_384, out.data(), 1, out.data(), 64, &size), PSA_ERROR_NOT_SUPPORTED);
  EXPECT_EQ(factory_line_hash_compute(PSA_ALG_SHA_256, out.data(), 1, out.data(), 31, &size),
            PSA_ERROR_BUFFER_TOO_SMALL);
}

TEST_F(SessionCryptoTest, HashGoesOnAfterItsCopyIsFinished) {
  const Bytes data = counting(150, 1);
  for (size_t cut = 0; cut <= data.size(); cut += 25) {
    mbedtls_sha256_context hash = factory_line_hash_operation_init();
    mbedtls_sha256_context copy = factory_line_hash_operation_init();
    ASSERT_EQ(factory_line_hash_setup(&hash, PSA_ALG_SHA_256), PSA_SUCCESS);
    ASSERT_EQ(factory_line_hash_update(&hash, data.data(), cut), PSA_SUCCESS);
    ASSERT_EQ(factory_line_hash_clone(&hash, &copy), PSA_SUCCESS);
    ASSERT_EQ(factory_line_hash_update(&hash, data.data() + cut, data.size() - cut), PSA_SUCCESS);
    for (auto [context, length] : {std::pair{&copy, cut}, std::pair{&hash, data.size()}}) {
      Bytes ours(32), theirs(32);
      size_t size = 0;
      EXPECT_EQ(factory_line_hash_finish(context, ours.data(), 31, &size), PSA_ERROR_BUFFER_TOO_SMALL);
      ASSERT_EQ(factory_line_hash_finish(context, ours.data(), 32, &size), PSA_SUCCESS);
      EXPECT_EQ(size, 32U);
      ASSERT_EQ(psa_hash_compute(PSA_ALG_SHA_256, data.data(), length, theirs.data(), 32, &size), PSA_SUCCESS);
      EXPECT_EQ(ours, theirs);
      ASSERT_EQ(factory_line_hash_compute(PSA_ALG_SHA_256, data.data(), length, ours.data(), 32, &size), PSA_SUCCESS);
      EXPECT_EQ(ours, theirs);
    }
  }
}

TEST_F(SessionCryptoTest, RecordsAreThoseOfPsa) {
  const auto what = attributes(PSA_KEY_TYPE_AES, PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT, PSA_ALG_GCM);
  const Bytes one = counting(16, 9);
  const Bytes other = counting(16, 77);
  mbedtls_svc_key_id_t psa = 0, ours = 0, second = 0, third = 0;
  ASSERT_EQ(psa_import_key(&what, one.data(), one.size(), &psa), PSA_SUCCESS);
  ASSERT_EQ(factory_line_import_key(&what, one.data(), one.size(), &ours), PSA_SUCCESS);
  ASSERT_EQ(factory_line_import_key(&what, other.data(), other.size(), &second), PSA_SUCCESS);
  EXPECT_EQ(factory_line_import_key(&what, other.data(), other.size(), &third), PSA_ERROR_INSUFFICIENT_MEMORY);
  const Bytes nonce = counting(12, 5);
  const Bytes head = counting(13, 6);
  for (const size_t length : {0U, 1U, 15U, 16U, 17U, 200U}) {
    const Bytes text = counting(length, 11);
    Bytes expected(length + 16), sealed(length + 16), opened(length);
    size_t size = 0;
    ASSERT_EQ(psa_aead_encrypt(psa, PSA_ALG_GCM, nonce.data(), 12, head.data(), 13, text.data(), length,
                               expected.data(), expected.size(), &size),
              PSA_SUCCESS);
    EXPECT_EQ(factory_line_aead_encrypt(ours, PSA_ALG_GCM, nonce.data(), 12, head.data(), 13, text.data(), length,
                                        sealed.data(), length + 15, &size),
              PSA_ERROR_BUFFER_TOO_SMALL);
    ASSERT_EQ(factory_line_aead_encrypt(ours, PSA_ALG_GCM, nonce.data(), 12, head.data(), 13, text.data(), length,
                                        sealed.data(), sealed.size(), &size),
              PSA_SUCCESS);
    EXPECT_EQ(size, length + 16);
    EXPECT_EQ(sealed, expected);
    const auto open = [&](mbedtls_svc_key_id_t key) {
      return factory_line_aead_decrypt(key, PSA_ALG_GCM, nonce.data(), 12, head.data(), 13, sealed.data(),
                                       sealed.size(), opened.data(), opened.size(), &size);
    };
    ASSERT_EQ(open(ours), PSA_SUCCESS);
    EXPECT_EQ(size, length);
    EXPECT_EQ(opened, text);
    EXPECT_EQ(open(second), PSA_ERROR_INVALID_SIGNATURE);
    for (uint8_t& byte : sealed) {
      byte ^= 1;
      EXPECT_EQ(open(ours), PSA_ERROR_INVALID_SIGNATURE);
      byte ^= 1;
    }
  }
  Bytes few(15);
  size_t size = 0;
  EXPECT_EQ(factory_line_aead_decrypt(ours, PSA_ALG_GCM, nonce.data(), 12, head.data(), 13, few.data(), few.size(),
                                      few.data(), few.size(), &size),
            PSA_ERROR_INVALID_SIGNATURE);
  EXPECT_EQ(factory_line_destroy_key(ours), PSA_SUCCESS);
  EXPECT_EQ(
      factory_line_aead_encrypt(ours, PSA_ALG_GCM, nonce.data(), 12, nullptr, 0, nullptr, 0, few.data(), 16, &size),
      PSA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(factory_line_import_key(&what, one.data(), one.size(), &ours), PSA_SUCCESS);
  EXPECT_EQ(factory_line_destroy_key(ours), PSA_SUCCESS);
  EXPECT_EQ(factory_line_destroy_key(second), PSA_SUCCESS);
  // What is PSA's goes to PSA.
  EXPECT_EQ(factory_line_destroy_key(psa), PSA_SUCCESS);
  psa_key_attributes_t gone = PSA_KEY_ATTRIBUTES_INIT;
  EXPECT_EQ(psa_get_key_attributes(psa, &gone), PSA_ERROR_INVALID_HANDLE);
}

// RFC 6979 appendix A.2.5, SHA-256, "sample".
TEST_F(SessionCryptoTest, SignatureOfTheRfc) {
  Bytes point =
      hex("0460FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
          "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299");
  // DER: two numbers of 33 bytes, as the highest bit of both is set.
  const Bytes signature_of_rfc =
      hex("3046022100EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
          "022100F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8");
  Bytes signature = signature_of_rfc;
  Bytes hash(32);
  size_t size = 0;
  ASSERT_EQ(
      factory_line_hash_compute(PSA_ALG_SHA_256, reinterpret_cast<const uint8_t*>("sample"), 6, hash.data(), 32, &size),
      PSA_SUCCESS);
  const auto what =
      attributes(PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1), PSA_KEY_USAGE_VERIFY_HASH, PSA_ALG_ECDSA_ANY);
  mbedtls_svc_key_id_t key = 0;
  ASSERT_EQ(factory_line_import_key(&what, point.data(), point.size(), &key), PSA_SUCCESS);
  EXPECT_EQ(factory_line_destroy_key(key), PSA_SUCCESS);
  const auto verify = [&](size_t size_of_point = 65) {
    return factory_line_verify_der(point.data(), size_of_point, hash.data(), 32, signature.data(), signature.size());
  };
  EXPECT_EQ(verify(), PSA_SUCCESS);
  for (size_t i = 0; i < signature.size(); i += 3) {
    signature[i] ^= 1;
    EXPECT_EQ(verify(), PSA_ERROR_INVALID_SIGNATURE) << i;
    signature[i] ^= 1;
  }
  hash[0] ^= 1;
  EXPECT_EQ(verify(), PSA_ERROR_INVALID_SIGNATURE);
  hash[0] ^= 1;
  signature.push_back(0);
  EXPECT_EQ(verify(), PSA_ERROR_INVALID_SIGNATURE);
  signature = Bytes(signature_of_rfc.begin(), signature_of_rfc.end() - 1);
  EXPECT_EQ(verify(), PSA_ERROR_INVALID_SIGNATURE);
  signature = signature_of_rfc;
  EXPECT_EQ(verify(64), PSA_ERROR_INVALID_ARGUMENT);
  point[40] ^= 1;  // off the curve
  EXPECT_EQ(verify(), PSA_ERROR_INVALID_SIGNATURE);
  point[40] ^= 1;

  point[64] ^= 1;  // off the curve
  EXPECT_EQ(factory_line_import_key(&what, point.data(), point.size(), &key), PSA_ERROR_INVALID_ARGUMENT);
  point[64] ^= 1;
  point[0] = 3;
  EXPECT_EQ(factory_line_import_key(&what, point.data(), point.size(), &key), PSA_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(factory_line_import_key(&what, point.data(), 64, &key), PSA_ERROR_INVALID_ARGUMENT);
  const auto other_curve = attributes(PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_K1), 0, PSA_ALG_ECDSA_ANY);
  EXPECT_EQ(factory_line_import_key(&other_curve, point.data(), 65, &key), PSA_ERROR_NOT_SUPPORTED);
}

}  // namespace
