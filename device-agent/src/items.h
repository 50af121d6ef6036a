// The items of the product on the chip, read back and digested.
#pragma once

#include "device-agent/src/core.h"

namespace agent {

struct ItemsSummary {
  uint16_t count = 0;
  protocol::Digest digest{};
};

// Reads every item from flash. Uses the scratch. kTooManyItems, and what the store reports.
[[nodiscard]] base::Status digest_items(Core& core, ItemsSummary& summary);

// Appends the tag of every item, for SessionState; the same reads and errors.
[[nodiscard]] base::Status list_item_tags(Core& core, base::FixedVector<protocol::ItemTag, protocol::kMaxItems>& tags);

// 1 to kMaxItemNameSize of [A-Za-z0-9_.-]; never one of the agent's own records.
[[nodiscard]] bool is_item_name(std::string_view name);

}  // namespace agent
