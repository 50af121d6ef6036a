#include "rot/rot.h"

#include <algorithm>

namespace rot {

using base::ErrorCode;
using base::fail;
using namespace std::string_view_literals;

namespace {

// The store's own state record: which identity sector counts. Epoch u32, status u8, three zeros, end sequence u32.
constexpr uint16_t kIdentityRecord = 0x100;
constexpr size_t kIdentityRecordSize = 12;
constexpr RecordName kIdentityName{Kind::kState, kIdentityRecord};
// Kept free among the identity's records, so that PSA ITS items can still be removed from a full sector.
constexpr size_t kIdentityReserve = 4 * record_size(8, 0);

constexpr uint8_t kSecured = static_cast<uint8_t>(Lifecycle::kSecured);
constexpr uint8_t kDecommissioned = static_cast<uint8_t>(Lifecycle::kDecommissioned);

RecordName state_name(StateId id) { return {Kind::kState, static_cast<uint16_t>(id)}; }
RecordName item_name(base::Text name) { return named(Kind::kItem, base::as_bytes(name)); }

bool is_valid_name(base::Text name) {
  if (name.size() > kMaxNameSize) return false;
  if (!name.empty() && name.front() == '~') name.remove_prefix(1);
  if (name.empty()) return false;
  return std::ranges::all_of(name, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '-';
  });
}

}  // namespace

Rot::Rot(Otp& otp, Flash& flash, const Layout& layout, ByteView chip_id)
    : flash_(flash),
      layout_(layout),
      chip_id_(ByteView(chip_id_bytes_).first(std::min(chip_id.size(), chip_id_bytes_.size()))),
      otp_(otp),
      state_(flash, layout.state_sectors, otp_, chip_id_),
      identity_(flash),
      its_(*this) {
  base::copy(chip_id_bytes_, chip_id.first(chip_id_.size()));
}

Rot::~Rot() { forget(); }

void Rot::forget() {
  mounted_ = false;
  has_root_key_ = false;
  root_key_.wipe();
  key_.clear();
  state_.close();
  identity_.close();
  identity_status_ = Identity::kNone;
  identity_epoch_ = 0;
}

// ---- mount ----

Status Rot::mount() {
  forget();
  const Status mounted = mount_all();
  if (!mounted) forget();
  return mounted;
}

Status Rot::mount_all() {
  BASE_TRY(otp_.load());
  if (otp_.lifecycle() == kDecommissioned) return destroy_keys();
  BASE_TRY(mount_state());
  BASE_TRY(mount_identity());
  mounted_ = true;
  if (is_locked()) BASE_TRY(finish_lock());
  return {};
}

Status Rot::mount_state() {
  BASE_ASSIGN(const SectorHeader* header, state_.look());
  if (header && header->share_slot != 0) {
    base::SecretBytes<kShareSize> share;
    BASE_TRY(otp_.read_share(header->share_slot, share.span()));
    BASE_TRY(derive_root_key(share.view(), header->flash_share, chip_id_, root_key_));
    has_root_key_ = true;
  }
  BASE_TRY(set_store_key(has_root_key_ ? &root_key_ : nullptr, chip_id_, key_));
  return header ? state_.open(key_) : Status{};
}

Status Rot::mount_identity() {
  Record found;
  if (const Status status = state_.log().find(kIdentityName, found); !status) {
    return status.error() == ErrorCode::kItemNotFound ? Status{} : status;
  }
  std::array<uint8_t, kIdentityRecordSize> raw;
  if (found.size != raw.size()) return fail(ErrorCode::kStoreCorrupt);
  BASE_TRY(state_.log().read(found, key_, 0, raw));
  identity_epoch_ = base::load_be<uint32_t>(raw.data());
  if (raw[4] > static_cast<uint8_t>(Identity::kSealed)) return fail(ErrorCode::kStoreCorrupt);
  identity_status_ = static_cast<Identity>(raw[4]);

  SectorLog::Probe probe;
  BASE_TRY(SectorLog::probe(flash_, layout_.identity_sector, probe));
  using ProbeState = SectorLog::Probe::State;
  if (identity_status_ == Identity::kNone) {
    // An erase, or the start of a new identity, was interrupted.
    if (probe.state != ProbeState::kBlank && !is_locked()) BASE_TRY(flash_.erase(layout_.identity_sector));
    return {};
  }
  if (probe.state == ProbeState::kDamaged || probe.state == ProbeState::kIncomplete) {
    return fail(ErrorCode::kStoreCorrupt);
  }
  if (probe.state == ProbeState::kBlank || probe.header.epoch != identity_epoch_) {
    return fail(ErrorCode::kStoreRollback);
  }
  if (probe.header.region != Region::kIdentity) return fail(ErrorCode::kStoreCorrupt);
  BASE_TRY(SectorLog::check_header(flash_, layout_.identity_sector, key_, chip_id_));
  const bool sealed = identity_status_ == Identity::kSealed;
  BASE_TRY(identity_.open(layout_.identity_sector, probe.header, key_, !sealed));
  if (sealed && identity_.next_sequence() != base::load_be<uint32_t>(&raw[8])) return fail(ErrorCode::kStoreRollback);
  return {};
}

