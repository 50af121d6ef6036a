#include "rot/siv.h"

#include "base/secure.h"

namespace rot {

using base::ErrorCode;
using base::fail;

namespace {

constexpr size_t kBlock = sizeof(SivBlock);

// Multiplication by x in GF(2^128) (RFC 5297 section 2.3), without a branch on the secret.
void double_block(SivBlock& block) {
  const auto carry = static_cast<uint8_t>(block[0] >> 7);
  for (size_t i = 0; i + 1 < kBlock; ++i) {
    block[i] = static_cast<uint8_t>((block[i] << 1) | (block[i + 1] >> 7));
  }
  block[kBlock - 1] = static_cast<uint8_t>((block[kBlock - 1] << 1) ^ (0x87 & -carry));
}

void exclusive_or(SivBlock& into, const SivBlock& with) {
  for (size_t i = 0; i < kBlock; ++i) into[i] = static_cast<uint8_t>(into[i] ^ with[i]);
}

}  // namespace

SivKey::SivKey() {
  mbedtls_aes_init(&mac_);
  mbedtls_aes_init(&stream_);
}

Status SivKey::set(ByteView key) {
  clear();
  const size_t half = key.size() / 2;
  const auto bits = static_cast<unsigned>(8 * half);
  // Mbed TLS refuses nothing but a length that AES does not have.
  if (key.size() != kSivKeySize && key.size() != kSivKeySize / 2) return fail(ErrorCode::kInvalidArgument);
  (void)mbedtls_aes_setkey_enc(&mac_, key.data(), bits);
  (void)mbedtls_aes_setkey_enc(&stream_, key.data() + half, bits);
  const SivBlock zero{};
  encrypt(mac_, zero, subkey1_);
  double_block(subkey1_);
  Cmac mac(*this);
  mac.update(zero);
  mac.finish(first_state_);
  ready_ = true;
  return {};
}

void SivKey::clear() {
  mbedtls_aes_free(&mac_);  // wipes
  mbedtls_aes_free(&stream_);
  base::secure_wipe(subkey1_);
  base::secure_wipe(first_state_);
  ready_ = false;
}

void SivKey::encrypt(mbedtls_aes_context& key, const SivBlock& in, SivBlock& out) {
  (void)mbedtls_aes_crypt_ecb(&key, MBEDTLS_AES_ENCRYPT, in.data(), out.data());
}

Cmac::~Cmac() {
  base::secure_wipe(chain_);
  base::secure_wipe(pending_);
}

void Cmac::update(ByteView data) {
  while (!data.empty()) {
    if (pending_size_ == kBlock) {
      exclusive_or(pending_, chain_);
      SivKey::encrypt(key_.mac_, pending_, chain_);
      pending_size_ = 0;
    }
    const size_t take = std::min(kBlock - pending_size_, data.size());
    base::copy(MutableBytes(pending_).subspan(pending_size_), data.first(take));
    pending_size_ += take;
    data = data.subspan(take);
  }
}

void Cmac::finish(SivBlock& tag) {
  SivBlock subkey = key_.subkey1_;
  if (pending_size_ < kBlock) {
    double_block(subkey);
    pending_[pending_size_] = 0x80;
    for (size_t i = pending_size_ + 1; i < kBlock; ++i) pending_[i] = 0;
  }
  exclusive_or(pending_, subkey);
  exclusive_or(pending_, chain_);
  base::secure_wipe(subkey);
  SivKey::encrypt(key_.mac_, pending_, tag);
  chain_ = {};
  pending_size_ = 0;
}

SivTag::SivTag(SivKey& key) : mac_(key), state_(key.first_state_) {}
SivTag::~SivTag() { base::secure_wipe(state_); }

void SivTag::associated_data(std::initializer_list<ByteView> parts) {
  for (const ByteView part : parts) mac_.update(part);
  SivBlock tag;
  mac_.finish(tag);
  double_block(state_);
  exclusive_or(state_, tag);
}

void SivTag::begin_plaintext(size_t size) {
  size_ = size;
  position_ = 0;
  if (size < kBlock) double_block(state_);
}

void SivTag::plaintext(ByteView piece) {
  // "xorend" and "pad" of RFC 5297 section 2.4, at the position that each byte has in the whole.
  const size_t mixed_from = size_ >= kBlock ? size_ - kBlock : 0;
  if (position_ + piece.size() <= mixed_from) {
    position_ += piece.size();
    return mac_.update(piece);
  }
  SivBlock mixed;
  while (!piece.empty()) {
    const size_t take = std::min(kBlock, piece.size());
    for (size_t i = 0; i < take; ++i, ++position_) {
      mixed[i] = piece[i];
      if (position_ >= mixed_from) mixed[i] = static_cast<uint8_t>(mixed[i] ^ state_[position_ - mixed_from]);
    }
    mac_.update(ByteView(mixed).first(take));
    piece = piece.subspan(take);
  }
  base::secure_wipe(mixed);
}

void SivTag::finish(SivBlock& tag) {
  if (size_ < kBlock) {
    SivBlock tail{};
    tail[0] = 0x80;
    for (size_t i = 0; size_ + i < kBlock; ++i) tail[i] = static_cast<uint8_t>(tail[i] ^ state_[size_ + i]);
    mac_.update(ByteView(tail).first(kBlock - size_));
    base::secure_wipe(tail);
  }
  mac_.finish(tag);
}

SivStream::SivStream(SivKey& key, const SivBlock& tag) : key_(key), counter_(tag) {
  counter_[8] &= 0x7f;  // the two bits that RFC 5297 section 2.5 clears
  counter_[12] &= 0x7f;
}
SivStream::~SivStream() { base::secure_wipe(block_); }

void SivStream::apply(MutableBytes data) {
  for (uint8_t& byte : data) {
    if (used_ == kBlock) {
      SivKey::encrypt(key_.stream_, counter_, block_);
      used_ = 0;
      for (size_t i = kBlock; i-- > 0;) {
        if (++counter_[i] != 0) break;
      }
    }
    byte = static_cast<uint8_t>(byte ^ block_[used_++]);
  }
}

namespace {

void tag_of(SivKey& key, std::initializer_list<ByteView> associated_data, ByteView plaintext, SivBlock& tag) {
  SivTag s2v(key);
  for (const ByteView data : associated_data) s2v.associated_data({data});
  s2v.begin_plaintext(plaintext.size());
  s2v.plaintext(plaintext);
  s2v.finish(tag);
}

}  // namespace

Result<ByteView> siv_seal(SivKey& key, std::initializer_list<ByteView> associated_data, ByteView plaintext,
                          MutableBytes out) {
  if (out.size() < kSivTagSize || out.size() - kSivTagSize < plaintext.size()) {
    return fail(ErrorCode::kBufferTooSmall);
  }
  SivBlock tag;
  tag_of(key, associated_data, plaintext, tag);
  base::copy(out, tag);
  const MutableBytes text = out.subspan(kSivTagSize, plaintext.size());
  base::copy(text, plaintext);
  SivStream(key, tag).apply(text);
  return ByteView(out.first(kSivTagSize + plaintext.size()));
}

Result<ByteView> siv_open(SivKey& key, std::initializer_list<ByteView> associated_data, ByteView sealed,
                          MutableBytes out) {
  if (sealed.size() < kSivTagSize) return fail(ErrorCode::kSealAuth);
  const ByteView ciphertext = sealed.subspan(kSivTagSize);
  if (out.size() < ciphertext.size()) return fail(ErrorCode::kBufferTooSmall);
  SivBlock given;
  base::copy(given, sealed.first(kSivTagSize));
  const MutableBytes text = out.first(ciphertext.size());
  base::copy(text, ciphertext);
  SivStream(key, given).apply(text);
  SivBlock tag;
  tag_of(key, associated_data, text, tag);
  if (!base::constant_time_equal(tag, given)) {
    base::secure_wipe(text);
    return fail(ErrorCode::kSealAuth);
  }
  return ByteView(text);
}

}  // namespace rot
