#include "entropy/device/ctr_drbg.h"

#include <algorithm>

#include "base/secure.h"

namespace entropy {

using base::ByteView;
using base::ErrorCode;
using base::fail;
using base::MutableBytes;
using base::Status;

namespace {

constexpr unsigned kKeyBits = 256;

void encrypt(mbedtls_aes_context& key, const uint8_t* in, uint8_t* out) {
  (void)mbedtls_aes_crypt_ecb(&key, MBEDTLS_AES_ENCRYPT, in, out);  // fails for another mode only
}

// BCC (section 10.3.3): CBC-MAC over bytes as they come, padded with zeros.
class Chain {
 public:
  Chain(mbedtls_aes_context& key, base::ByteArray<16>& chain) : key_(key), chain_(chain) { chain_ = {}; }

  void add(ByteView bytes) {
    for (const uint8_t byte : bytes) {
      chain_[used_] = static_cast<uint8_t>(chain_[used_] ^ byte);
      if (++used_ == chain_.size()) close();
    }
  }
  void number(uint32_t value) {
    uint8_t raw[4];
    base::store_be(raw, value);
    add(raw);
  }
  void close() {
    if (used_ != 0) encrypt(key_, chain_.data(), chain_.data());
    used_ = 0;
  }

 private:
  mbedtls_aes_context& key_;
  base::ByteArray<16>& chain_;
  size_t used_ = 0;
};

// Block_Cipher_df (section 10.3.2) for 48 bytes of output.
void derive(std::initializer_list<ByteView> input, base::ByteArray<48>& out) {
  base::SecretBytes<32> counting;  // 0, 1, 2 ...
  for (size_t i = 0; i < counting.size(); ++i) counting.data()[i] = static_cast<uint8_t>(i);
  size_t size = 0;
  for (const ByteView part : input) size += part.size();
  mbedtls_aes_context key;
  mbedtls_aes_init(&key);
  (void)mbedtls_aes_setkey_enc(&key, counting.data(), kKeyBits);
  base::ByteArray<16> block;
  for (uint32_t i = 0; i < 3; ++i) {
    Chain chain(key, block);
    chain.number(i);  // IV: the number and twelve zeros
    for (int zeros = 0; zeros < 3; ++zeros) chain.number(0);
    chain.number(static_cast<uint32_t>(size));
    chain.number(static_cast<uint32_t>(out.size()));
    for (const ByteView part : input) chain.add(part);
    constexpr uint8_t kEnd = 0x80;
    chain.add({&kEnd, 1});
    chain.close();
    base::copy(MutableBytes(out).subspan(i * block.size()), block);
  }
  // The first 32 bytes are a key, the others its first input.
  (void)mbedtls_aes_setkey_enc(&key, out.data(), kKeyBits);
  base::copy(block, ByteView(out).last<16>());
  for (size_t i = 0; i < 3; ++i) {
    encrypt(key, block.data(), block.data());
    base::copy(MutableBytes(out).subspan(i * block.size()), block);
  }
  mbedtls_aes_free(&key);  // wipes
  base::secure_wipe(block);
}

}  // namespace

CtrDrbg::CtrDrbg() { mbedtls_aes_init(&key_); }

CtrDrbg::~CtrDrbg() { uninstantiate(); }

void CtrDrbg::uninstantiate() {
  mbedtls_aes_free(&key_);  // wipes
  base::secure_wipe(v_);
  requests_ = 0;
  instantiated_ = false;
}

void CtrDrbg::next_block(uint8_t* out) {
  for (size_t i = kBlock; i-- > 0;) {
    if (++v_[i] != 0) break;
  }
  encrypt(key_, v_.data(), out);
}

// CTR_DRBG_Update (section 10.2.1.2).
void CtrDrbg::update(const Seed& provided) {
  Seed next;
  for (size_t at = 0; at < kSeedLength; at += kBlock) next_block(&next[at]);
  for (size_t i = 0; i < kSeedLength; ++i) next[i] = static_cast<uint8_t>(next[i] ^ provided[i]);
  (void)mbedtls_aes_setkey_enc(&key_, next.data(), kKeyBits);
  base::copy(v_, ByteView(next).last<kBlock>());
  base::secure_wipe(next);
}

Status CtrDrbg::seed_from(std::initializer_list<ByteView> material, bool afresh) {
  // Checked one by one, so that no sum can wrap.
  size_t left = kMaxSeedMaterial;
  for (const ByteView part : material) {
    if (part.size() > left) return fail(ErrorCode::kInvalidArgument);
    left -= part.size();
  }
  if (material.begin()->empty()) return fail(ErrorCode::kInvalidArgument);  // the entropy
  if (afresh) {
    const base::ByteArray<kKeySize> zeros{};
    (void)mbedtls_aes_setkey_enc(&key_, zeros.data(), kKeyBits);
    v_ = {};
  }
  Seed seed;
  derive(material, seed);
  update(seed);
  base::secure_wipe(seed);
  requests_ = 0;
  instantiated_ = true;
  return {};
}

Status CtrDrbg::instantiate(ByteView entropy, ByteView nonce, ByteView personalization) {
  return seed_from({entropy, nonce, personalization}, true);
}

Status CtrDrbg::reseed(ByteView entropy, ByteView additional) {
  if (!instantiated_) return fail(ErrorCode::kBadState);
  return seed_from({entropy, additional}, false);
}

Status CtrDrbg::generate(MutableBytes out, ByteView additional) {
  if (!instantiated_) return fail(ErrorCode::kBadState);
  if (out.size() > kMaxRequest || additional.size() > kMaxAdditional) return fail(ErrorCode::kInvalidArgument);
  if (requests_ >= kMaxRequests) return fail(ErrorCode::kReseedRequired);
  Seed provided{};
  if (!additional.empty()) {
    derive({additional}, provided);
    update(provided);
  }
  base::ByteArray<kBlock> block;
  while (!out.empty()) {
    next_block(block.data());
    const size_t taken = std::min(out.size(), kBlock);
    base::copy(out, ByteView(block).first(taken));
    out = out.subspan(taken);
  }
  update(provided);
  base::secure_wipe(provided);
  base::secure_wipe(block);
  ++requests_;
  return {};
}

}  // namespace entropy
