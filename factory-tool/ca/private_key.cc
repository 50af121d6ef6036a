#include "factory-tool/ca/private_key.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>

#include <algorithm>

namespace factory {
namespace {

using base::ErrorCode;
using base::failure;
using base::Outcome;

// OWASP's figure for PBKDF2-HMAC-SHA-256 and passphrases that people choose; 0.1 s or more for each key that is opened.
constexpr int kIterations = 600'000;
// One of this length was drawn, as that of `init`: stretching 256 random bits adds nothing, and the line waits for it.
constexpr size_t kDrawnPassphraseSize = 64;
constexpr int kIterationsForDrawn = 10'000;

int give_passphrase(char* buffer, int size, int /*rwflag*/, void* user) {
  const auto& passphrase = *static_cast<const base::ByteView*>(user);
  if (passphrase.empty() || passphrase.size() > static_cast<size_t>(size)) return -1;
  std::copy(passphrase.begin(), passphrase.end(), buffer);
  return static_cast<int>(passphrase.size());
}

Outcome<base::ByteArray<65>> point_of(const EVP_PKEY* key, ErrorCode code, const std::string& file) {
  base::ByteArray<65> point{};
  size_t size = 0;
  char group[32] = {};
  if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_EC ||
      EVP_PKEY_get_group_name(key, group, sizeof group, nullptr) != 1 ||
      (std::string_view(group) != "prime256v1" && std::string_view(group) != "P-256")) {
    return failure(code, "the key is not an elliptic-curve key on P-256", file);
  }
  // Ask for the uncompressed form whatever the file had.
  base::Bytes encoded(65);
  if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, encoded.data(), encoded.size(), &size) != 1 ||
      size != 65 || encoded[0] != 4) {
    BIGNUM* x = nullptr;
    BIGNUM* y = nullptr;
    const bool got = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_X, &x) == 1 &&
                     EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_Y, &y) == 1;
    const BigNumber x_owner(x);
    const BigNumber y_owner(y);
    if (!got || BN_bn2binpad(x, encoded.data() + 1, 32) != 32 || BN_bn2binpad(y, encoded.data() + 33, 32) != 32) {
      return failure(code, "the public key cannot be read: " + openssl_error(), file);
    }
    encoded[0] = 4;
  }
  std::copy(encoded.begin(), encoded.end(), point.begin());
  return point;
}

}  // namespace

std::string openssl_error() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  if (code == 0) return "no reason given";
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "error " + std::to_string(code);
}

Outcome<PrivateKey> generate_p256_key() {
  PrivateKey key(EVP_EC_gen("P-256"));
  if (!key) return failure(ErrorCode::kSignerUnavailable, "no key could be generated: " + openssl_error());
  return key;
}

Outcome<base::SecretBuffer> private_key_pem(const PrivateKey& key, base::ByteView passphrase) {
  const Bio bio(BIO_new(BIO_s_secmem()));
  const Pkcs8Plain plain(EVP_PKEY2PKCS8(key.get()));
  bool written = false;
  if (bio && plain && passphrase.empty()) {
    written = PEM_write_bio_PKCS8_PRIV_KEY_INFO(bio.get(), plain.get()) == 1;
  } else if (bio && plain) {
    uint8_t salt[16];
    const int iterations = passphrase.size() >= kDrawnPassphraseSize ? kIterationsForDrawn : kIterations;
    if (RAND_bytes(salt, sizeof salt) == 1) {
      const Pkcs8 encrypted(PKCS8_encrypt(-1, EVP_aes_256_cbc(), reinterpret_cast<const char*>(passphrase.data()),
                                          static_cast<int>(passphrase.size()), salt, sizeof salt, iterations,
                                          plain.get()));
      written = encrypted && PEM_write_bio_PKCS8(bio.get(), encrypted.get()) == 1;
    }
  }
  char* text = nullptr;
  const long size = bio ? BIO_get_mem_data(bio.get(), &text) : 0;
  if (!written || size <= 0) {
    return failure(ErrorCode::kSignerUnavailable, "the key cannot be encoded: " + openssl_error());
  }
  return base::SecretBuffer(base::ByteView(reinterpret_cast<const uint8_t*>(text), static_cast<size_t>(size)));
}

Outcome<PrivateKey> parse_private_key(base::ByteView pem, base::ByteView passphrase, const std::string& file) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  PrivateKey key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, give_passphrase, &passphrase) : nullptr);
  if (!key) {
    return failure(ErrorCode::kSignerKey, "the private key cannot be opened: " + openssl_error(), file,
                   "Check the passphrase, and that the file is a private key in PEM.");
  }
  BASE_TRY(point_of(key.get(), ErrorCode::kSignerKey, file));
  return key;
}

Outcome<base::ByteArray<65>> public_point(const EVP_PKEY* key) { return point_of(key, ErrorCode::kSignerKey, {}); }

Outcome<std::string> public_key_pem(const PrivateKey& key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  char* text = nullptr;
  if (!bio || PEM_write_bio_PUBKEY(bio.get(), key.get()) != 1) {
    return failure(ErrorCode::kSignerUnavailable, "the public key cannot be encoded: " + openssl_error());
  }
  const long size = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<size_t>(size));
}

Outcome<base::ByteArray<65>> parse_public_key(base::ByteView pem, const std::string& file) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const PrivateKey key(bio ? PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!key) {
    return failure(ErrorCode::kConfiguration, "no public key in PEM: " + openssl_error(), file,
                   "Give the file keys/station.pub.pem of the other station's home.");
  }
  return point_of(key.get(), ErrorCode::kConfiguration, file);
}

Outcome<void> private_scalar(const PrivateKey& key, std::span<uint8_t, 32> out) {
  BIGNUM* scalar = nullptr;
  const bool got = EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_PRIV_KEY, &scalar) == 1;
  const BigNumber owner(scalar);
  if (!got || BN_bn2binpad(scalar, out.data(), 32) != 32) {
    return failure(ErrorCode::kSignerKey, "the private key cannot be read: " + openssl_error());
  }
  return {};
}

}  // namespace factory
