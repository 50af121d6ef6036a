#include "protocol/noise.h"

#include "protocol/crypto.h"

namespace protocol {

using base::ErrorCode;
using base::fail;

namespace {

constexpr std::string_view kProtocolName = "Noise_KNpsk0_P256_AESGCM_SHA256";
// Not longer than a digest, so it is padded with zeros, not hashed (section 5.2).
static_assert(kProtocolName.size() <= kDigestSize);

}  // namespace

base::ByteArray<kGcmNonceSize> noise_nonce(uint64_t counter) {
  base::ByteArray<kGcmNonceSize> nonce{};
  base::store_be(&nonce[4], counter);
  return nonce;
}

base::Status SymmetricState::initialize(const Digest& prologue, const PublicKey& initiator_static) {
  hash_ = {};
  base::copy(hash_, base::as_bytes(kProtocolName));
  base::copy(chaining_key_.span(), hash_);
  key_.wipe();
  BASE_TRY(mix_hash(prologue));
  return mix_hash(initiator_static);
}

base::Status SymmetricState::mix_hash(ByteView data) {
  BASE_ASSIGN(hash_, Sha256().update(hash_).update(data).finish());
  return {};
}

// Noise's HKDF is RFC 5869's with the chaining key as salt and no info.
base::Status SymmetricState::mix_key(ByteView input) {
  base::SecretBytes<2 * kDigestSize> keys;
  BASE_TRY(hkdf_sha256(chaining_key_.view(), input, {}, keys.span()));
  base::copy(chaining_key_.span(), keys.view().first<32>());
  base::copy(key_.span(), keys.view().last<32>());
  return {};
}

base::Status SymmetricState::mix_key_and_hash(ByteView input) {
  base::SecretBytes<3 * kDigestSize> keys;
  BASE_TRY(hkdf_sha256(chaining_key_.view(), input, {}, keys.span()));
  base::copy(chaining_key_.span(), keys.view().first<32>());
  base::copy(key_.span(), keys.view().last<32>());
  return mix_hash(keys.view().subspan<32, 32>());
}

base::Status SymmetricState::mix_ephemeral(ByteView public_key) {
  BASE_TRY(mix_hash(public_key));
  return mix_key(public_key);
}

Result<ByteView> SymmetricState::encrypt_and_hash(ByteView plaintext, MutableBytes out) {
  if (out.size() < plaintext.size() + kTagSize) return fail(ErrorCode::kBufferTooSmall);
  VolatileKey key;
  const auto nonce = noise_nonce(0);
  size_t size = 0;
  if (key.import(PSA_KEY_TYPE_AES, PSA_KEY_USAGE_ENCRYPT, PSA_ALG_GCM, key_.view()) != PSA_SUCCESS ||
      psa_aead_encrypt(key.id(), PSA_ALG_GCM, nonce.data(), nonce.size(), hash_.data(), hash_.size(), plaintext.data(),
                       plaintext.size(), out.data(), out.size(), &size) != PSA_SUCCESS) {
    return fail(ErrorCode::kCrypto);
  }
  const ByteView ciphertext = out.first(size);
  BASE_TRY(mix_hash(ciphertext));
  return ciphertext;
}

Result<ByteView> SymmetricState::decrypt_and_hash(ByteView ciphertext, MutableBytes out) {
  if (ciphertext.size() < kTagSize) return fail(ErrorCode::kHandshakeFailed);
  if (out.size() < ciphertext.size() - kTagSize) return fail(ErrorCode::kBufferTooSmall);
  // Over the ciphertext, and before it may be overwritten; of use only where it authenticates.
  BASE_ASSIGN(const Digest next_hash, Sha256().update(hash_).update(ciphertext).finish());
  VolatileKey key;
  const auto nonce = noise_nonce(0);
  size_t size = 0;
  if (key.import(PSA_KEY_TYPE_AES, PSA_KEY_USAGE_DECRYPT, PSA_ALG_GCM, key_.view()) != PSA_SUCCESS) {
    return fail(ErrorCode::kCrypto);
  }
  const psa_status_t status =
      psa_aead_decrypt(key.id(), PSA_ALG_GCM, nonce.data(), nonce.size(), hash_.data(), hash_.size(), ciphertext.data(),
                       ciphertext.size(), out.data(), out.size(), &size);
  if (status != PSA_SUCCESS) {
    return fail(status == PSA_ERROR_INVALID_SIGNATURE ? ErrorCode::kHandshakeFailed : ErrorCode::kCrypto);
  }
  hash_ = next_hash;
  return ByteView(out.first(size));
}

base::Status SymmetricState::split(std::span<uint8_t, 2 * kChannelKeySize> keys) {
  return hkdf_sha256(chaining_key_.view(), {}, {}, keys);
}

void SymmetricState::wipe() {
  base::secure_wipe(hash_);
  chaining_key_.wipe();
  key_.wipe();
}

}  // namespace protocol
