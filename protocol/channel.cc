#include "protocol/channel.h"

namespace protocol {

using base::ErrorCode;
using base::fail;

base::Status Channel::start(std::span<const uint8_t, kChannelKeySize> send_key,
                            std::span<const uint8_t, kChannelKeySize> receive_key) {
  close();
  if (send_key_.import(PSA_KEY_TYPE_AES, PSA_KEY_USAGE_ENCRYPT, PSA_ALG_GCM, send_key) == PSA_SUCCESS &&
      receive_key_.import(PSA_KEY_TYPE_AES, PSA_KEY_USAGE_DECRYPT, PSA_ALG_GCM, receive_key) == PSA_SUCCESS) {
    return {};
  }
  close();
  return fail(ErrorCode::kCrypto);
}

void Channel::close() {
  send_key_.reset();
  receive_key_.reset();
  send_nonce_ = 0;
  receive_nonce_ = 0;
}

Result<ByteView> Channel::seal(ByteView header, ByteView plaintext, MutableBytes out) {
  if (!is_open()) return fail(ErrorCode::kNoChannel);
  if (send_nonce_ == kMaxChannelMessages) return fail(ErrorCode::kChannelExhausted);
  if (out.size() < plaintext.size() + kTagSize) return fail(ErrorCode::kBufferTooSmall);
  // Spent before it is used: no failure below can lead to a nonce that is used twice.
  const auto nonce = noise_nonce(send_nonce_++);
  size_t size = 0;
  if (psa_aead_encrypt(send_key_.id(), PSA_ALG_GCM, nonce.data(), nonce.size(), header.data(), header.size(),
                       plaintext.data(), plaintext.size(), out.data(), out.size(), &size) != PSA_SUCCESS) {
    return fail(ErrorCode::kCrypto);
  }
  return ByteView(out.first(size));
}

Result<ByteView> Channel::open(ByteView header, ByteView ciphertext, MutableBytes out) {
  if (!is_open()) return fail(ErrorCode::kNoChannel);
  if (receive_nonce_ == kMaxChannelMessages) return fail(ErrorCode::kChannelExhausted);
  if (ciphertext.size() < kTagSize) return fail(ErrorCode::kChannelAuth);
  if (out.size() < ciphertext.size() - kTagSize) return fail(ErrorCode::kBufferTooSmall);
  const auto nonce = noise_nonce(receive_nonce_);
  size_t size = 0;
  const psa_status_t status =
      psa_aead_decrypt(receive_key_.id(), PSA_ALG_GCM, nonce.data(), nonce.size(), header.data(), header.size(),
                       ciphertext.data(), ciphertext.size(), out.data(), out.size(), &size);
  if (status != PSA_SUCCESS) {
    return fail(status == PSA_ERROR_INVALID_SIGNATURE ? ErrorCode::kChannelAuth : ErrorCode::kCrypto);
  }
  ++receive_nonce_;
  return ByteView(out.first(size));
}

}  // namespace protocol
