// Named items with flags: the shapes shared by the item store and its users.
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

class ItemStore;

}  // namespace rot
