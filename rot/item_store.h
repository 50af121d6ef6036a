// Items with flags: the shapes shared by the item store and its users, and the back end of the PSA ITS functions.
#pragma once

#include <string_view>

#include "base/bytes.h"

namespace rot {

struct ItemInfo {
  uint16_t size = 0;   // bytes
  uint8_t flags = 0;   // kWriteOnce, ...
};

inline constexpr uint8_t kWriteOnce = 1;

class ItemVisitor {
 public:
  virtual base::Status item(std::string_view name, uint8_t flags, base::ByteView value) = 0;

 protected:
  ~ItemVisitor() = default;
};

class Rot;
class SectorLog;
struct Record;

// Trusted storage by number (PSA ITS). What is written before lock lies with the identity and is immutable after
// it; what is written later lies in the state sectors, of which it may fill a half.
class ItemStore {
 public:
  explicit ItemStore(Rot& rot) : rot_(rot) {}

  // kItemWriteOnce: it is write-once, or sealed with the identity; kStoreFull (the old value stays); kItemTooLarge;
  // kNoRootKey, kNotMounted, kFlash*.
  base::Status set(uint64_t uid, uint8_t flags, base::ByteView value);
  // kItemNotFound, kStoreCorrupt, kNotMounted.
  base::Result<ItemInfo> info(uint64_t uid);
  // Bytes from `offset` on, as many as there are and fit. kInvalidArgument: `offset` is past the end.
  base::SizeResult get(uint64_t uid, size_t offset, base::MutableBytes out);
  // kItemNotFound, kItemWriteOnce, kFlash*.
  base::Status remove(uint64_t uid);

 private:
  struct Place;
  base::Status find(uint64_t uid, Place& place);
  [[nodiscard]] bool is_fixed(const Place& place) const;
  base::Status write(uint64_t uid, uint8_t flags, base::ByteView value);

  Rot& rot_;
};

}  // namespace rot
