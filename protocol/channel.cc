#include "protocol/channel.h"

namespace protocol {

using base::ErrorCode;
using base::fail;

void Channel::start(std::span<const uint8_t, kChannelKeySize> send_key,
                    std::span<const uint8_t, kChannelKeySize> receive_key) {
  close();
  base::copy(send_key_.span(), send_key);
  base::copy(receive_key_.span(), receive_key);
  open_ = true;
}

void Channel::close() {
  send_key_.wipe();
  receive_key_.wipe();
  send_nonce_ = 0;
  receive_nonce_ = 0;
  open_ = false;
}

Result<ByteView> Channel::seal(ByteView header, ByteView plaintext, MutableBytes out) {
  if (!open_) return fail(ErrorCode::kNoChannel);
  if (send_nonce_ == kMaxChannelMessages) return fail(ErrorCode::kChannelExhausted);
  if (out.size() < plaintext.size() + kTagSize) return fail(ErrorCode::kBufferTooSmall);
  out = out.first(plaintext.size() + kTagSize);
  // Spent before it is used: no failure below can lead to a nonce that is used twice.
  const auto nonce = noise_nonce(send_nonce_++);
  if (!crypto::gcm_seal(send_key_.view(), nonce, header, plaintext, out)) return fail(ErrorCode::kCrypto);
  return ByteView(out);
}

Result<ByteView> Channel::open(ByteView header, ByteView ciphertext, MutableBytes out) {
  if (!open_) return fail(ErrorCode::kNoChannel);
  if (receive_nonce_ == kMaxChannelMessages) return fail(ErrorCode::kChannelExhausted);
  if (ciphertext.size() < kTagSize) return fail(ErrorCode::kChannelAuth);
  if (out.size() < ciphertext.size() - kTagSize) return fail(ErrorCode::kBufferTooSmall);
  out = out.first(ciphertext.size() - kTagSize);
  if (!crypto::gcm_open(receive_key_.view(), noise_nonce(receive_nonce_), header, ciphertext, out)) {
    return fail(ErrorCode::kChannelAuth);
  }
  ++receive_nonce_;
  return ByteView(out);
}

}  // namespace protocol
