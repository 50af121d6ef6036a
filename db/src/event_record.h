// One event of the audit log and its canonical bytes (db/SPEC.md).
#pragma once

#include <optional>
#include <string>

#include "db/src/cbor_value.h"

namespace db {

struct EventRecord {
  int64_t sequence = 0;
  int64_t at = 0;
  std::string kind;
  std::string subject;
  std::optional<std::string> station;
  std::optional<std::string> operator_name;
  ValueMap details;
};

base::Bytes encode_event(const EventRecord& event);
// The errors of ValueReader; kCborMissingField, kCborFieldType.
base::Result<EventRecord> decode_event(base::ByteView canonical);
std::string event_json(const EventRecord& event);

}  // namespace db
