#include "rot/sector_log.h"

#include <algorithm>

#include "base/crc32c.h"
#include "base/secure.h"

namespace rot {

using base::ErrorCode;
using base::fail;

namespace {

constexpr size_t kPiece = 64;  // bytes handled at once; bounds the stack, a multiple of kChunk and of a block
static_assert(kPiece % kChunk == 0);
constexpr int kAttempts = 4;  // places tried for a record when cells are worn

// Program, then read back, whatever the port itself checks.
Status program_verified(Flash& flash, size_t sector, size_t offset, ByteView data) {
  BASE_TRY(flash.program(sector, offset, data));
  std::array<uint8_t, kPiece> check;
  while (!data.empty()) {
    const size_t take = std::min(kPiece, data.size());
    BASE_TRY(flash.read(sector, offset, MutableBytes(check).first(take)));
    if (!base::equal(ByteView(check).first(take), data.first(take))) return fail(ErrorCode::kFlashProgram);
    offset += take;
    data = data.subspan(take);
  }
  return {};
}

Status header_tag(SivKey& key, ByteView fixed, ByteView chip_id, SivBlock& tag) {
  SivTag s2v(key);
  s2v.associated_data({chip_id});
  s2v.begin_plaintext(fixed.size());
  s2v.plaintext(fixed);
  s2v.finish(tag);
  return {};
}

// A stored record that leaves a copy of [offset, offset + out.size()) behind when it is read through.
class SliceSource final : public ValueSource {
 public:
  SliceSource(SectorLog& log, const Record& record, SivKey& key, size_t offset, MutableBytes out)
      : record_(log, record, key), offset_(offset), out_(out) {}
  [[nodiscard]] size_t size() const override { return record_.size(); }
  Status rewind() override {
    position_ = 0;
    return record_.rewind();
  }
  Status read(MutableBytes piece) override {
    BASE_TRY(record_.read(piece));
    const size_t from = std::max(position_, offset_);
    const size_t to = std::min(position_ + piece.size(), offset_ + out_.size());
    if (from < to) base::copy(out_.subspan(from - offset_), ByteView(piece).subspan(from - position_, to - from));
    position_ += piece.size();
    return {};
  }

