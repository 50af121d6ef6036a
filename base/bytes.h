// Views on bytes, endian-clean loads and stores, and bounded cursors.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "base/result.h"

namespace base {

// std::span on bytes, with the alignment of a pair of registers: a compiler for a 32-bit chip passes a span by way of
// memory otherwise, which takes more room than all of the messages' code.
template <typename Byte>
struct alignas(8) ByteSpan : std::span<Byte> {
  using std::span<Byte>::span;
  constexpr ByteSpan() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): the same thing
  constexpr ByteSpan(std::span<Byte> bytes) : std::span<Byte>(bytes) {}
};
using ByteView = ByteSpan<const uint8_t>;
using MutableBytes = ByteSpan<uint8_t>;
// std::string_view, likewise.
struct alignas(8) Text : std::string_view {
  constexpr Text() = default;
  template <std::convertible_to<std::string_view> T>
  // NOLINTNEXTLINE(google-explicit-constructor): the same thing
  constexpr Text(const T& text) : std::string_view(text) {}
};
template <size_t N>
using ByteArray = std::array<uint8_t, N>;

[[nodiscard]] inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
[[nodiscard]] inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Equal contents; for public data only. Secrets are compared with constant_time_equal (secure.h).
[[nodiscard]] inline bool equal(ByteView a, ByteView b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

// Nothing but `value`; for public data only. A plain loop: std::all_of is four times as long.
[[nodiscard]] inline bool all_bytes(ByteView data, uint8_t value) {
  for (const uint8_t byte : data) {
    if (byte != value) return false;
  }
  return true;
}

// Copies `from` to the start of `to`; the caller has checked that it fits.
inline void copy(MutableBytes to, ByteView from) {
  if (!from.empty()) std::memcpy(to.data(), from.data(), from.size());
}

// Big-endian is the order of everything this project puts on a wire or on a chip.
template <typename Unsigned>
[[nodiscard]] constexpr Unsigned to_big_endian(Unsigned value) {
  if constexpr (std::endian::native == std::endian::big) return value;
  return std::byteswap(value);
}
template <typename Unsigned>
void store_be(uint8_t* out, Unsigned value) {
  value = to_big_endian(value);
  std::memcpy(out, &value, sizeof value);
}
template <typename Unsigned>
[[nodiscard]] Unsigned load_be(const uint8_t* in) {
  Unsigned value;
  std::memcpy(&value, in, sizeof value);
  return to_big_endian(value);
}

// Writes into a fixed buffer and remembers an overflow, so that one check at the end is enough.
class ByteWriter {
 public:
  explicit ByteWriter(MutableBytes buffer) : buffer_(buffer) {}

  void bytes(ByteView data) {
    if (data.size() > buffer_.size() - size_) {
      overflow_ = true;
      return;
    }
    copy(buffer_.subspan(size_), data);
    size_ += data.size();
  }
  template <typename Unsigned>
  void be(Unsigned value) {
    uint8_t raw[sizeof(Unsigned)];
    store_be(raw, value);
    bytes(raw);
  }
  void u8(uint8_t value) { be(value); }
  void u16(uint16_t value) { be(value); }
  void u32(uint32_t value) { be(value); }
  void u64(uint64_t value) { be(value); }

  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] bool overflowed() const { return overflow_; }
  // What was written. kBufferTooSmall: it did not fit.
  [[nodiscard]] Result<ByteView> finish() const {
    if (overflow_) return fail(ErrorCode::kBufferTooSmall);
    return ByteView(buffer_.first(size_));
  }

 private:
  MutableBytes buffer_;
  size_t size_ = 0;
  bool overflow_ = false;
};

// Reads from a buffer; every read checks its bounds. Error of every read: kTruncated.
class ByteReader {
 public:
  explicit ByteReader(ByteView data) : data_(data) {}

  [[nodiscard]] Result<ByteView> bytes(size_t count) {
    if (count > data_.size()) return fail(ErrorCode::kTruncated);
    ByteView taken = data_.first(count);
    data_ = data_.subspan(count);
    return taken;
  }
  template <typename Unsigned>
  [[nodiscard]] Result<Unsigned> be() {
    auto raw = bytes(sizeof(Unsigned));
    if (!raw) return fail(raw.error());
    return load_be<Unsigned>(raw->data());
  }
  [[nodiscard]] Result<uint8_t> u8() { return be<uint8_t>(); }
  [[nodiscard]] Result<uint16_t> u16() { return be<uint16_t>(); }
  [[nodiscard]] Result<uint32_t> u32() { return be<uint32_t>(); }
  [[nodiscard]] Result<uint64_t> u64() { return be<uint64_t>(); }

  [[nodiscard]] ByteView rest() const { return data_; }
  [[nodiscard]] bool empty() const { return data_.empty(); }

 private:
  ByteView data_;
};

}  // namespace base
