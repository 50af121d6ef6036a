#include "rot/item_store.h"

#include <algorithm>

#include "rot/rot.h"

namespace rot {

using base::ErrorCode;
using base::fail;

namespace {

// A uid as the name of a record.
class UidName {
 public:
  explicit UidName(uint64_t uid) { base::store_be(bytes_.data(), uid); }
  [[nodiscard]] RecordName name() const { return named(Kind::kTrusted, bytes_); }

 private:
  std::array<uint8_t, 8> bytes_;
};

}  // namespace

struct ItemStore::Place {
  SectorLog* log = nullptr;
  Record record;
};

base::Status ItemStore::find(uint64_t uid, Place& place) {
  BASE_TRY(rot_.check_readable());
  const UidName name(uid);
  for (SectorLog* log : {&rot_.identity_, &rot_.state_.log()}) {
    place.log = log;
    const base::Status found = log->find(name.name(), place.record);
    if (found && !(place.record.flags & kTombstone)) return {};
    if (!found && found.error() != ErrorCode::kItemNotFound) return found;
  }
  return fail(ErrorCode::kItemNotFound);
}

// What is write-once, or lies with an identity that is sealed.
bool ItemStore::is_fixed(const Place& place) const {
  return (place.record.flags & kWriteOnce) || (rot_.is_locked() && place.log == &rot_.identity_);
}

base::Status ItemStore::write(uint64_t uid, uint8_t flags, base::ByteView value) {
  const UidName name(uid);
  if (!rot_.is_locked()) return rot_.append_identity(name.name(), flags, value);
  BytesSource source(value);
  // A removal needs no quota: the record that it adds is dropped when the sectors change.
  const size_t quota = (flags & kTombstone) ? SIZE_MAX : rot_.state_.log().capacity() / 2;
  return rot_.state_.put(name.name(), flags, source, rot_.key_, quota);
}

base::Status ItemStore::set(uint64_t uid, uint8_t flags, base::ByteView value) {
  Place old;
  const base::Status found = find(uid, old);
  if (found && is_fixed(old)) return fail(ErrorCode::kItemWriteOnce);
  if (!found && found.error() != ErrorCode::kItemNotFound) return found;
  if (!rot_.has_root_key_) return fail(ErrorCode::kNoRootKey);
  if (value.size() > kMaxValueSize) return fail(ErrorCode::kItemTooLarge);
  if (flags & kTombstone) return fail(ErrorCode::kInvalidArgument);
  return write(uid, flags, value);
}

base::Result<ItemInfo> ItemStore::info(uint64_t uid) {
  Place place;
  BASE_TRY(find(uid, place));
  return ItemInfo{place.record.size, place.record.flags};
}

base::SizeResult ItemStore::get(uint64_t uid, size_t offset, base::MutableBytes out) {
  Place place;
  BASE_TRY(find(uid, place));
  if (offset > place.record.size) return fail(ErrorCode::kInvalidArgument);
  const size_t size = std::min(out.size(), place.record.size - offset);
  BASE_TRY(place.log->read(place.record, rot_.key_, offset, out.first(size)));
  return size;
}

base::Status ItemStore::remove(uint64_t uid) {
  Place place;
  BASE_TRY(find(uid, place));
  if (is_fixed(place)) return fail(ErrorCode::kItemWriteOnce);
  return write(uid, kTombstone, {});
}

}  // namespace rot
