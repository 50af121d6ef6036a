// Digests that both ends compute over the same bytes. All are SHA-256 with a domain-separation prefix.
// Each into a place of the caller's, because a copy of 32 bytes is 16 bytes of a chip's code; and as a value.
#pragma once

#include "protocol/messages.h"

namespace protocol {

// Digest of one item: name length (1), name, flags (1), value length (4), value. kInvalidArgument: the name is longer
// than kMaxItemNameSize. Its first kItemTagSize bytes are the item's tag.
[[nodiscard]] base::Status item_digest(base::Text name, uint8_t flags, ByteView value, Digest& digest);
[[nodiscard]] inline Result<Digest> item_digest(base::Text name, uint8_t flags, ByteView value) {
  Digest digest;
  BASE_TRY(item_digest(name, flags, value, digest));
  return digest;
}

// Digest over all items of a unit, in any order: the item digests are sorted bytewise and hashed.
class ItemsDigest {
 public:
  // kTooManyItems: more than kMaxItems.
  [[nodiscard]] base::Status add(const Digest& item);
  // May be called more than once, with items added in between.
  void finish(Digest& digest) const;
  [[nodiscard]] Result<Digest> finish() const {
    Digest digest;
    finish(digest);
    return digest;
  }
  [[nodiscard]] size_t count() const { return items_.size(); }

 private:
  base::FixedVector<Digest, kMaxItems> items_;
};

// What the registry keeps of a seed: proves that two units never got the same one, reveals nothing of it.
void seed_commitment(ByteView seed, Digest& commitment);
[[nodiscard]] inline Result<Digest> seed_commitment(ByteView seed) {
  Digest commitment;
  seed_commitment(seed, commitment);
  return commitment;
}

}  // namespace protocol
