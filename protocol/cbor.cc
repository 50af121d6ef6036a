#include "protocol/cbor.h"

#include <algorithm>

namespace protocol {

using base::ByteView;
using base::ErrorCode;
using base::fail;
using base::Result;
using base::Status;

namespace {

// Additional information of a head (RFC 8949 section 3): the argument itself, or how wide the one behind it is.
constexpr uint8_t kFirstWidth = 24;  // 1 byte; then 2, 4 and 8
constexpr uint8_t kLastWidth = 27;
constexpr uint8_t kIndefinite = 31;
constexpr uint8_t kFalse = 20;
constexpr uint8_t kTrue = 21;

struct Head {
  uint64_t argument = 0;
  CborMajor major = CborMajor::kUnsigned;
};

bool is_string(CborMajor major) { return major == CborMajor::kBytes || major == CborMajor::kText; }

// Takes one head off the front of `rest`, and checks that it is the shortest of its value.
Status read_head(ByteView& rest, Head& head) {
  if (rest.empty()) return fail(ErrorCode::kCborMalformed);
  head.major = static_cast<CborMajor>(rest[0] >> 5);
  const uint8_t info = rest[0] & 31;
  rest = rest.subspan(1);
  head.argument = info;
  if (info < kFirstWidth) return {};
  if (info > kLastWidth) {
    const bool indefinite = info == kIndefinite &&
                            (is_string(head.major) || head.major == CborMajor::kArray || head.major == CborMajor::kMap);
    return fail(indefinite ? ErrorCode::kCborNotDeterministic : ErrorCode::kCborMalformed);
  }
  const size_t width = size_t{1} << (info - kFirstWidth);
  if (width > rest.size()) return fail(ErrorCode::kCborMalformed);
  head.argument = 0;
  bool shortest = true;
  for (size_t i = 0; i < width; ++i) {
    // The next shorter form would hold it, too.
    if (2 * i == width && head.argument == 0) shortest = false;
    head.argument = head.argument << 8 | rest[i];
  }
  if (width == 1) shortest = head.argument >= kFirstWidth;
  rest = rest.subspan(width);
  if (head.major == CborMajor::kSimple) {
    // Floating point, or a simple value; those below 32 have no two-byte form.
    if (width > 1) return fail(ErrorCode::kCborNotDeterministic);
    return head.argument < 32 ? fail(ErrorCode::kCborMalformed) : Status();
  }
  return shortest ? Status() : fail(ErrorCode::kCborNotDeterministic);
}

// Takes one whole item off the front of `rest`.
Status check_item(ByteView& rest, unsigned depth) {
  Head head;
  BASE_TRY(read_head(rest, head));
  if (head.major < CborMajor::kBytes || head.major == CborMajor::kSimple) return {};
  if (head.major == CborMajor::kTag) head.argument = 1;
  // An element takes at least one byte, so that the input bounds the work as well.
  if (head.argument > rest.size()) return fail(ErrorCode::kCborMalformed);
  auto left = static_cast<size_t>(head.argument);
  if (is_string(head.major)) {
    rest = rest.subspan(left);
    return {};
  }
  if (depth == kMaxCborDepth) return fail(ErrorCode::kCborMalformed);
  ByteView previous;
  for (; left != 0; --left) {
    const uint8_t* const start = rest.data();
    BASE_TRY(check_item(rest, depth + 1));
    if (head.major != CborMajor::kMap) continue;
    const ByteView key(start, rest.data());
    if (!previous.empty() && !std::lexicographical_compare(previous.begin(), previous.end(), key.begin(), key.end())) {
      return fail(ErrorCode::kCborNotDeterministic);
    }
    previous = key;
    BASE_TRY(check_item(rest, depth + 1));
  }
  return {};
}

CborMajor major_of(CborReader::Container container) {
  return container == CborReader::Container::kMap ? CborMajor::kMap : CborMajor::kArray;
}

}  // namespace

Status check_deterministic(ByteView bytes) {
  BASE_TRY(check_item(bytes, 0));
  return bytes.empty() ? Status() : fail(ErrorCode::kCborMalformed);
}

CborReader::CborReader(ByteView bytes, Container container, Input input) : rest_(bytes) {
  if (input == Input::kUnchecked) error_ = check_deterministic(bytes).error();
  // No more of them than bytes: checked.
  const auto count = static_cast<size_t>(take_head(major_of(container)));
  left_ = container == Container::kMap ? 2 * count : count;
}

bool CborReader::find(uint8_t key) {
  while (more()) {
    ByteView behind = rest_;
    Head head;
    // Negative and string keys sort behind all keys that are asked for.
    if (!read_head(behind, head) || head.major != CborMajor::kUnsigned || head.argument > key) return false;
    rest_ = behind;
    --left_;
    if (head.argument == key) return true;
    skip_value();
  }
  return false;
}

// Steps over the item at the position, tags in front of it included.
void CborReader::skip_value() {
  if (const Status status = check_item(rest_, 0); !status) set_error(status.error());
  --left_;
}

bool CborReader::require(uint8_t key) {
  if (find(key)) return true;
  set_error(ErrorCode::kCborMissingField);
  return false;
}

uint64_t CborReader::take_head(CborMajor major) {
  Head head;
  if (more() && read_head(rest_, head) && head.major == major) {
    --left_;
    return head.argument;
  }
  set_error(ErrorCode::kCborFieldType);
  return 0;
}

uint64_t CborReader::take_uint(uint64_t max) {
  const uint64_t number = take_head(CborMajor::kUnsigned);
  if (number <= max) return number;
  set_error(ErrorCode::kCborFieldType);
  return 0;
}

bool CborReader::take_bool() {
  const uint64_t value = take_head(CborMajor::kSimple);
  if (value != kFalse && value != kTrue) set_error(ErrorCode::kCborFieldType);
  return value == kTrue;
}

ByteView CborReader::take_string(CborMajor major, size_t min, size_t max) {
  const uint64_t size = take_head(major);
  if (failed() || size < min || size > std::min(max, rest_.size())) {
    set_error(ErrorCode::kCborFieldType);
    return {};
  }
  const ByteView taken = rest_.first(static_cast<size_t>(size));
  rest_ = rest_.subspan(taken.size());
  return taken;
}

ByteView CborReader::take_bytes(size_t min, size_t max) { return take_string(CborMajor::kBytes, min, max); }

std::string_view CborReader::take_text(size_t min, size_t max) {
  const std::string_view text = base::as_text(take_string(CborMajor::kText, min, max));
  const bool printable = std::ranges::all_of(text, [](char c) { return c >= 0x20 && c <= 0x7E; });
  if (printable) return text;
  set_error(ErrorCode::kCborFieldType);
  return {};
}

ByteView CborReader::take_container(Container container) {
  if (!more() || static_cast<CborMajor>(rest_[0] >> 5) != major_of(container)) {
    set_error(ErrorCode::kCborFieldType);
    return {};
  }
  const uint8_t* const start = rest_.data();
  skip_value();
  return failed() ? ByteView() : ByteView(start, rest_.data());
}

Status CborReader::finish() const { return failed() ? fail(error_) : Status(); }

void CborWriter::head(CborMajor major, uint64_t argument) {
  const auto first = static_cast<uint8_t>(static_cast<uint8_t>(major) << 5);
  if (argument < kFirstWidth) return out_.u8(static_cast<uint8_t>(first | argument));
  const uint8_t width_log2 = argument > UINT32_MAX ? 3 : argument > UINT16_MAX ? 2 : argument > UINT8_MAX ? 1 : 0;
  uint8_t raw[sizeof argument];
  base::store_be(raw, argument);
  out_.u8(static_cast<uint8_t>(first | (kFirstWidth + width_log2)));
  out_.bytes(ByteView(raw).last(size_t{1} << width_log2));
}

void CborWriter::string(CborMajor major, ByteView bytes) {
  head(major, bytes.size());
  out_.bytes(bytes);
}

void CborWriter::boolean(bool flag) { head(CborMajor::kSimple, flag ? kTrue : kFalse); }

Result<ByteView> byte_string_head(size_t size, base::MutableBytes out) {
  CborWriter w(out);
  w.head(CborMajor::kBytes, size);
  return w.finish();
}

}  // namespace protocol
