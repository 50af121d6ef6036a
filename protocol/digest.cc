#include "protocol/digest.h"

#include <algorithm>

#include "protocol/crypto.h"

namespace protocol {

using namespace std::string_view_literals;

base::Status item_digest(base::Text name, uint8_t flags, ByteView value, Digest& digest) {
  if (name.size() > kMaxItemNameSize || value.size() > UINT32_MAX) return base::fail(base::ErrorCode::kInvalidArgument);
  Sha256("factory-line item v1"sv)
      .be(static_cast<uint8_t>(name.size()))
      .update(base::as_bytes(name))
      .be(flags)
      .be(static_cast<uint32_t>(value.size()))
      .update(value)
      .finish(digest);
  return {};
}

base::Status ItemsDigest::add(const Digest& item) {
  if (!items_.push_back(item)) return base::fail(base::ErrorCode::kTooManyItems);
  // Kept sorted, so that the order of adding does not matter.
  for (Digest* at = items_.end() - 1; at != items_.begin() && at[0] < at[-1]; --at) std::swap(at[0], at[-1]);
  return {};
}

void ItemsDigest::finish(Digest& digest) const {
  Sha256 hash("factory-line items v1"sv);
  hash.be(static_cast<uint16_t>(items_.size()));
  for (const Digest& item : items_) hash.update(item);
  hash.finish(digest);
}

void seed_commitment(ByteView seed, Digest& commitment) {
  Sha256("factory-line seed v1"sv).update(seed).finish(commitment);
}

}  // namespace protocol
