#include "device-agent/src/channel_blinding.h"

#include <psa/crypto.h>

#include <algorithm>

namespace agent {
namespace {

constexpr std::string_view kLabel = "factory-line channel blinding v1";

}  // namespace

ChannelBlinding::ChannelBlinding(std::span<const uint8_t, protocol::kPrivateKeySize> ephemeral)
    : before_(entropy::psa_random_source()) {
  base::SecretBytes<kLabel.size() + protocol::kPrivateKeySize> input;
  base::copy(input.span(), base::as_bytes(kLabel));
  base::copy(input.span().subspan(kLabel.size()), ephemeral);
  size_t size = 0;
  usable_ = psa_hash_compute(PSA_ALG_SHA_256, input.data(), input.size(), state_.data(), 32, &size) == PSA_SUCCESS;
  entropy::set_psa_random_source(this);
}

ChannelBlinding::~ChannelBlinding() { entropy::set_psa_random_source(before_); }

base::Status ChannelBlinding::generate(base::MutableBytes out) {
  if (!usable_) return base::fail(base::ErrorCode::kCrypto);
  if (out.size() > left_) return base::fail(base::ErrorCode::kUnseeded);
  left_ -= out.size();
  while (!out.empty()) {
    base::SecretBytes<32> block;
    size_t size = 0;
    if (psa_hash_compute(PSA_ALG_SHA_256, state_.data(), state_.size(), block.data(), block.size(), &size) != PSA_SUCCESS) {
      return base::fail(base::ErrorCode::kCrypto);
    }
    uint8_t* counter = state_.data() + 32;
    base::store_be(counter, base::load_be<uint32_t>(counter) + 1);
    const size_t taken = std::min(out.size(), block.size());
    base::copy(out, base::ByteView(block.view()).first(taken));
    out = out.subspan(taken);
  }
  return {};
}

}  // namespace agent
