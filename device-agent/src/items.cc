#include "device-agent/src/items.h"

#include "protocol/digest.h"

namespace agent {
namespace {

using base::ByteView;
using base::ErrorCode;
using base::Status;

static_assert(rot::kWriteOnce == protocol::kItemWriteOnce, "flags go from the wire to the store unchanged");

class DigestVisitor final : public rot::ItemVisitor {
 public:
  Status item(std::string_view name, uint8_t flags, ByteView value) override {
    protocol::Digest one;
    BASE_TRY(protocol::item_digest(name, flags, value, one));
    return all.add(one);
  }
  protocol::ItemsDigest all;
};

class TagVisitor final : public rot::ItemVisitor {
 public:
  explicit TagVisitor(base::FixedVector<protocol::ItemTag, protocol::kMaxItems>& tags) : tags_(tags) {}
  Status item(std::string_view name, uint8_t flags, ByteView value) override {
    protocol::Digest one;
    BASE_TRY(protocol::item_digest(name, flags, value, one));
    protocol::ItemTag tag;
    base::copy(tag, ByteView(one).first(tag.size()));
    if (!tags_.push_back(tag)) return base::fail(ErrorCode::kTooManyItems);
    return {};
  }

 private:
  base::FixedVector<protocol::ItemTag, protocol::kMaxItems>& tags_;
};

// A chip without a root key holds no items.
Status visit(Core& core, rot::ItemVisitor& visitor) {
  if (!core.rot.has_root_key()) return {};
  const base::MutableBytes scratch = core.take_scratch();
  const base::WipeOnExit wipe(scratch);
  return core.rot.visit_items(scratch, visitor);
}

}  // namespace

Status digest_items(Core& core, ItemsSummary& summary) {
  DigestVisitor visitor;
  BASE_TRY(visit(core, visitor));
  summary.count = static_cast<uint16_t>(visitor.all.count());
  visitor.all.finish(summary.digest);
  return {};
}

Status list_item_tags(Core& core, base::FixedVector<protocol::ItemTag, protocol::kMaxItems>& tags) {
  TagVisitor visitor(tags);
  return visit(core, visitor);
}

bool is_item_name(std::string_view name) {
  if (name.empty() || name.size() > protocol::kMaxItemNameSize) return false;
  for (const char c : name) {
    const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    const bool digit = c >= '0' && c <= '9';
    if (!letter && !digit && c != '_' && c != '.' && c != '-') return false;
  }
  return true;
}

}  // namespace agent
