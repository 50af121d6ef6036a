#include "db/src/cbor_value.h"

#include <limits>

#include "db/src/text.h"

namespace db {
namespace {

using base::Bytes;
using base::ByteView;
using base::ErrorCode;
using base::fail;
using base::Result;

constexpr int kMaxDepth = 4;
constexpr uint8_t kFalse = 20;
constexpr uint8_t kTrue = 21;
constexpr uint8_t kNull = 22;

enum Major : uint8_t { kUnsigned, kNegative, kBytes, kText, kArray, kMap, kTag, kSimple };

void encode_text(std::string_view text, Bytes& out) {
  encode_head(kText, text.size(), out);
  out.insert(out.end(), text.begin(), text.end());
}

struct Encoder {
  Bytes& out;

  void operator()(std::nullptr_t) const { encode_head(kSimple, kNull, out); }
  void operator()(bool value) const { encode_head(kSimple, value ? kTrue : kFalse, out); }
  void operator()(int64_t value) const {
    if (value >= 0) {
      encode_head(kUnsigned, static_cast<uint64_t>(value), out);
    } else {
      encode_head(kNegative, static_cast<uint64_t>(-(value + 1)), out);
    }
  }
  void operator()(const std::string& value) const { encode_text(value, out); }
  void operator()(const Bytes& value) const {
    encode_head(kBytes, value.size(), out);
    out.insert(out.end(), value.begin(), value.end());
  }
  void operator()(const ValueArray& value) const {
    encode_head(kArray, value.size(), out);
    for (const Value& element : value) encode_value(element, out);
  }
  void operator()(const ValueMap& value) const {
    encode_head(kMap, value.size(), out);
    for (const auto& [key, element] : value) {
      encode_text(key, out);
      encode_value(element, out);
    }
  }
};

struct JsonWriter {
  std::string& out;

  void operator()(std::nullptr_t) const { out += "null"; }
  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(int64_t value) const { out += std::to_string(value); }
  void operator()(const std::string& value) const { append_json_string(value, out); }
  void operator()(const Bytes& value) const { append_json_string(base::to_hex(value), out); }
  void operator()(const ValueArray& value) const {
    out += '[';
    for (size_t i = 0; i < value.size(); ++i) {
      if (i > 0) out += ',';
      std::visit(*this, static_cast<const Value::variant&>(value[i]));
    }
    out += ']';
  }
  void operator()(const ValueMap& value) const {
    out += '{';
    bool first = true;
    for (const auto& [key, element] : value) {
      if (!first) out += ',';
      first = false;
      append_json_string(key, out);
      out += ':';
      std::visit(*this, static_cast<const Value::variant&>(element));
    }
    out += '}';
  }
};

}  // namespace

void encode_head(uint8_t major, uint64_t argument, Bytes& out) {
  const auto type = static_cast<uint8_t>(major << 5);
  if (argument < 24) {
    out.push_back(static_cast<uint8_t>(type | argument));
    return;
  }
  int width = 8;
  uint8_t information = 27;
  if (argument <= 0xFF) {
    width = 1, information = 24;
  } else if (argument <= 0xFFFF) {
    width = 2, information = 25;
  } else if (argument <= 0xFFFFFFFF) {
    width = 4, information = 26;
  }
  out.push_back(static_cast<uint8_t>(type | information));
  for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) out.push_back(static_cast<uint8_t>(argument >> shift));
}

void encode_value(const Value& value, Bytes& out) {
  std::visit(Encoder{out}, static_cast<const Value::variant&>(value));
}

Result<ValueReader::Head> ValueReader::head() {
  BASE_ASSIGN(const uint8_t initial, reader_.u8());
  Head head{.major = static_cast<uint8_t>(initial >> 5), .argument = initial & 0x1Fu};
  if (head.argument < 24) return head;
  uint64_t smallest = 0;
  switch (head.argument) {
    case 24: {
      BASE_ASSIGN(head.argument, reader_.u8());
      smallest = 24;
      break;
    }
    case 25: {
      BASE_ASSIGN(head.argument, reader_.u16());
      smallest = 0x100;
      break;
    }
    case 26: {
      BASE_ASSIGN(head.argument, reader_.u32());
      smallest = 0x10000;
      break;
    }
    case 27: {
      BASE_ASSIGN(head.argument, reader_.u64());
      smallest = 0x100000000;
      break;
    }
    default:
      return fail(ErrorCode::kCborMalformed);  // reserved, or an indefinite length
  }
  if (head.argument < smallest) return fail(ErrorCode::kCborNotDeterministic);
  return head;
}

Result<ByteView> ValueReader::string(uint64_t length) {
  if (length > reader_.rest().size()) return fail(ErrorCode::kTruncated);
  return reader_.bytes(static_cast<size_t>(length));
}

Result<uint64_t> ValueReader::map_head() {
  BASE_ASSIGN(const Head next, head());
  if (next.major != kMap) return fail(ErrorCode::kCborMalformed);
  return next.argument;
}

Result<uint64_t> ValueReader::unsigned_integer() {
  BASE_ASSIGN(const Head next, head());
  if (next.major != kUnsigned) return fail(ErrorCode::kCborMalformed);
  return next.argument;
}

Result<Value> ValueReader::value(int depth) {
  if (depth > kMaxDepth) return fail(ErrorCode::kCborMalformed);
  BASE_ASSIGN(const Head next, head());
  switch (next.major) {
    case kUnsigned:
    case kNegative: {
      if (next.argument > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
        return fail(ErrorCode::kCborMalformed);
      }
      const auto magnitude = static_cast<int64_t>(next.argument);
      return Value(next.major == kUnsigned ? magnitude : -1 - magnitude);
    }
    case kBytes: {
      BASE_ASSIGN(const ByteView data, string(next.argument));
      return Value(base::to_bytes(data));
    }
    case kText: {
      BASE_ASSIGN(const ByteView data, string(next.argument));
      if (!is_utf8(base::as_text(data))) return fail(ErrorCode::kCborMalformed);
      return Value(std::string(base::as_text(data)));
    }
    case kArray: {
      ValueArray array;
      for (uint64_t i = 0; i < next.argument; ++i) {
        BASE_ASSIGN(Value element, value(depth + 1));
        array.push_back(std::move(element));
      }
      return Value(std::move(array));
    }
    case kMap: {
      ValueMap map;
      for (uint64_t i = 0; i < next.argument; ++i) {
        BASE_ASSIGN(const Value key, value(depth + 1));
        const auto* name = std::get_if<std::string>(&key);
        if (name == nullptr) return fail(ErrorCode::kCborMalformed);
        BASE_ASSIGN(Value element, value(depth + 1));
        if (!map.empty() && !ShorterFirst()(map.rbegin()->first, *name)) return fail(ErrorCode::kCborNotDeterministic);
        map.emplace(*name, std::move(element));
      }
      return Value(std::move(map));
    }
    case kSimple:
      if (next.argument == kNull) return Value(nullptr);
      if (next.argument == kTrue || next.argument == kFalse) return Value(next.argument == kTrue);
      return fail(ErrorCode::kCborMalformed);
    default:
      return fail(ErrorCode::kCborMalformed);
  }
}

std::string to_json(const Value& value) {
  std::string out;
  std::visit(JsonWriter{out}, static_cast<const Value::variant&>(value));
  return out;
}

}  // namespace db
