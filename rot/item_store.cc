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
  SectorLog* log;
  Record record;
};

base::Result<ItemStore::Place> ItemStore::find(uint64_t uid) {
  BASE_TRY(rot_.check_readable());
  const UidName name(uid);
  for (SectorLog* log : {&rot_.identity_, &rot_.state_.log()}) {
    auto record = log->find(name.name());
    if (record && !(record->flags & kTombstone)) return Place{log, *record};
    if (!record && record.error() != ErrorCode::kItemNotFound) return fail(record.error());
  }
  return fail(ErrorCode::kItemNotFound);
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
  auto old = find(uid);
  if (old) {
    if ((old->record.flags & kWriteOnce) || (rot_.is_locked() && old->log == &rot_.identity_)) {
      return fail(ErrorCode::kItemWriteOnce);
    }
  } else if (old.error() != ErrorCode::kItemNotFound) {
    return fail(old.error());
  }
  if (!rot_.has_root_key_) return fail(ErrorCode::kNoRootKey);
  if (value.size() > kMaxValueSize) return fail(ErrorCode::kItemTooLarge);
  if (flags & kTombstone) return fail(ErrorCode::kInvalidArgument);
  return write(uid, flags, value);
}

base::Result<ItemInfo> ItemStore::info(uint64_t uid) {
  BASE_ASSIGN(const Place place, find(uid));
  return ItemInfo{place.record.size, place.record.flags};
}

base::Result<size_t> ItemStore::get(uint64_t uid, size_t offset, base::MutableBytes out) {
  BASE_ASSIGN(const Place place, find(uid));
  if (offset > place.record.size) return fail(ErrorCode::kInvalidArgument);
  const size_t size = std::min(out.size(), place.record.size - offset);
  BASE_TRY(place.log->read(place.record, rot_.key_, offset, out.first(size)));
  return size;
}

base::Status ItemStore::remove(uint64_t uid) {
  BASE_ASSIGN(const Place place, find(uid));
  if ((place.record.flags & kWriteOnce) || (rot_.is_locked() && place.log == &rot_.identity_)) {
    return fail(ErrorCode::kItemWriteOnce);
  }
  return write(uid, kTombstone, {});
}

}  // namespace rot