 private:
  RecordSource record_;
  size_t offset_;
  MutableBytes out_;
  size_t position_ = 0;
};

}  // namespace

RecordName named(Kind kind, ByteView name) { return {kind, name_check(name), name}; }

bool is_cell_failure(ErrorCode code) { return code == ErrorCode::kFlashProgram || code == ErrorCode::kFlashNotErased; }

Status BytesSource::rewind() {
  position_ = 0;
  return {};
}

Status BytesSource::read(MutableBytes out) {
  base::copy(out, value_.subspan(position_, out.size()));
  position_ += out.size();
  return {};
}

Status RecordSource::rewind() {
  SivBlock tag;
  BASE_TRY(log_.flash_->read(log_.sector_, record_.tag_at(), tag));
  stream_.emplace(key_, tag);
  position_ = 0;
  return {};
}

Status RecordSource::read(MutableBytes out) {
  BASE_TRY(log_.flash_->read(log_.sector_, record_.value_at() + position_, out));
  position_ += out.size();
  stream_->apply(out);
  return {};
}

// ---- the sector ----

Status SectorLog::probe(Flash& flash, size_t sector, Probe& probe) {
  probe.state = Probe::State::kBlank;
  probe.confirmed = false;
  SectorHeaderBytes raw;
  BASE_TRY(flash.read(sector, 0, raw));
  if (all_bytes(raw, 0xff)) return {};
  const ByteView bytes(raw);
  const bool active = all_bytes(bytes.subspan(kSectorActiveAt, kChunk), 0);
  if (const Status decoded = decode_sector_header(raw, probe.header); !decoded) {
    if (decoded.error() == ErrorCode::kLayoutVersion && active) return decoded;
    probe.state = Probe::State::kDamaged;
    return {};
  }
  probe.state = active ? Probe::State::kActive : Probe::State::kIncomplete;
  probe.confirmed = all_bytes(bytes.subspan(kSectorConfirmAt, kChunk), 0);
  return {};
}

Status SectorLog::check_header(Flash& flash, size_t sector, SivKey& key, ByteView chip_id) {
  std::array<uint8_t, kSectorCrcAt> raw;
  base::WipeOnExit wipe(raw);
  BASE_TRY(flash.read(sector, 0, raw));
  SivBlock tag;
  BASE_TRY(header_tag(key, ByteView(raw).first(kSectorFixedSize), chip_id, tag));
  if (!base::constant_time_equal(tag, ByteView(raw).subspan(kSectorTagAt, kSivTagSize))) {
    return fail(ErrorCode::kStoreCorrupt);
  }
  return {};
}

Status SectorLog::discard(Flash& flash, size_t sector) {
  constexpr std::array<uint8_t, kChunk> kZeros{};
  Status status = program_verified(flash, sector, 0, kZeros);
  if (!status && is_cell_failure(status.error())) status = flash.erase(sector);
  return status;
}

Status SectorLog::format(size_t sector, const SectorHeader& header, SivKey& key, ByteView chip_id) {
  open_ = false;
  BASE_TRY(flash_->erase(sector));
  sector_ = sector;
  header_ = header;
  std::array<uint8_t, kSectorActiveAt> raw{};
  base::WipeOnExit wipe(raw);
  encode_sector_fixed(header, std::span(raw).first<kSectorFixedSize>());
  SivBlock tag;
  BASE_TRY(header_tag(key, ByteView(raw).first(kSectorFixedSize), chip_id, tag));
  base::copy(MutableBytes(raw).subspan(kSectorTagAt), tag);
  base::store_be(&raw[kSectorCrcAt], base::crc32c(ByteView(raw).first(kSectorCrcAt)));
  BASE_TRY(program(0, raw));
  tail_ = kSectorHeaderSize;
  sequence_ = 0;
  full_ = false;
  skip_to_ = tail_;
  active_ = false;
  open_ = true;
  return {};
}

Status SectorLog::activate() {
  BASE_TRY(flash_->sync());
  BASE_TRY(program_zeros(kSectorActiveAt, kChunk));
  active_ = true;
  return flash_->sync();
}

Status SectorLog::confirm_activation() {
  // A marker that a cut interrupted may read as complete and yet be weak; a second pass makes it strong.
  BASE_TRY(program_zeros(kSectorActiveAt, kChunk));
  return program_zeros(kSectorConfirmAt, kChunk);
}

Status SectorLog::open(size_t sector, const SectorHeader& header, SivKey& key, bool writable) {
  sector_ = sector;
  header_ = header;
  open_ = false;
  full_ = false;
  active_ = true;
  BASE_TRY(recover(key, writable));
  open_ = true;
  return {};
}

size_t SectorLog::capacity() const { return flash_->sector_size(sector_) - kSectorHeaderSize; }

size_t SectorLog::free_bytes() const {
  if (!open_ || full_) return 0;
  const size_t end = flash_->sector_size(sector_);
  return skip_to_ < end ? end - skip_to_ : 0;
}

// ---- recovery ----

Status SectorLog::recover(SivKey& key, bool writable) {
  const size_t end = flash_->sector_size(sector_);
  size_t offset = kSectorHeaderSize;
  tail_ = offset;
  sequence_ = 0;
  while (offset + kRecordHeaderSize <= end) {
    RecordHeaderBytes raw;
    BASE_TRY(flash_->read(sector_, offset, raw));
    if (all_bytes(raw, 0xff)) break;
    if (all_bytes(ByteView(raw).first(kChunk), 0)) {
      offset += kChunk;
      continue;
    }
    Record record;
    const bool intact = decode_record_header(raw, record);
    // Only a header that a cut interrupted, or came right after, has nothing behind it.
    BASE_ASSIGN(const bool bare, is_blank(offset + kRecordHeaderSize, end));
    if (bare) {
      offset += kRecordHeaderSize;
      break;
    }
    record.offset = offset;
    if (!intact || record.sequence != sequence_ || record.end() > end) return fail(ErrorCode::kStoreCorrupt);
    BASE_TRY(settle(record, key, writable));
    ++sequence_;
    offset = record.end();
    tail_ = offset;
  }
  // From the last record to one chunk beyond what can be seen: a cut may have left cells there that read one way
  // now and another way later. The first write programs them all to zeros before it goes on behind them.
  skip_to_ = std::min(offset + kChunk, end);
  return {};
}

Status SectorLog::settle(const Record& record, SivKey& key, bool writable) {
  std::array<uint8_t, 2 * kChunk> markers;
  BASE_TRY(flash_->read(sector_, record.commit_at(), markers));
  const bool committed = all_bytes(ByteView(markers).first(kChunk), 0);
  const ByteView confirm = ByteView(markers).subspan(kChunk);
  // The confirmation is programmed only once the commit marker was complete.
  if (!committed && !all_bytes(confirm, 0xff)) return fail(ErrorCode::kStoreCorrupt);
  if (committed && record.kind != Kind::kState) {
    std::array<uint8_t, kMaxNameSize> name;
    BASE_TRY(read_name(record, name));
    if (name_check(ByteView(name).first(record.name_size)) != record.id) return fail(ErrorCode::kStoreCorrupt);
  }
  if ((committed && all_bytes(confirm, 0)) || !writable) return {};
  SivBlock tag;
  BASE_TRY(flash_->read(sector_, record.tag_at(), tag));
  if (all_bytes(tag, 0)) return {};  // voided before
  Status settled;
  bool keep = committed;
  if (committed && all_bytes(confirm, 0xff)) {
    // Nothing was confirmed: perhaps the marker became durable before the data, or is only half programmed.
    settled = verify(record, key);
    if (!settled && settled.error() != ErrorCode::kStoreCorrupt) return settled;
    keep = settled.has_value();
  }
  settled = keep ? program_zeros(record.commit_at(), 2 * kChunk) : program_zeros(record.tag_at(), kSivTagSize);
  // A worn cell must not keep the unit from starting: the record counts, or does not, as it stands.
  if (!settled && !is_cell_failure(settled.error())) return settled;
  return {};
}

// ---- reading ----

Result<bool> SectorLog::next(Cursor& cursor, Record& record) {
  while (cursor.offset + kRecordHeaderSize <= tail_) {
    RecordHeaderBytes raw;
    BASE_TRY(flash_->read(sector_, cursor.offset, raw));
    if (all_bytes(ByteView(raw).first(kChunk), 0)) {
      cursor.offset += kChunk;
      continue;
    }
    const bool intact = decode_record_header(raw, record);
    record.offset = cursor.offset;
    if (!intact || record.end() > tail_) return fail(ErrorCode::kStoreCorrupt);
    cursor.offset = record.end();
    std::array<uint8_t, 2 * kChunk> markers;
    BASE_TRY(flash_->read(sector_, record.commit_at(), markers));
    // A record without its confirmation was voided, or never became durable.
    if (all_bytes(ByteView(markers).first(kChunk), 0) && !all_bytes(ByteView(markers).subspan(kChunk), 0xff)) return true;
  }
  return false;
}

Result<bool> SectorLog::next_live(Cursor& cursor, Record& record) {
  while (true) {
    BASE_ASSIGN(const bool more, next(cursor, record));
    if (!more) return false;
    if (record.flags & kTombstone) continue;
    BASE_ASSIGN(const bool newest, is_newest(record));
    if (newest) return true;
  }
}

Result<bool> SectorLog::has_name(const Record& record, const RecordName& name) {
  if (record.kind != name.kind || record.id != name.id || record.name_size != name.name.size()) return false;
  std::array<uint8_t, kMaxNameSize> stored;
  const MutableBytes bytes = MutableBytes(stored).first(record.name_size);
  BASE_TRY(read_name(record, bytes));
  return base::equal(bytes, name.name);
}

Status SectorLog::read_name(const Record& record, MutableBytes out) {
  return flash_->read(sector_, record.name_at(), out.first(record.name_size));
}

Status SectorLog::find(const RecordName& name, Record& newest) {
  Status found = fail(ErrorCode::kItemNotFound);
  if (!open_) return found;
  Cursor cursor;
  Record record;
  while (true) {
    BASE_ASSIGN(const bool more, next(cursor, record));
    if (!more) return found;
    BASE_ASSIGN(const bool match, has_name(record, name));
    if (!match) continue;
    newest = record;
    found = {};
  }
}

Result<bool> SectorLog::is_newest(const Record& record) {
  std::array<uint8_t, kMaxNameSize> name;
  BASE_TRY(read_name(record, name));
  const RecordName wanted{record.kind, record.id, ByteView(name).first(record.name_size)};
  Cursor cursor{record.end()};
  Record other;
  while (true) {
    BASE_ASSIGN(const bool more, next(cursor, other));
    if (!more) return true;
    BASE_ASSIGN(const bool match, has_name(other, wanted));
    if (match) return false;
  }
}

Status SectorLog::tag_of(const Record& record, ByteView name, ValueSource& value, SivKey& key, SivBlock& tag) {
  std::array<uint8_t, 5> place;
  place[0] = static_cast<uint8_t>(header_.region);
  base::store_be(&place[1], header_.epoch);
  const RecordHeaderBytes raw = encode_record_header(record);
  SivTag s2v(key);
  s2v.associated_data({place, raw, name});
  s2v.begin_plaintext(value.size());
  BASE_TRY(value.rewind());
  std::array<uint8_t, kPiece> piece;
  base::WipeOnExit wipe(piece);
  for (size_t left = value.size(); left > 0;) {
    const MutableBytes part = MutableBytes(piece).first(std::min(kPiece, left));
    BASE_TRY(value.read(part));
    s2v.plaintext(part);
    left -= part.size();
  }
  s2v.finish(tag);
  return {};
}

Status SectorLog::verify(const Record& record, SivKey& key) { return read(record, key, 0, {}); }

Status SectorLog::read(const Record& record, SivKey& key, size_t offset, MutableBytes out) {
  std::array<uint8_t, kMaxNameSize> name;
  BASE_TRY(read_name(record, name));
  SivBlock stored, tag{};
  BASE_TRY(flash_->read(sector_, record.tag_at(), stored));
  SliceSource source(*this, record, key, offset, out);
  Status status = tag_of(record, ByteView(name).first(record.name_size), source, key, tag);
  if (status && !base::constant_time_equal(tag, stored)) status = fail(ErrorCode::kStoreCorrupt);
  if (!status) base::secure_wipe(out);
  return status;
}

Result<bool> SectorLog::equals(const Record& record, SivKey& key, ByteView value) {
  if (record.size != value.size()) return false;
  std::array<uint8_t, kMaxNameSize> name;
  BASE_TRY(read_name(record, name));
  SivBlock stored, tag;
  BASE_TRY(flash_->read(sector_, record.tag_at(), stored));
  // Equal text has an equal tag; the stored text itself must be intact too.
  BytesSource source(value);
  BASE_TRY(tag_of(record, ByteView(name).first(record.name_size), source, key, tag));
  if (!base::constant_time_equal(tag, stored)) return false;
  BASE_TRY(verify(record, key));
  return true;
}

// ---- writing ----

Status SectorLog::program(size_t offset, ByteView data) { return program_verified(*flash_, sector_, offset, data); }

Status SectorLog::program_zeros(size_t offset, size_t size) {
  constexpr std::array<uint8_t, 2 * kChunk> kZeros{};
  return program(offset, ByteView(kZeros).first(size));
}

Result<bool> SectorLog::is_blank(size_t offset, size_t end) {
  std::array<uint8_t, kPiece> piece;
  while (offset < end) {
    const MutableBytes part = MutableBytes(piece).first(std::min(kPiece, end - offset));
    BASE_TRY(flash_->read(sector_, offset, part));
    if (!all_bytes(part, 0xff)) return false;
    offset += part.size();
  }
  return true;
}

Status SectorLog::append(const RecordName& name, uint8_t flags, ValueSource& value, SivKey& key) {
  if (!open_) return fail(ErrorCode::kNotMounted);
  const size_t need = record_size(name.name.size(), value.size());
  if (need > free_bytes()) return fail(ErrorCode::kStoreFull);
  Status written;
  for (size_t at = tail_; at < skip_to_ && written; at += kChunk) written = program_zeros(at, kChunk);
  if (written) tail_ = skip_to_;
  Record record;
  record.offset = tail_;
  record.kind = name.kind;
  record.flags = flags;
  record.name_size = static_cast<uint8_t>(name.name.size());
  record.size = static_cast<uint16_t>(value.size());
  record.id = name.id;
  record.sequence = sequence_;
  if (written) written = write_record(record, name, value, key);
  if (written) {
    tail_ = skip_to_ = record.end();
    ++sequence_;
    return {};
  }
  if (!is_cell_failure(written.error())) {
    open_ = false;  // what is in flash is unknown until the next mount
    return written;
  }
  // The same steps as after a cut bring the log to a consistent end beyond the worn cells.
  const size_t old_tail = tail_;
  if (Status recovered = recover(key, true); !recovered) {
    if (recovered.error() == ErrorCode::kFlashPowerLost || recovered.error() == ErrorCode::kFlashIo) {
      open_ = false;
    } else {
      tail_ = old_tail;
      full_ = true;
    }
  }
  return written;
}

Status SectorLog::append_past_worn(const RecordName& name, uint8_t flags, ValueSource& value, SivKey& key) {
  Status written;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    written = append(name, flags, value, key);
    if (written || !is_cell_failure(written.error())) break;
  }
  return written;
}

