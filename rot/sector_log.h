// One sector as an append-only log of encrypted records. Survives a power cut in any operation; see SPEC.md
// section 4 for the rules that open() follows.
#pragma once

#include <optional>

#include "rot/flash.h"
#include "rot/record.h"
#include "rot/siv.h"

namespace rot {

// Why a write failed without the power or the storage being gone: the log goes on elsewhere.
[[nodiscard]] bool is_cell_failure(base::ErrorCode code);

// What a record is found by.
struct RecordName {
  Kind kind = Kind::kState;
  uint16_t id = 0;
  ByteView name = {};
};

[[nodiscard]] RecordName named(Kind kind, ByteView name);  // of an item or a trusted-storage number

// The plaintext of a record to be written, read front to back, more than once.
class ValueSource {
 public:
  [[nodiscard]] virtual size_t size() const = 0;
  virtual Status rewind() = 0;
  virtual Status read(MutableBytes out) = 0;  // the next out.size() bytes

 protected:
  ~ValueSource() = default;
};

class BytesSource final : public ValueSource {
 public:
  explicit BytesSource(ByteView value) : value_(value) {}
  [[nodiscard]] size_t size() const override { return value_.size(); }
  Status rewind() override;
  Status read(MutableBytes out) override;

 private:
  ByteView value_;
  size_t position_ = 0;
};

class SectorLog {
 public:
  explicit SectorLog(Flash& flash) : flash_(&flash) {}

  // ---- the sector ----
  struct Probe {
    enum class State : uint8_t { kBlank, kDamaged, kIncomplete, kActive } state = State::kBlank;
    SectorHeader header;
    bool confirmed = false;
  };
  // Looks at a sector's header without a key. kLayoutVersion, and what the flash reports.
  static Status probe(Flash& flash, size_t sector, Probe& probe);
  // kStoreCorrupt: the header's tag was not made with `key` on this chip.
  static Status check_header(Flash& flash, size_t sector, SivKey& key, ByteView chip_id);
  // Makes a header that must not count unreadable for good.
  static Status discard(Flash& flash, size_t sector);

  // Erases `sector` and writes an inactive header; the log is then open for writing.
  Status format(size_t sector, const SectorHeader& header, SivKey& key, ByteView chip_id);
  // Makes the sector count. Everything written before is durable first.
  Status activate();
  Status confirm_activation();
  // Walks the log, voids torn records and finishes interrupted markers. `writable` false: only reads.
  // kStoreCorrupt: the log is damaged in a way that no power cut causes.
  Status open(size_t sector, const SectorHeader& header, SivKey& key, bool writable);
  void close() { open_ = false; }

  [[nodiscard]] bool is_open() const { return open_; }
  [[nodiscard]] size_t sector() const { return sector_; }
  [[nodiscard]] const SectorHeader& header() const { return header_; }
  [[nodiscard]] size_t capacity() const;    // bytes for records in an empty sector
  [[nodiscard]] size_t free_bytes() const;  // left for records, their overhead included
  [[nodiscard]] size_t tail() const { return tail_; }
  [[nodiscard]] uint32_t next_sequence() const { return sequence_; }

  // ---- records ----
  // Steps through the committed records: start with a default cursor; false at the end.
  struct Cursor {
    size_t offset = kSectorHeaderSize;
  };
  Result<bool> next(Cursor& cursor, Record& record);
  // The same, over those that count: no tombstones, and nothing that a newer record replaced.
  Result<bool> next_live(Cursor& cursor, Record& record);
  // The newest record of that name, a tombstone included. kItemNotFound.
  Status find(const RecordName& name, Record& newest);
  // True where no newer record has this one's name.
  Result<bool> is_newest(const Record& record);
  Result<bool> has_name(const Record& record, const RecordName& name);
  Status read_name(const Record& record, MutableBytes out);
  // Decrypts [offset, offset + out.size()) of the value, which the caller has checked to exist, and authenticates
  // all of it. kStoreCorrupt: fails authentication (`out` is wiped).
  Status read(const Record& record, SivKey& key, size_t offset, MutableBytes out);
  Status verify(const Record& record, SivKey& key);
  Result<bool> equals(const Record& record, SivKey& key, ByteView value);
  // Durable when it returns. kStoreFull; on kFlashProgram and kFlashNotErased the log is still consistent.
  Status append(const RecordName& name, uint8_t flags, ValueSource& value, SivKey& key);
  // The same, behind worn cells where there are any; a few times.
  Status append_past_worn(const RecordName& name, uint8_t flags, ValueSource& value, SivKey& key);

 private:
  friend class RecordSource;
  Status program(size_t offset, ByteView data);
  Status program_zeros(size_t offset, size_t size);
  Result<bool> is_blank(size_t offset, size_t end);
  Status recover(SivKey& key, bool writable);
  Status settle(const Record& record, SivKey& key, bool writable);
  Status write_record(const Record& record, const RecordName& name, ValueSource& value, SivKey& key);
  Status tag_of(const Record& record, ByteView name, ValueSource& value, SivKey& key, SivBlock& tag);

  Flash* flash_;
  size_t sector_ = 0;
  SectorHeader header_;
  size_t tail_ = 0;          // end of the last record
  size_t skip_to_ = 0;       // where the next one goes; what lies between is made zeros first
  uint32_t sequence_ = 0;
  bool open_ = false;
  bool full_ = false;        // the tail cannot be written any more
  bool active_ = false;      // the sector counts: every record must be durable by itself
};

// The plaintext of a stored record; for copies from log to log.
class RecordSource final : public ValueSource {
 public:
  RecordSource(SectorLog& log, const Record& record, SivKey& key) : log_(log), record_(record), key_(key) {}
  [[nodiscard]] size_t size() const override { return record_.size; }
  Status rewind() override;
  Status read(MutableBytes out) override;

 private:
  SectorLog& log_;
  Record record_;
  SivKey& key_;
  std::optional<SivStream> stream_;
  size_t position_ = 0;
};

}  // namespace rot
