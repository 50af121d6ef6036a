#include "protocol/fields.h"

namespace protocol {
namespace {

bool is_number(const Field& field) { return field.type < FieldType::kBool; }

struct Value {
  ByteView string;
  uint64_t number = 0;
  bool present = true;
};

template <typename T>
const T& at(const void* member) {
  return *static_cast<const T*>(member);
}
template <typename T>
T& at(void* member) {
  return *static_cast<T*>(member);
}

// An OptionalBytes is its flag, then its bytes, whatever their number.
static_assert(offsetof(OptionalBytes<1>, bytes) == sizeof(bool) && offsetof(OptionalBytes<65>, bytes) == sizeof(bool));

Value load(const Field& field, const void* message) {
  const void* const member = static_cast<const uint8_t*>(message) + field.offset;
  Value value;
  switch (field.type) {
    case FieldType::kUint8:
    case FieldType::kBool:
      value.number = at<uint8_t>(member);
      break;
    case FieldType::kUint16:
      value.number = at<uint16_t>(member);
      break;
    case FieldType::kUint32:
      value.number = at<uint32_t>(member);
      break;
    case FieldType::kUint64:
      value.number = at<uint64_t>(member);
      break;
    case FieldType::kOptionalUint16:
      value.number = at<std::optional<uint16_t>>(member).value_or(0);
      break;
    case FieldType::kBytes:
      value.string = at<ByteView>(member);
      break;
    case FieldType::kText:
      value.string = base::as_bytes(at<std::string_view>(member));
      break;
    case FieldType::kArray:
      value.string = {static_cast<const uint8_t*>(member), field.max};
      break;
    case FieldType::kOptionalArray:
      if (at<bool>(member)) value.string = {&at<uint8_t>(member) + sizeof(bool), field.max};
      break;
  }
  if (field.optional) value.present = is_number(field) ? value.number != field.min : !value.string.empty();
  return value;
}

void write_field(CborWriter& writer, const Field& field, const Value& value) {
  writer.key(field.key);
  if (is_number(field)) return writer.value(value.number);
  if (field.type == FieldType::kBool) return writer.boolean(value.number != 0);
  writer.string(field.type == FieldType::kText ? CborMajor::kText : CborMajor::kBytes, value.string);
}

uint64_t largest(const Field& field) {
  if (field.type == FieldType::kUint8 && field.max == Field::kAny) return UINT8_MAX;
  if (field.type == FieldType::kUint32) return UINT32_MAX;
  if (field.type == FieldType::kUint64) return UINT64_MAX;
  return field.max;
}

void store(CborReader& reader, const Field& field, void* message, bool present) {
  void* const member = static_cast<uint8_t*>(message) + field.offset;
  if (is_number(field)) {
    const uint64_t number = present ? reader.take_uint(largest(field)) : field.min;
    switch (field.type) {
      case FieldType::kUint8:
        at<uint8_t>(member) = static_cast<uint8_t>(number);
        break;
      case FieldType::kUint16:
        at<uint16_t>(member) = static_cast<uint16_t>(number);
        break;
      case FieldType::kUint32:
        at<uint32_t>(member) = static_cast<uint32_t>(number);
        break;
      case FieldType::kUint64:
        at<uint64_t>(member) = number;
        break;
      default:
        auto& optional = at<std::optional<uint16_t>>(member);
        optional.reset();
        if (present) optional = static_cast<uint16_t>(number);
        break;
    }
    return;
  }
  if (field.type == FieldType::kBool) {
    at<bool>(member) = present && reader.take_bool();
    return;
  }
  if (field.type == FieldType::kText) {
    at<std::string_view>(member) = present ? reader.take_text(field.min, field.max) : std::string_view();
    return;
  }
  if (field.type == FieldType::kBytes) {
    at<ByteView>(member) = present ? reader.take_bytes(field.min, field.max) : ByteView();
    return;
  }
  auto* array = static_cast<uint8_t*>(member);
  if (field.type == FieldType::kOptionalArray) {
    at<bool>(member) = present;
    array += sizeof(bool);
    std::memset(array, 0, field.max);
  }
  if (present) base::copy({array, field.max}, reader.take_bytes(field.max, field.max));
}

}  // namespace

void write_fields(CborWriter& writer, Fields fields, const void* message, size_t more) {
  for (const Field& field : fields) more += load(field, message).present;
  writer.map(more);
  for (const Field& field : fields) {
    const Value value = load(field, message);
    if (value.present) write_field(writer, field, value);
  }
}

uint32_t read_fields(CborReader& reader, Fields fields, void* message) {
  uint32_t found = 0;
  for (size_t i = 0; i < fields.size(); ++i) {
    const bool present = fields[i].optional ? reader.find(fields[i].key) : reader.require(fields[i].key);
    if (present) found |= uint32_t{1} << i;
    store(reader, fields[i], message, present);
  }
  return found;
}

Result<ByteView> encode_fields(Fields fields, const void* message, MutableBytes out) {
  CborWriter writer(out);
  write_fields(writer, fields, message);
  return writer.finish();
}

base::Status decode_fields(ByteView bytes, Fields fields, void* message) {
  CborReader reader(bytes, CborReader::Container::kMap);
  read_fields(reader, fields, message);
  return reader.finish();
}

}  // namespace protocol
