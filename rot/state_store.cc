#include "rot/state_store.h"

namespace rot {

using base::ErrorCode;
using base::fail;
using ProbeState = SectorLog::Probe::State;

namespace {

constexpr uint32_t kEpochSlack = 8;

}  // namespace

Result<const SectorHeader*> StateStore::look() {
  log_.close();
  blank_ = false;
  bool found = false;
  bool damaged = false;
  for (size_t i = 0; i < sectors_.size(); ++i) {
    BASE_TRY(SectorLog::probe(flash_, sectors_[i], probes_[i]));
    const SectorLog::Probe& probe = probes_[i];
    damaged = damaged || probe.state == ProbeState::kDamaged;
    if (probe.state != ProbeState::kActive || probe.header.region != Region::kState) continue;
    if (!found || probe.header.epoch > probes_[newest_].header.epoch) newest_ = i;
    found = true;
  }
  const bool used = otp_.epoch() != 0 || otp_.root_key_exists();
  if (!found && !used) {
    blank_ = true;
    return nullptr;
  }
  if (!found || probes_[newest_].header.epoch < otp_.epoch()) {
    return fail(damaged ? ErrorCode::kStoreCorrupt : ErrorCode::kStoreRollback);
  }
  // A state from before the root key, which anyone could write, on a chip that has one.
  if (probes_[newest_].header.share_slot == 0 && otp_.root_key_exists()) return fail(ErrorCode::kStoreRollback);
  return &probes_[newest_].header;
}

Status StateStore::open(SivKey& key) {
  const SectorLog::Probe& probe = probes_[newest_];
  const size_t sector = sectors_[newest_];
  BASE_TRY(SectorLog::check_header(flash_, sector, key, chip_id_));
  // One ahead of the OTP: the power went before the bit was burnt. A little more: cells there cannot be burnt.
  if (probe.header.epoch > otp_.epoch() + kEpochSlack && otp_.epoch() + kEpochSlack < otp_layout::kEpochBits) {
    return fail(ErrorCode::kStoreCorrupt);
  }
  // A sector that was never completed must not become complete later by a weak cell.
  if (probes_[1 - newest_].state == ProbeState::kIncomplete) {
    BASE_TRY(SectorLog::discard(flash_, sectors_[1 - newest_]));
  }
  BASE_TRY(log_.open(sector, probe.header, key, true));
  return settle(probe.confirmed);
}

Status StateStore::settle(bool confirmed) {
  if (!confirmed) {
    // Before the epoch is burnt: with it, this sector is the only one that will do.
    const Status status = log_.confirm_activation();
    if (!status && !is_cell_failure(status.error())) return status;
  }
  if (log_.header().epoch > otp_.epoch()) BASE_TRY(otp_.burn_epoch(log_.header().epoch));
  return log_.header().share_slot != 0 ? otp_.mark_root_key() : Status{};
}

Status StateStore::complete(SectorLog& next) {
  if (Status activated = next.activate(); !activated) {
    // Perhaps it counts already, perhaps not: it must not.
    if (is_cell_failure(activated.error())) {
      if (SectorLog::discard(flash_, next.sector())) return activated;
    }
    log_.close();
    return activated;
  }
  log_ = next;
  const Status settled = settle(false);
  if (!settled) log_.close();
  return settled;
}

Status StateStore::start(SivKey& key) {
  for (const size_t i : {size_t{0}, size_t{1}}) {
    if (probes_[i].state == ProbeState::kIncomplete) BASE_TRY(SectorLog::discard(flash_, sectors_[i]));
  }
  SectorHeader header;
  header.region = Region::kState;
  header.epoch = otp_.epoch() + 1;
  SectorLog next(flash_);
  BASE_TRY(next.format(sectors_[0], header, key, chip_id_));
  newest_ = 0;
  BASE_TRY(complete(next));
  blank_ = false;
  return {};
}

Status StateStore::move(const SectorHeader& from, SivKey& key, SivKey& next_key) {
  if (blank_) BASE_TRY(start(key));
  if (!log_.is_open()) return fail(ErrorCode::kNotMounted);
  SectorHeader next_header = from;
  next_header.region = Region::kState;
  next_header.epoch = log_.header().epoch + 1;
  const size_t target = log_.sector() == sectors_[0] ? 1 : 0;
  SectorLog next(flash_);
  BASE_TRY(next.format(sectors_[target], next_header, next_key, chip_id_));
  SectorLog::Cursor cursor;
  Record record;
  while (true) {
    BASE_ASSIGN(const bool more, log_.next_live(cursor, record));
    if (!more) break;
    BASE_TRY(log_.verify(record, key));
    std::array<uint8_t, kMaxNameSize> name;
    BASE_TRY(log_.read_name(record, name));
    RecordSource source(log_, record, key);
    BASE_TRY(next.append_past_worn({record.kind, record.id, ByteView(name).first(record.name_size)}, record.flags,
                                   source, next_key));
  }
  newest_ = target;
  return complete(next);
}

Status StateStore::compact(SivKey& key) { return move(log_.header(), key, key); }

base::SizeResult StateStore::live_bytes(const RecordName& without) {
  size_t total = 0;
  SectorLog::Cursor cursor;
  Record record;
  while (true) {
    BASE_ASSIGN(const bool more, log_.next_live(cursor, record));
    if (!more) return total;
    BASE_ASSIGN(const bool replaced, log_.has_name(record, without));
    if (!replaced) total += record_size(record.name_size, record.size);
  }
}

Status StateStore::put(const RecordName& name, uint8_t flags, ValueSource& value, SivKey& key, size_t quota) {
  if (blank_) BASE_TRY(start(key));
  if (!log_.is_open()) return fail(ErrorCode::kNotMounted);
  const size_t need = record_size(name.name.size(), value.size());
  if (quota != SIZE_MAX) {
    BASE_ASSIGN(const size_t others, live_bytes(name));
    if (others + need > quota) return fail(ErrorCode::kStoreFull);
  }
  const Status written = log_.append(name, flags, value, key);
  if (written || (written.error() != ErrorCode::kStoreFull && !is_cell_failure(written.error()))) return written;
  BASE_ASSIGN(const size_t others, live_bytes(name));
  if (others + need > log_.capacity()) return fail(ErrorCode::kStoreFull);
  BASE_TRY(compact(key));
  return log_.append_past_worn(name, flags, value, key);
}

}  // namespace rot
