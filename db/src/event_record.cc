#include "db/src/event_record.h"

#include "db/src/text.h"

namespace db {
namespace {

using base::ErrorCode;
using base::fail;

enum Key : uint64_t { kSequence = 1, kAt, kKind, kSubject, kStation, kOperator, kDetails };
constexpr uint64_t kKeys = 7;
constexpr uint8_t kUnsignedMajor = 0;
constexpr uint8_t kMapMajor = 5;

Value optional_text(const std::optional<std::string>& text) { return text ? Value(*text) : Value(nullptr); }

// Takes a value of type T out of `from`; kCborFieldType.
template <typename T>
base::Status take(Value& from, T& to) {
  T* found = std::get_if<T>(&from);
  if (found == nullptr) return fail(ErrorCode::kCborFieldType);
  to = std::move(*found);
  return {};
}

base::Status take(Value& from, std::optional<std::string>& to) {
  if (std::holds_alternative<std::nullptr_t>(from)) {
    to.reset();
    return {};
  }
  return take(from, to.emplace());
}

}  // namespace

base::Bytes encode_event(const EventRecord& event) {
  base::Bytes out;
  encode_head(kMapMajor, kKeys, out);
  const auto field = [&](Key key, const Value& value) {
    encode_head(kUnsignedMajor, key, out);
    encode_value(value, out);
  };
  field(kSequence, Value(event.sequence));
  field(kAt, Value(event.at));
  field(kKind, Value(event.kind));
  field(kSubject, Value(event.subject));
  field(kStation, optional_text(event.station));
  field(kOperator, optional_text(event.operator_name));
  field(kDetails, Value(event.details));
  return out;
}

base::Result<EventRecord> decode_event(base::ByteView canonical) {
  ValueReader reader(canonical);
  BASE_ASSIGN(const uint64_t count, reader.map_head());
  if (count != kKeys) return fail(ErrorCode::kCborMissingField);
  EventRecord event;
  for (uint64_t expected = kSequence; expected <= kKeys; ++expected) {
    BASE_ASSIGN(const uint64_t key, reader.unsigned_integer());
    if (key != expected) return fail(ErrorCode::kCborMissingField);
    BASE_ASSIGN(Value value, reader.value());
    switch (key) {
      case kSequence:
        BASE_TRY(take(value, event.sequence));
        break;
      case kAt:
        BASE_TRY(take(value, event.at));
        break;
      case kKind:
        BASE_TRY(take(value, event.kind));
        break;
      case kSubject:
        BASE_TRY(take(value, event.subject));
        break;
      case kStation:
        BASE_TRY(take(value, event.station));
        break;
      case kOperator:
        BASE_TRY(take(value, event.operator_name));
        break;
      default:
        BASE_TRY(take(value, event.details));
        break;
    }
  }
  if (!reader.empty()) return fail(ErrorCode::kCborMalformed);
  return event;
}

std::string event_json(const EventRecord& event) {
  std::string out = "{\"sequence\":" + std::to_string(event.sequence) + ",\"at\":" + std::to_string(event.at);
  const auto field = [&](std::string_view name, const Value& value) {
    out += ",\"" + std::string(name) + "\":" + to_json(value);
  };
  field("time", Value(iso_time(event.at)));
  field("kind", Value(event.kind));
  field("subject", Value(event.subject));
  field("station", optional_text(event.station));
  field("operator", optional_text(event.operator_name));
  field("details", Value(event.details));
  return out + "}";
}

}  // namespace db
