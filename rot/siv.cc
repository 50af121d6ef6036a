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

// Opens an ECB operation that stays open, so that the key is expanded once. The key itself leaves the key store
// at once: Mbed TLS's operation has its own copy, and a slot of the few there are is free again.
Status open_operation(psa_cipher_operation_t& operation, ByteView key) {
  psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
  psa_set_key_type(&attributes, PSA_KEY_TYPE_AES);
  psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_ENCRYPT);
  psa_set_key_algorithm(&attributes, PSA_ALG_ECB_NO_PADDING);
  psa_key_id_t id = 0;
  if (psa_import_key(&attributes, key.data(), key.size(), &id) != PSA_SUCCESS) return fail(ErrorCode::kCrypto);
  const psa_status_t status = psa_cipher_encrypt_setup(&operation, id, PSA_ALG_ECB_NO_PADDING);
  (void)psa_destroy_key(id);
  if (status != PSA_SUCCESS) return fail(ErrorCode::kCrypto);
  return {};
}

}  // namespace

Status SivKey::set(ByteView key) {
  clear();
  if (key.size() != kSivKeySize && key.size() != kSivKeySize / 2) return fail(ErrorCode::kInvalidArgument);
  Status status = open_operation(mac_, key.first(key.size() / 2));
  if (status) status = open_operation(stream_, key.subspan(key.size() / 2));
  const SivBlock zero{};
  if (status) status = encrypt(mac_, zero, subkey1_);
  if (status) {
    double_block(subkey1_);
    Cmac mac(*this);
    status = mac.update(zero);
    if (status) status = mac.finish(first_state_);
  }
  if (!status) {
    clear();
    return status;
  }
  ready_ = true;
  return {};
}

void SivKey::clear() {
  (void)psa_cipher_abort(&mac_);
  (void)psa_cipher_abort(&stream_);
  base::secure_wipe(subkey1_);
  base::secure_wipe(first_state_);
  ready_ = false;
}

Status SivKey::encrypt(psa_cipher_operation_t& operation, ByteView in, MutableBytes out) {
  size_t written = 0;
  if (psa_cipher_update(&operation, in.data(), in.size(), out.data(), out.size(), &written) != PSA_SUCCESS ||
      written != in.size()) {
    return fail(ErrorCode::kCrypto);
  }
  return {};
}

Cmac::~Cmac() {
  base::secure_wipe(chain_);
  base::secure_wipe(pending_);
}

Status Cmac::update(ByteView data) {
  while (!data.empty()) {
    if (pending_size_ == kBlock) {
      exclusive_or(pending_, chain_);
      BASE_TRY(SivKey::encrypt(key_.mac_, pending_, chain_));
      pending_size_ = 0;
    }
    const size_t take = std::min(kBlock - pending_size_, data.size());
    base::copy(MutableBytes(pending_).subspan(pending_size_), data.first(take));
    pending_size_ += take;
    data = data.subspan(take);
  }
  return {};
}

Status Cmac::finish(SivBlock& tag) {
  SivBlock subkey = key_.subkey1_;
  if (pending_size_ < kBlock) {
    double_block(subkey);
    pending_[pending_size_] = 0x80;
    for (size_t i = pending_size_ + 1; i < kBlock; ++i) pending_[i] = 0;
  }
  exclusive_or(pending_, subkey);
  exclusive_or(pending_, chain_);
  base::secure_wipe(subkey);
  BASE_TRY(SivKey::encrypt(key_.mac_, pending_, tag));
  chain_ = {};
  pending_size_ = 0;
  return {};
}

SivTag::SivTag(SivKey& key) : mac_(key), state_(key.first_state_) {}
SivTag::~SivTag() { base::secure_wipe(state_); }

Status SivTag::associated_data(std::initializer_list<ByteView> parts) {
  for (const ByteView part : parts) BASE_TRY(mac_.update(part));
  SivBlock tag;
  BASE_TRY(mac_.finish(tag));
  double_block(state_);
  exclusive_or(state_, tag);
  return {};
}

void SivTag::begin_plaintext(size_t size) {
  size_ = size;
  position_ = 0;
  if (size < kBlock) double_block(state_);
}

Status SivTag::plaintext(ByteView piece) {
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
    BASE_TRY(mac_.update(ByteView(mixed).first(take)));
    piece = piece.subspan(take);
  }
  base::secure_wipe(mixed);
  return {};
}

Status SivTag::finish(SivBlock& tag) {
  if (size_ < kBlock) {
    SivBlock tail{};
    tail[0] = 0x80;
    for (size_t i = 0; size_ + i < kBlock; ++i) tail[i] = static_cast<uint8_t>(tail[i] ^ state_[size_ + i]);
    BASE_TRY(mac_.update(ByteView(tail).first(kBlock - size_)));
    base::secure_wipe(tail);
  }
  return mac_.finish(tag);
}

SivStream::SivStream(SivKey& key, const SivBlock& tag) : key_(key), counter_(tag) {
  counter_[8] &= 0x7f;  // the two bits that RFC 5297 section 2.5 clears
  counter_[12] &= 0x7f;
}
SivStream::~SivStream() { base::secure_wipe(block_); }

Status SivStream::apply(MutableBytes data) {
  for (uint8_t& byte : data) {
    if (used_ == kBlock) {
      BASE_TRY(SivKey::encrypt(key_.stream_, counter_, block_));
      used_ = 0;
      for (size_t i = kBlock; i-- > 0;) {
        if (++counter_[i] != 0) break;
      }
    }
    byte = static_cast<uint8_t>(byte ^ block_[used_++]);
  }
  return {};
}

namespace {

Status tag_of(SivKey& key, std::initializer_list<ByteView> associated_data, ByteView plaintext, SivBlock& tag) {
  SivTag s2v(key);
  for (const ByteView data : associated_data) BASE_TRY(s2v.associated_data({data}));
  s2v.begin_plaintext(plaintext.size());
  BASE_TRY(s2v.plaintext(plaintext));
  return s2v.finish(tag);
}

}  // namespace

Result<ByteView> siv_seal(SivKey& key, std::initializer_list<ByteView> associated_data, ByteView plaintext,
                          MutableBytes out) {
  if (out.size() < kSivTagSize || out.size() - kSivTagSize < plaintext.size()) {
    return fail(ErrorCode::kBufferTooSmall);
  }
  SivBlock tag;
  BASE_TRY(tag_of(key, associated_data, plaintext, tag));
  base::copy(out, tag);
  const MutableBytes text = out.subspan(kSivTagSize, plaintext.size());
  base::copy(text, plaintext);
  SivStream stream(key, tag);
  BASE_TRY(stream.apply(text));
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
  SivStream stream(key, given);
  Status status = stream.apply(text);
  SivBlock tag{};
  if (status) status = tag_of(key, associated_data, text, tag);
  if (status && !base::constant_time_equal(tag, given)) status = fail(ErrorCode::kSealAuth);
  if (!status) {
    base::secure_wipe(text);
    return fail(status.error());
  }
  return ByteView(text);
}

}  // namespace rot