// ---- lifecycle ----

Status Rot::advance_lifecycle(Lifecycle to) {
  if (!mounted_) return fail(ErrorCode::kNotMounted);
  const auto target = static_cast<uint8_t>(to);
  if (target < otp_.lifecycle()) return fail(ErrorCode::kLifecycleOrder);
  BASE_TRY(otp_.reach(target));
  if (target == kDecommissioned) return destroy_keys();
  return target == kSecured ? finish_lock() : Status{};
}

Status Rot::lock() {
  if (!mounted_) return fail(ErrorCode::kNotMounted);
  if (!has_root_key_ && !is_locked()) return fail(ErrorCode::kNoRootKey);
  if (is_locked()) return finish_lock();
  return advance_lifecycle(Lifecycle::kSecured);
}

Status Rot::finish_lock() {
  if (identity_status_ == Identity::kActive) {
    // From here on a shortened identity is found out, too.
    BASE_TRY(write_identity_record(Identity::kSealed, identity_.next_sequence()));
  }
  BASE_ASSIGN(const bool is_protected, flash_.is_protected(layout_.identity_sector));
  if (!is_protected) BASE_TRY(flash_.protect(layout_.identity_sector));
  return otp_.lock_key_blocks();
}

Status Rot::destroy_keys() {
  forget();
  for (const size_t sector : layout_.state_sectors) {
    bool blank = true;
    std::array<uint8_t, 64> piece;
    for (size_t at = 0; at < flash_.sector_size(sector) && blank; at += piece.size()) {
      BASE_TRY(flash_.read(sector, at, piece));
      blank = all_bytes(piece, 0xff);
    }
    if (!blank) BASE_TRY(flash_.erase(sector));
  }
  BASE_TRY(flash_.sync());
  mounted_ = true;
  return {};
}

// ---- hardware unique key ----

Status Rot::create_root_key(std::span<const uint8_t, 64> random) {
  if (!mounted_) return fail(ErrorCode::kNotMounted);
  if (has_root_key_) return fail(ErrorCode::kRootKeyExists);
  if (is_locked()) return fail(ErrorCode::kRotLocked);
  base::SecretBytes<kShareSize> otp_share;
  base::copy(otp_share.span(), random.first<kShareSize>());
  SectorHeader next;
  base::WipeOnExit wipe(next.flash_share);
  base::copy(next.flash_share, random.last<kShareSize>());
  BASE_ASSIGN(next.share_slot, otp_.store_share(otp_share.span()));

  RootKey root;
  SivKey key;
  BASE_TRY(derive_root_key(otp_share.view(), next.flash_share, chip_id_, root));
  BASE_TRY(set_store_key(&root, chip_id_, key));
  BASE_TRY(state_.move(next, key_, key));
  // Reading it all back the way the next start will is the proof that it is there.
  BASE_TRY(mount());
  return has_root_key_ ? Status{} : fail(ErrorCode::kStoreCorrupt);
}

Status Rot::derive_key(base::Text label, ByteView context, MutableBytes out) {
  if (!has_root_key_) return fail(ErrorCode::kNoRootKey);
  return derive(root_key_.view(), "derived"sv, label, context, out);
}

// A log that failed in use is closed until the next mount; that it holds nothing would be the wrong answer.
Status Rot::check_readable() {
  const bool state_lost = !state_.is_blank() && !state_.log().is_open() && otp_.lifecycle() != kDecommissioned;
  const bool identity_lost = identity_status_ != Identity::kNone && !identity_.is_open();
  return mounted_ && !state_lost && !identity_lost ? Status{} : fail(ErrorCode::kNotMounted);
}

// ---- identity items ----

Status Rot::write_identity_record(Identity status, uint32_t end_sequence) {
  std::array<uint8_t, kIdentityRecordSize> raw{};
  base::store_be(raw.data(), identity_epoch_);
  raw[4] = static_cast<uint8_t>(status);
  base::store_be(&raw[8], end_sequence);
  BytesSource source(raw);
  BASE_TRY(state_.put(kIdentityName, 0, source, key_));
  identity_status_ = status;
  return {};
}

Status Rot::open_identity() {
  if (identity_status_ != Identity::kNone) return {};
  ++identity_epoch_;
  BASE_TRY(write_identity_record(Identity::kNone, 0));
  SectorHeader header;
  header.region = Region::kIdentity;
  header.share_slot = state_.log().header().share_slot;
  header.epoch = identity_epoch_;
  BASE_TRY(identity_.format(layout_.identity_sector, header, key_, chip_id_));
  BASE_TRY(identity_.activate());
  BASE_TRY(identity_.confirm_activation());
  return write_identity_record(Identity::kActive, 0);
}

