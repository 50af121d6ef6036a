#include "crypto/small_gcm.h"

#include <algorithm>

#include "base/secure.h"

namespace crypto {

using base::ByteView;

namespace {

constexpr size_t kBlock = 16;
using Block = base::ByteArray<kBlock>;

class Gcm {
 public:
  Gcm(const SmallAesKey& key, ByteView nonce) : key_(key) {
    Block hash_key{};
    small_aes_encrypt(key_, hash_key.data(), hash_key.data());
    high_ = base::load_be<uint64_t>(hash_key.data());
    low_ = base::load_be<uint64_t>(&hash_key[8]);
    base::secure_wipe(hash_key);
    base::copy(counter_, nonce);
    next_stream();  // J0, which masks the tag
    mask_ = stream_;
  }
  ~Gcm() {
    base::secure_wipe(&high_, sizeof high_);
    base::secure_wipe(&low_, sizeof low_);
    base::secure_wipe(stream_);
    base::secure_wipe(mask_);
  }
  Gcm(const Gcm&) = delete;
  Gcm& operator=(const Gcm&) = delete;

  // GHASH over `data`, padded with zeros to whole blocks.
  void hash(ByteView data) {
    while (!data.empty()) {
      const size_t taken = std::min(data.size(), kBlock);
      for (size_t i = 0; i < taken; ++i) hash_[i] = static_cast<uint8_t>(hash_[i] ^ data[i]);
      multiply();
      data = data.subspan(taken);
    }
  }

  // Counter mode from the block behind J0; once.
  void crypt(ByteView in, uint8_t* out) {
    for (size_t i = 0; i < in.size(); ++i) {
      if (i % kBlock == 0) next_stream();
      out[i] = static_cast<uint8_t>(in[i] ^ stream_[i % kBlock]);
    }
  }

  const Block& tag(size_t associated_size, size_t text_size) {
    Block lengths;
    base::store_be(&lengths[0], uint64_t{8} * associated_size);
    base::store_be(&lengths[8], uint64_t{8} * text_size);
    hash(lengths);
    for (size_t i = 0; i < kBlock; ++i) hash_[i] = static_cast<uint8_t>(hash_[i] ^ mask_[i]);
    return hash_;
  }

 private:
  void next_stream() {
    base::store_be(&counter_[kSmallGcmNonceSize], ++blocks_);
    small_aes_encrypt(key_, counter_.data(), stream_.data());
  }

  // hash_ times the hash key in GF(2^128) (SP 800-38D section 6.3).
  void multiply() {
    uint64_t factor_high = high_;
    uint64_t factor_low = low_;
    uint64_t high = 0;
    uint64_t low = 0;
    for (size_t i = 0; i < 8 * kBlock; ++i) {
      const uint64_t bit = 0 - static_cast<uint64_t>(hash_[i / 8] >> (7 - i % 8) & 1);
      high ^= factor_high & bit;
      low ^= factor_low & bit;
      const uint64_t carry = 0 - (factor_low & 1);
      factor_low = factor_low >> 1 | factor_high << 63;
      factor_high = factor_high >> 1 ^ (carry & 0xE100000000000000);
    }
    base::store_be(&hash_[0], high);
    base::store_be(&hash_[8], low);
  }

  const SmallAesKey& key_;
  uint64_t high_;  // the hash key
  uint64_t low_;
  Block counter_{};
  Block stream_;
  Block mask_;
  Block hash_{};
  uint32_t blocks_ = 0;
};

}  // namespace

void small_gcm_seal(const SmallAesKey& key, std::span<const uint8_t, kSmallGcmNonceSize> nonce, ByteView associated_data,
                    ByteView plaintext, uint8_t* out, SmallGcmTag& tag) {
  Gcm gcm(key, nonce);
  gcm.crypt(plaintext, out);
  gcm.hash(associated_data);
  gcm.hash({out, plaintext.size()});
  tag = gcm.tag(associated_data.size(), plaintext.size());
}

bool small_gcm_open(const SmallAesKey& key, std::span<const uint8_t, kSmallGcmNonceSize> nonce, ByteView associated_data,
                    ByteView ciphertext, ByteView tag, uint8_t* out) {
  Gcm gcm(key, nonce);
  gcm.hash(associated_data);
  gcm.hash(ciphertext);
  if (!base::constant_time_equal(gcm.tag(associated_data.size(), ciphertext.size()), tag)) {
    base::secure_wipe(out, ciphertext.size());
    return false;
  }
  gcm.crypt(ciphertext, out);
  return true;
}

}  // namespace crypto
