#include "protocol/noise.h"

#include "crypto/hkdf.h"
#include "crypto/sha256.h"

namespace protocol {

using base::ErrorCode;
using base::fail;

namespace {

constexpr std::string_view kProtocolName = "Noise_KNpsk0_P256_AESGCM_SHA256";
// Not longer than a digest, so it is padded with zeros, not hashed (section 5.2).
static_assert(kProtocolName.size() <= kDigestSize);

}  // namespace

base::ByteArray<crypto::kGcmNonceSize> noise_nonce(uint64_t counter) {
  base::ByteArray<crypto::kGcmNonceSize> nonce{};
  base::store_be(&nonce[4], counter);
  return nonce;
}

void SymmetricState::initialize(const Digest& prologue, const PublicKey& initiator_static) {
  hash_ = {};
  base::copy(hash_, base::as_bytes(kProtocolName));
  base::copy(chaining_key_.span(), hash_);
  key_.wipe();
  mix_hash(prologue);
  mix_hash(initiator_static);
}

void SymmetricState::mix_hash(ByteView data) { crypto::Sha256().update(hash_).update(data).finish(hash_); }

// Noise's HKDF is RFC 5869's with the chaining key as salt and no info.
void SymmetricState::mix_key(ByteView input) {
  base::SecretBytes<2 * kDigestSize> keys;
  crypto::hkdf_sha256(chaining_key_.view(), input, {}, keys.span());
  base::copy(chaining_key_.span(), keys.view().first<32>());
  base::copy(key_.span(), keys.view().last<32>());
}

void SymmetricState::mix_key_and_hash(ByteView input) {
  base::SecretBytes<3 * kDigestSize> keys;
  crypto::hkdf_sha256(chaining_key_.view(), input, {}, keys.span());
  base::copy(chaining_key_.span(), keys.view().first<32>());
  base::copy(key_.span(), keys.view().last<32>());
  mix_hash(keys.view().subspan<32, 32>());
}

void SymmetricState::mix_ephemeral(ByteView public_key) {
  mix_hash(public_key);
  mix_key(public_key);
}

Result<ByteView> SymmetricState::encrypt_and_hash(ByteView plaintext, MutableBytes out) {
  if (out.size() < plaintext.size() + kTagSize) return fail(ErrorCode::kBufferTooSmall);
  out = out.first(plaintext.size() + kTagSize);
  if (!crypto::gcm_seal(key_.view(), noise_nonce(0), hash_, plaintext, out)) return fail(ErrorCode::kCrypto);
  mix_hash(out);
  return ByteView(out);
}

Result<ByteView> SymmetricState::decrypt_and_hash(ByteView ciphertext, MutableBytes out) {
  if (ciphertext.size() < kTagSize) return fail(ErrorCode::kHandshakeFailed);
  if (out.size() < ciphertext.size() - kTagSize) return fail(ErrorCode::kBufferTooSmall);
  out = out.first(ciphertext.size() - kTagSize);
  // Over the ciphertext, and before it may be overwritten; of use only where it authenticates.
  const Digest next_hash = crypto::Sha256().update(hash_).update(ciphertext).finish();
  if (!crypto::gcm_open(key_.view(), noise_nonce(0), hash_, ciphertext, out)) return fail(ErrorCode::kHandshakeFailed);
  hash_ = next_hash;
  return ByteView(out);
}

void SymmetricState::split(std::span<uint8_t, 2 * kChannelKeySize> keys) {
  crypto::hkdf_sha256(chaining_key_.view(), {}, {}, keys);
}

void SymmetricState::wipe() {
  base::secure_wipe(hash_);
  chaining_key_.wipe();
  key_.wipe();
}

}  // namespace protocol
