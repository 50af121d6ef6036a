// Deterministic CBOR (RFC 8949 section 4.2.1) for the messages: a checker, a reader that walks a map in the
// order of its keys, and a writer. Written for the few shapes that the messages have, because a chip has little room.
//
// Rules beyond the RFC's: no floating point, at most kMaxCborDepth levels, text is printable ASCII.
#pragma once

#include <limits>
#include <string_view>

#include "base/bytes.h"

namespace protocol {

inline constexpr unsigned kMaxCborDepth = 8;

// RFC 8949 section 3.1.
enum class CborMajor : uint8_t { kUnsigned, kNegative, kBytes, kText, kArray, kMap, kTag, kSimple };

// Walks all of `bytes`, which must be one data item: shortest heads, definite lengths, map keys ascending and
// unique. kCborMalformed: not well-formed, too deep, or bytes behind it; kCborNotDeterministic.
[[nodiscard]] base::Status check_deterministic(base::ByteView bytes);

// Reads the entries of one map, or the elements of one array, from front to back. The first error stays and
// turns every later step into nothing, so that one check at the end is enough.
class CborReader {
 public:
  enum class Container : uint8_t { kMap, kArray };
  enum class Input : uint8_t { kUnchecked, kChecked };  // kChecked: a part of bytes that were checked before

  CborReader(base::ByteView bytes, Container container, Input input = Input::kUnchecked);
  CborReader(const CborReader&) = delete;
  CborReader& operator=(const CborReader&) = delete;

  // Map: moves to the value of `key`, over smaller keys that are unknown here. Ask in ascending order.
  [[nodiscard]] bool find(uint8_t key);
  // The same, and kCborMissingField where the key is absent.
  [[nodiscard]] bool require(uint8_t key);
  // Array: another element follows.
  [[nodiscard]] bool more() const { return !failed() && left_ != 0; }

  // The value at the position, which moves behind it. kCborFieldType: another type, or out of bounds.
  [[nodiscard]] uint64_t take_uint(uint64_t max);
  [[nodiscard]] bool take_bool();
  [[nodiscard]] base::ByteView take_bytes(size_t min, size_t max);
  [[nodiscard]] std::string_view take_text(size_t min, size_t max);
  // The encoded bytes of a whole container.
  [[nodiscard]] base::ByteView take_container(Container container);

  // Mandatory fields.
  template <typename Unsigned>
  void uint(uint8_t key, Unsigned& out, uint64_t max = std::numeric_limits<Unsigned>::max()) {
    if (require(key)) out = static_cast<Unsigned>(take_uint(max));
  }
  void bytes(uint8_t key, base::ByteView& out, size_t min, size_t max) {
    if (require(key)) out = take_bytes(min, max);
  }

  void set_error(base::ErrorCode code) {
    if (!failed()) error_ = code;
  }
  [[nodiscard]] bool failed() const { return error_ != base::ErrorCode::kOk; }
  [[nodiscard]] base::Status finish() const;

 private:
  [[nodiscard]] uint64_t take_head(CborMajor major);
  [[nodiscard]] base::ByteView take_string(CborMajor major, size_t min, size_t max);
  void skip_value();

  base::ByteView rest_;
  size_t left_ = 1;  // data items: elements, or keys and values
  base::ErrorCode error_ = base::ErrorCode::kOk;
};

// Writes heads and strings one after the other. The caller counts the entries of its containers.
class CborWriter {
 public:
  explicit CborWriter(base::MutableBytes out) : out_(out) {}

  void map(size_t entries) { head(CborMajor::kMap, entries); }
  void array(size_t elements) { head(CborMajor::kArray, elements); }
  void tag(uint64_t number) { head(CborMajor::kTag, number); }
  void value(uint64_t number) { head(CborMajor::kUnsigned, number); }
  void value(base::ByteView bytes) { string(CborMajor::kBytes, bytes); }
  void value(std::string_view text) { string(CborMajor::kText, base::as_bytes(text)); }
  void boolean(bool flag);
  void key(uint8_t number) { value(uint64_t{number}); }

  void field(uint8_t number, uint64_t v) { key(number), value(v); }
  void field(uint8_t number, base::ByteView v) { key(number), value(v); }
  // Bytes that are CBOR already.
  void encoded(base::ByteView item) { out_.bytes(item); }

  void head(CborMajor major, uint64_t argument);
  void string(CborMajor major, base::ByteView bytes);

  // What was written. kBufferTooSmall.
  [[nodiscard]] base::Result<base::ByteView> finish() const { return out_.finish(); }

 private:
  base::ByteWriter out_;
};

// The head alone of a byte string, for a value that is streamed behind it. kBufferTooSmall.
[[nodiscard]] base::Result<base::ByteView> byte_string_head(size_t size, base::MutableBytes out);

}  // namespace protocol
