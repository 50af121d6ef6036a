#include "protocol/cbor.h"

#include <algorithm>

namespace protocol {

using base::ByteReader;
using base::ByteView;
using base::ErrorCode;
using base::fail;
using base::Result;
using base::Status;

namespace {

enum Major : uint8_t { kUnsigned, kNegative, kBytes, kText, kArray, kMap, kTag, kSimple };

struct Head {
  uint8_t major = 0;
  uint64_t argument = 0;
};

// Reads one head and checks that it is the shortest of its value.
Result<Head> read_head(ByteReader& in) {
  BASE_ASSIGN(const uint8_t first, in.u8());
  Head head{static_cast<uint8_t>(first >> 5), static_cast<uint8_t>(first & 31)};
  const uint8_t info = first & 31;
  if (info < 24) return head;
  if (info == 31) {
    const bool indefinite = head.major >= kBytes && head.major <= kMap;
    return fail(indefinite ? ErrorCode::kCborNotDeterministic : ErrorCode::kCborMalformed);
  }
  if (info > 27) return fail(ErrorCode::kCborMalformed);
  const size_t width = size_t{1} << (info - 24);
  BASE_ASSIGN(const ByteView raw, in.bytes(width));
  head.argument = 0;
  for (uint8_t byte : raw) head.argument = head.argument << 8 | byte;
  if (head.major == kSimple) {
    // Floating point, or a simple value; those below 32 have no two-byte form.
    if (width > 1) return fail(ErrorCode::kCborNotDeterministic);
    if (head.argument < 32) return fail(ErrorCode::kCborMalformed);
    return head;
  }
  const uint64_t smallest = width == 1 ? 24 : uint64_t{1} << (4 * width);
  if (head.argument < smallest) return fail(ErrorCode::kCborNotDeterministic);
  return head;
}

Status check_item(ByteReader& in, unsigned depth);

Status check_map(ByteReader& in, uint64_t entries, unsigned depth) {
  ByteView previous;
  for (uint64_t i = 0; i < entries; ++i) {
    const ByteView start = in.rest();
    BASE_TRY(check_item(in, depth));
    const ByteView key = start.first(start.size() - in.rest().size());
    if (i != 0 && !std::lexicographical_compare(previous.begin(), previous.end(), key.begin(), key.end())) {
      return fail(ErrorCode::kCborNotDeterministic);
    }
    previous = key;
    BASE_TRY(check_item(in, depth));
  }
  return {};
}

// Every iteration of a loop over a count takes at least one byte, so the input bounds the work.
Status check_item(ByteReader& in, unsigned depth) {
  BASE_ASSIGN(const Head head, read_head(in));
  if (head.major < kBytes || head.major == kSimple) return {};
  if (head.major == kBytes || head.major == kText) {
    if (head.argument > in.rest().size()) return fail(ErrorCode::kCborMalformed);
    BASE_TRY(in.bytes(static_cast<size_t>(head.argument)));
    return {};
  }
  if (depth == kMaxCborDepth) return fail(ErrorCode::kCborMalformed);
  if (head.major == kMap) return check_map(in, head.argument, depth + 1);
  const uint64_t count = head.major == kTag ? 1 : head.argument;
  for (uint64_t i = 0; i < count; ++i) BASE_TRY(check_item(in, depth + 1));
  return {};
}

CborType type_of(CborReader::Container container) {
  return container == CborReader::Container::kMap ? CborMapType : CborArrayType;
}

}  // namespace

Status check_deterministic(ByteView bytes) {
  ByteReader in(bytes);
  if (auto status = check_item(in, 0); !status) {
    // A string or container that runs past the end is malformed; the cursor calls it truncated.
    return fail(status.error() == ErrorCode::kTruncated ? ErrorCode::kCborMalformed : status.error());
  }
  if (!in.empty()) return fail(ErrorCode::kCborMalformed);
  return {};
}

CborReader::CborReader(ByteView bytes, Container container, Input input) {
  if (input == Input::kUnchecked) {
    if (auto status = check_deterministic(bytes); !status) {
      error_ = status.error();
      return;
    }
  }
  CborValue whole;
  check(cbor_parser_init(bytes.data(), bytes.size(), 0, &parser_, &whole));
  if (failed()) return;
  if (cbor_value_get_type(&whole) != type_of(container)) {
    set_error(ErrorCode::kCborFieldType);
    return;
  }
  check(cbor_value_enter_container(&whole, &position_));
}

void CborReader::check(CborError error) {
  if (error != CborNoError) set_error(ErrorCode::kCborMalformed);
}

bool CborReader::find(uint8_t key) {
  while (more()) {
    // Negative and string keys sort behind all keys that are asked for.
    if (!cbor_value_is_unsigned_integer(&position_)) return false;
    uint64_t here = 0;
    check(cbor_value_get_uint64(&position_, &here));
    if (here > key) return false;
    check(cbor_value_advance_fixed(&position_));
    if (failed()) return false;
    if (here == key) return true;
    skip_value();
  }
  return false;
}

// For TinyCBOR a tag is an item of its own, in front of what it tags.
void CborReader::skip_value() {
  while (more() && cbor_value_is_tag(&position_)) check(cbor_value_advance_fixed(&position_));
  if (more()) check(cbor_value_advance(&position_));
}

bool CborReader::require(uint8_t key) {
  if (find(key)) return true;
  set_error(ErrorCode::kCborMissingField);
  return false;
}

uint64_t CborReader::take_uint(uint64_t max) {
  uint64_t number = 0;
  if (!more() || !cbor_value_is_unsigned_integer(&position_)) {
    set_error(ErrorCode::kCborFieldType);
    return 0;
  }
  check(cbor_value_get_uint64(&position_, &number));
  check(cbor_value_advance_fixed(&position_));
  if (number <= max) return number;
  set_error(ErrorCode::kCborFieldType);
  return 0;
}

bool CborReader::take_bool() {
  bool flag = false;
  if (!more() || !cbor_value_is_boolean(&position_)) {
    set_error(ErrorCode::kCborFieldType);
    return false;
  }
  check(cbor_value_get_boolean(&position_, &flag));
  check(cbor_value_advance_fixed(&position_));
  return flag;
}

ByteView CborReader::take_string(CborType type, size_t min, size_t max) {
  size_t size = 0;
  if (!more() || cbor_value_get_type(&position_) != type) {
    set_error(ErrorCode::kCborFieldType);
    return {};
  }
  check(cbor_value_get_string_length(&position_, &size));
  check(cbor_value_advance(&position_));
  if (failed()) return {};
  if (size < min || size > max) {
    set_error(ErrorCode::kCborFieldType);
    return {};
  }
  // Definite length: the string ends where the next item starts.
  return {cbor_value_get_next_byte(&position_) - size, size};
}

ByteView CborReader::take_bytes(size_t min, size_t max) { return take_string(CborByteStringType, min, max); }

std::string_view CborReader::take_text(size_t min, size_t max) {
  const std::string_view text = base::as_text(take_string(CborTextStringType, min, max));
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7E; });
  if (printable) return text;
  set_error(ErrorCode::kCborFieldType);
  return {};
}

