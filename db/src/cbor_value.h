// A small tree of values with one encoding: deterministic CBOR (RFC 8949 section 4.2.1) for hashing, JSON for people.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/host/bytes_host.h"
#include "base/result.h"

namespace db {

struct Value;
using ValueArray = std::vector<Value>;

// Keys in the order of their CBOR encodings: the shorter first, then bytewise.
struct ShorterFirst {
  bool operator()(const std::string& a, const std::string& b) const {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  }
};
using ValueMap = std::map<std::string, Value, ShorterFirst>;

// nullptr: unknown.
struct Value : std::variant<std::nullptr_t, bool, int64_t, std::string, base::Bytes, ValueArray, ValueMap> {
  using variant::variant;
};

// Appends the encoding of `value`.
void encode_value(const Value& value, base::Bytes& out);
// Appends the head of an item: major type 0..7 and its argument (RFC 8949 section 3).
void encode_head(uint8_t major, uint64_t argument, base::Bytes& out);

// Reads values from a buffer. Everything that encode_value would not write is refused.
// Errors: kTruncated, kCborMalformed (also: a type we do not use, text that is not UTF-8, nested too deep),
// kCborNotDeterministic.
class ValueReader {
 public:
  explicit ValueReader(base::ByteView data) : reader_(data) {}
  base::Result<Value> value(int depth = 0);
  // The head of a map; its number of pairs.
  base::Result<uint64_t> map_head();
  base::Result<uint64_t> unsigned_integer();
  [[nodiscard]] bool empty() const { return reader_.empty(); }

 private:
  struct Head {
    uint8_t major = 0;
    uint64_t argument = 0;
  };
  base::Result<Head> head();
  base::Result<base::ByteView> string(uint64_t length);

  base::ByteReader reader_;
};

// Byte strings as hexadecimal text.
std::string to_json(const Value& value);

}  // namespace db
