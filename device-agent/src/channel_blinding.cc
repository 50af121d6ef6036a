#include "device-agent/src/channel_blinding.h"

#include <algorithm>

#include "crypto/sha256.h"

namespace agent {
namespace {

constexpr std::string_view kLabel = "factory-line channel blinding v1";

}  // namespace

ChannelBlinding::ChannelBlinding(std::span<const uint8_t, protocol::kPrivateKeySize> ephemeral)
    : before_(entropy::psa_random_source()) {
  crypto::Sha256().update(base::as_bytes(kLabel)).update(ephemeral).finish(state_.span().first<32>());
  entropy::set_psa_random_source(this);
}

ChannelBlinding::~ChannelBlinding() { entropy::set_psa_random_source(before_); }

base::Status ChannelBlinding::generate(base::MutableBytes out) {
  if (out.size() > left_) return base::fail(base::ErrorCode::kUnseeded);
  left_ -= out.size();
  while (!out.empty()) {
    base::SecretBytes<32> block;
    crypto::Sha256().update(state_.view()).finish(block.span());
    uint8_t* counter = state_.data() + 32;
    base::store_be(counter, base::load_be<uint32_t>(counter) + 1);
    const size_t taken = std::min(out.size(), block.size());
    base::copy(out, base::ByteView(block.view()).first(taken));
    out = out.subspan(taken);
  }
  return {};
}

}  // namespace agent
