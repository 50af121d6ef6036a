// Blinding of the handshake's elliptic-curve operations on a chip that has no seed yet.
//
// Mbed TLS's own arithmetic (not p256-m: protocol/crypto.h) blinds every point multiplication with PSA's random generator and fails without one. Before the
// first seed the generator must refuse every draw (invariant 6), yet the seed can only arrive through the
// channel. So for the one call that computes the handshake's public key and its two shared secrets, and
// for nothing else, PSA draws from this source instead. Its output is SHA-256 in counter mode under a key
// derived from the session's ephemeral scalar, which itself comes from batch secret, chip id and a session
// counter that never repeats: nobody on the line can know it, and two sessions never share it. It hides the
// scalars from a power or timing measurement; it never becomes a key, a nonce or a seed, because the object lives
// only around that call, hands out no more than the blinding of a handshake takes, and puts the
// generator back when it goes.
#pragma once

#include "base/secure.h"
#include "entropy/device/random_source.h"
#include "protocol/messages.h"

namespace agent {

class ChannelBlinding final : public entropy::RandomSource {
 public:
  // Three multiplications draw 32 bytes each and rarely again; this leaves room and no more.
  static constexpr size_t kLimit = 512;  // bytes

  explicit ChannelBlinding(std::span<const uint8_t, protocol::kPrivateKeySize> ephemeral);
  ~ChannelBlinding();
  ChannelBlinding(const ChannelBlinding&) = delete;
  ChannelBlinding& operator=(const ChannelBlinding&) = delete;

  // kUnseeded: past the limit.
  base::Status generate(base::MutableBytes out) override;

 private:
  entropy::RandomSource* const before_;
  base::SecretBytes<36> state_;  // key 32, counter 4
  size_t left_ = kLimit;
};

}  // namespace agent