Status Rot::append_identity(const RecordName& name, uint8_t flags, ByteView value) {
  BASE_TRY(open_identity());
  if (!(flags & kTombstone) &&
      record_size(name.name.size(), value.size()) + kIdentityReserve > identity_.free_bytes()) {
    return fail(ErrorCode::kStoreFull);
  }
  BytesSource source(value);
  return identity_.append_past_worn(name, flags, source, key_);
}

Status Rot::check_items_writable(ByteView value) {
  if (!mounted_) return fail(ErrorCode::kNotMounted);
  if (is_locked()) return fail(ErrorCode::kRotLocked);
  if (!has_root_key_) return fail(ErrorCode::kNoRootKey);
  if (value.size() > kMaxValueSize) return fail(ErrorCode::kItemTooLarge);
  return {};
}

Status Rot::find_item(base::Text name, Record& record) {
  BASE_TRY(check_readable());
  return identity_.find(item_name(name), record);
}

Status Rot::put_item(std::string_view name, uint8_t flags, ByteView value) {
  BASE_TRY(check_items_writable({}));
  if (!is_valid_name(name)) return fail(ErrorCode::kItemName);
  if (flags & kTombstone) return fail(ErrorCode::kInvalidArgument);
  BASE_TRY(check_items_writable(value));
  Record old;
  if (const Status found = find_item(name, old); found) {
    if (old.flags == flags) {
      BASE_ASSIGN(const bool same, identity_.equals(old, key_, value));
      if (same) return {};
    }
    if (old.flags & kWriteOnce) return fail(ErrorCode::kItemWriteOnce);
  } else if (found.error() != ErrorCode::kItemNotFound) {
    return found;
  }
  return append_identity(item_name(name), flags, value);
}

base::SizeResult Rot::get_item(base::Text name, MutableBytes out) {
  Record record;
  BASE_TRY(find_item(name, record));
  if (out.size() < record.size) return fail(ErrorCode::kBufferTooSmall);
  BASE_TRY(identity_.read(record, key_, 0, out.first(record.size)));
  return record.size;
}

Result<ItemInfo> Rot::item_info(base::Text name) {
  Record record;
  BASE_TRY(find_item(name, record));
  return ItemInfo{record.size, record.flags};
}

Status Rot::visit_items(MutableBytes scratch, ItemVisitor& visitor) {
  BASE_TRY(check_readable());
  if (!identity_.is_open()) return {};
  SectorLog::Cursor cursor;
  Record record;
  while (true) {
    BASE_ASSIGN(const bool more, identity_.next_live(cursor, record));
    if (!more) return {};
    if (record.kind != Kind::kItem) continue;
    std::array<uint8_t, kMaxNameSize> name;
    BASE_TRY(identity_.read_name(record, name));
    if (name[0] == '~') continue;
    if (scratch.size() < record.size) return fail(ErrorCode::kBufferTooSmall);
    const MutableBytes value = scratch.first(record.size);
    BASE_TRY(identity_.read(record, key_, 0, value));
    BASE_TRY(visitor.item(base::as_text(ByteView(name).first(record.name_size)), record.flags, value));
  }
}

Status Rot::erase_identity() {
  if (!mounted_) return fail(ErrorCode::kNotMounted);
  if (is_locked()) return fail(ErrorCode::kRotLocked);
  if (identity_status_ == Identity::kNone) return {};
  BASE_TRY(write_identity_record(Identity::kNone, 0));
  identity_.close();
  BASE_TRY(flash_.erase(layout_.identity_sector));
  return flash_.sync();
}

size_t Rot::free_bytes() const {
  const size_t free = identity_.is_open() ? identity_.free_bytes()
                                          : flash_.sector_size(layout_.identity_sector) - kSectorHeaderSize;
  return free > kIdentityReserve ? free - kIdentityReserve : 0;
}

// ---- mutable state ----

Status Rot::put_state(StateId id, ByteView value) {
  if (!mounted_ || otp_.lifecycle() == kDecommissioned) return fail(ErrorCode::kNotMounted);
  if (value.size() > kMaxStateSize) return fail(ErrorCode::kItemTooLarge);
  BytesSource source(value);
  return state_.put(state_name(id), 0, source, key_);
}

base::SizeResult Rot::get_state(StateId id, MutableBytes out) {
  BASE_TRY(check_readable());
  Record record;
  BASE_TRY(state_.log().find(state_name(id), record));
  if (out.size() < record.size) return fail(ErrorCode::kBufferTooSmall);
  BASE_TRY(state_.log().read(record, key_, 0, out.first(record.size)));
  return record.size;
}

Result<uint64_t> Rot::get_state_u64(StateId id) {
  std::array<uint8_t, 8> raw;
  auto size = get_state(id, raw);
  if (!size) {
    if (size.error() == ErrorCode::kItemNotFound) return uint64_t{0};
    return fail(size.error());
  }
  if (*size != raw.size()) return fail(ErrorCode::kStoreCorrupt);
  return base::load_be<uint64_t>(raw.data());
}

Status Rot::put_state_u64(StateId id, uint64_t value) {
  std::array<uint8_t, 8> raw;
  base::store_be(raw.data(), value);
  return put_state(id, raw);
}

}  // namespace rot
