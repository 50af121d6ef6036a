// A message as a table: which member stands under which key, and within which bounds. One encoder and one decoder
// serve all messages, because code for each of them would not fit a small chip. Internal to the messages_*.cc.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <type_traits>

#include "protocol/cbor.h"
#include "protocol/messages.h"

namespace protocol {

enum class FieldType : uint8_t {
  kUint8,  // the numbers first, see is_number()
  kUint16,
  kUint32,
  kUint64,
  kOptionalUint16,
  kBool,
  kBytes,
  kText,
  kArray,          // ByteArray; of `max` bytes
  kOptionalArray,  // OptionalBytes
};

struct Field {
  uint8_t key = 0;
  FieldType type = FieldType::kUint8;
  bool optional = false;
  uint8_t min = 0;      // strings: bytes. Optional numbers: the value that an absent field has.
  uint16_t max = 0;     // strings: bytes. Numbers: the largest; kAny: all that the member can hold.
  uint16_t offset = 0;  // of the member

  static constexpr uint16_t kAny = std::numeric_limits<uint16_t>::max();

  [[nodiscard]] constexpr Field sized(size_t from, size_t to) const {
    Field field = *this;
    field.min = static_cast<uint8_t>(from);
    field.max = static_cast<uint16_t>(to);
    return field;
  }
  [[nodiscard]] constexpr Field exactly(size_t size) const { return sized(size, size); }
  [[nodiscard]] constexpr Field up_to(size_t largest) const { return sized(min, largest); }
  // Left out where the string is empty, or the number is `absent`.
  [[nodiscard]] constexpr Field left_out(uint8_t absent = 0) const {
    Field field = *this;
    field.optional = true;
    if (type < FieldType::kBool) field.min = absent;
    return field;
  }
};

namespace internal {

template <typename T>
inline constexpr size_t kArraySize = 0;
template <size_t N>
inline constexpr size_t kArraySize<base::ByteArray<N>> = N;
template <size_t N>
inline constexpr size_t kArraySize<OptionalBytes<N>> = N;

template <typename T>
constexpr FieldType type_of() {
  if constexpr (std::is_same_v<T, bool>) return FieldType::kBool;
  if constexpr (std::is_same_v<T, uint8_t> || std::is_same_v<T, Lifecycle>) return FieldType::kUint8;
  if constexpr (std::is_same_v<T, uint16_t>) return FieldType::kUint16;
  if constexpr (std::is_same_v<T, uint32_t>) return FieldType::kUint32;
  if constexpr (std::is_same_v<T, uint64_t>) return FieldType::kUint64;
  if constexpr (std::is_same_v<T, std::optional<uint16_t>>) return FieldType::kOptionalUint16;
  if constexpr (std::is_same_v<T, ByteView>) return FieldType::kBytes;
  if constexpr (std::is_same_v<T, std::string_view>) return FieldType::kText;
  if constexpr (kArraySize<T> != 0) {
    return std::is_same_v<T, base::ByteArray<kArraySize<T>>> ? FieldType::kArray : FieldType::kOptionalArray;
  }
}

template <typename T>
constexpr Field field_of(uint8_t key, size_t offset) {
  constexpr FieldType kType = type_of<T>();
  constexpr bool kOptional = kType == FieldType::kOptionalUint16 || kType == FieldType::kOptionalArray;
  return {key,
          kType,
          kOptional,
          0,
          kArraySize<T> == 0 ? Field::kAny : uint16_t{kArraySize<T>},
          static_cast<uint16_t>(offset)};
}

}  // namespace internal

#define PROTOCOL_FIELD(Message, key, member) \
  ::protocol::internal::field_of<decltype(Message::member)>(key, offsetof(Message, member))

// With the alignment of a pair of registers, as base::ByteSpan.
struct alignas(8) Fields : std::span<const Field> {
  using std::span<const Field>::span;
};

// The map of all fields that are there, and the head of one with `more` entries that the caller writes behind them.
void write_fields(CborWriter& writer, Fields fields, const void* message, size_t more = 0);
// Sets every member of the table, the absent ones to what absence stands for. Bit i of the result: fields[i] was there.
uint32_t read_fields(CborReader& reader, Fields fields, void* message);

[[nodiscard]] Result<ByteView> encode_fields(Fields fields, const void* message, MutableBytes out);
[[nodiscard]] base::Status decode_fields(ByteView bytes, Fields fields, void* message);

// encode() and decode() of a message that is nothing but the fields of the table k<Message>.
#define PROTOCOL_PLAIN_MESSAGE(Message)                               \
  static_assert(std::is_standard_layout_v<Message>, "for offsetof");  \
  Result<ByteView> encode(const Message& message, MutableBytes out) { \
    return encode_fields(k##Message, &message, out);                  \
  }                                                                   \
  base::Status decode(ByteView bytes, Message& message) { return decode_fields(bytes, k##Message, &message); }

}  // namespace protocol
