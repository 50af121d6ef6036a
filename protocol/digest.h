// Digests that both ends compute over the same bytes. All are SHA-256 with a domain-separation prefix.
#pragma once

#include "protocol/messages.h"

namespace protocol {

// Digest of one item: name length (1), name, flags (1), value length (4), value. kInvalidArgument: the name is longer
// than kMaxItemNameSize. Its first kItemTagSize bytes are the item's tag.
[[nodiscard]] Result<Digest> item_digest(std::string_view name, uint8_t flags, ByteView value);

// Digest over all items of a unit, in any order: the item digests are sorted bytewise and hashed.
class ItemsDigest {
 public:
  // kTooManyItems: more than kMaxItems.
  [[nodiscard]] base::Status add(const Digest& item);
  // May be called more than once, with items added in between. kCrypto.
  [[nodiscard]] Result<Digest> finish();
  [[nodiscard]] size_t count() const { return items_.size(); }

 private:
  base::FixedVector<Digest, kMaxItems> items_;
};

// What the registry keeps of a seed: proves that two units never got the same one, reveals nothing of it.
[[nodiscard]] Result<Digest> seed_commitment(ByteView seed);

}  // namespace protocol