void CborReader::take_fixed(base::MutableBytes out) {
  const ByteView bytes = take_bytes(out.size(), out.size());
  if (!failed()) base::copy(out, bytes);
}

ByteView CborReader::take_container(Container container) {
  if (!more() || cbor_value_get_type(&position_) != type_of(container)) {
    set_error(ErrorCode::kCborFieldType);
    return {};
  }
  const uint8_t* start = cbor_value_get_next_byte(&position_);
  check(cbor_value_advance(&position_));
  if (failed()) return {};
  return {start, static_cast<size_t>(cbor_value_get_next_byte(&position_) - start)};
}

Status CborReader::finish() const {
  if (failed()) return fail(error_);
  return {};
}

CborWriter::CborWriter(base::MutableBytes out) : out_(out) { cbor_encoder_init(&encoder_, out.data(), out.size(), 0); }

// TinyCBOR continues a container in an encoder of its own; writing on with that one keeps this class flat.
void CborWriter::container(size_t count, bool is_map) {
  CborEncoder inner;
  const CborError error =
      is_map ? cbor_encoder_create_map(&encoder_, &inner, count) : cbor_encoder_create_array(&encoder_, &inner, count);
  if (error != CborNoError) overflow_ = true;
  encoder_ = inner;
}

void CborWriter::map(size_t entries) { container(entries, true); }
void CborWriter::array(size_t elements) { container(elements, false); }

void CborWriter::tag(uint64_t number) {
  if (cbor_encode_tag(&encoder_, number) != CborNoError) overflow_ = true;
}

void CborWriter::value(uint64_t number) {
  if (cbor_encode_uint(&encoder_, number) != CborNoError) overflow_ = true;
}

void CborWriter::value(ByteView bytes) {
  static constexpr uint8_t kNone = 0;  // TinyCBOR copies from the pointer even where the length is 0
  const uint8_t* data = bytes.empty() ? &kNone : bytes.data();
  if (cbor_encode_byte_string(&encoder_, data, bytes.size()) != CborNoError) overflow_ = true;
}

void CborWriter::value(std::string_view text) {
  const char* data = text.empty() ? "" : text.data();
  if (cbor_encode_text_string(&encoder_, data, text.size()) != CborNoError) overflow_ = true;
}

void CborWriter::boolean(bool flag) {
  if (cbor_encode_boolean(&encoder_, flag) != CborNoError) overflow_ = true;
}

void CborWriter::encoded(ByteView item) {
  if (overflow_) return;
  const size_t used = cbor_encoder_get_buffer_size(&encoder_, out_.data());
  if (item.size() > out_.size() - used) {
    overflow_ = true;
    return;
  }
  base::copy(out_.subspan(used), item);
  encoder_.data.ptr += item.size();
}

Result<ByteView> CborWriter::finish() const {
  if (overflow_) return fail(ErrorCode::kBufferTooSmall);
  return ByteView(out_.first(cbor_encoder_get_buffer_size(&encoder_, out_.data())));
}

Result<ByteView> byte_string_head(size_t size, base::MutableBytes out) {
  // A byte string's head is that of the number with another major type.
  CborWriter w(out);
  w.value(uint64_t{size});
  BASE_ASSIGN(const ByteView head, w.finish());
  out[0] = static_cast<uint8_t>(out[0] | 0x40);
  return head;
}

}  // namespace protocol
