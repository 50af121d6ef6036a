#include "protocol/digest.h"

#include <algorithm>

#include "protocol/crypto.h"

namespace protocol {

using namespace std::string_view_literals;

Result<Digest> item_digest(std::string_view name, uint8_t flags, ByteView value) {
  if (name.size() > kMaxItemNameSize || value.size() > UINT32_MAX) return base::fail(base::ErrorCode::kInvalidArgument);
  return Sha256("factory-line item v1"sv)
      .be(static_cast<uint8_t>(name.size()))
      .update(base::as_bytes(name))
      .be(flags)
      .be(static_cast<uint32_t>(value.size()))
      .update(value)
      .finish();
}

base::Status ItemsDigest::add(const Digest& item) {
  if (!items_.push_back(item)) return base::fail(base::ErrorCode::kTooManyItems);
  // Kept sorted, so that the order of adding does not matter.
  for (Digest* at = items_.end() - 1; at != items_.begin() && at[0] < at[-1]; --at) std::swap(at[0], at[-1]);
  return {};
}

Result<Digest> ItemsDigest::finish() {
  Sha256 hash("factory-line items v1"sv);
  hash.be(static_cast<uint16_t>(items_.size()));
  for (const Digest& item : items_) hash.update(item);
  return hash.finish();
}

Result<Digest> seed_commitment(ByteView seed) { return Sha256("factory-line seed v1"sv).update(seed).finish(); }

}  // namespace protocol