Status SectorLog::write_record(const Record& record, const RecordName& name, ValueSource& value, SivKey& key) {
  BASE_ASSIGN(const bool blank, is_blank(record.offset, record.end()));
  if (!blank) return fail(ErrorCode::kFlashNotErased);
  SivBlock tag;
  BASE_TRY(tag_of(record, name.name, value, key, tag));
  BASE_TRY(program(record.offset, encode_record_header(record)));
  if (!name.name.empty()) {
    std::array<uint8_t, round_up_to_chunk(kMaxNameSize)> padded{};
    base::copy(padded, name.name);
    BASE_TRY(program(record.name_at(), ByteView(padded).first(record.tag_at() - record.name_at())));
  }
  BASE_TRY(program(record.tag_at(), tag));
  BASE_TRY(value.rewind());
  SivStream stream(key, tag);
  for (size_t done = 0; done < record.size;) {
    std::array<uint8_t, kPiece> piece{};
    base::WipeOnExit wipe(piece);
    const size_t take = std::min(kPiece, record.size - done);
    BASE_TRY(value.read(MutableBytes(piece).first(take)));
    stream.apply(MutableBytes(piece).first(take));
    BASE_TRY(program(record.value_at() + done, ByteView(piece).first(round_up_to_chunk(take))));
    done += take;
  }
  // One barrier is enough: a marker that outran its data is found out by the tag, because nothing confirms it yet.
  BASE_TRY(program_zeros(record.commit_at(), kChunk));
  if (active_) BASE_TRY(flash_->sync());
  return program_zeros(record.confirm_at(), kChunk);
}

}  // namespace rot
