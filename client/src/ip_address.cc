#include "client/src/ip_address.h"

#include <optional>

namespace client {
namespace {

using base::ErrorCode;

std::optional<uint32_t> digit(char c, uint32_t base) {
  uint32_t value = 99;
  if (c >= '0' && c <= '9') value = static_cast<uint32_t>(c - '0');
  if (c >= 'a' && c <= 'f') value = static_cast<uint32_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') value = static_cast<uint32_t>(c - 'A' + 10);
  if (value >= base) return std::nullopt;
  return value;
}

// Takes digits off the front of `text`; nothing: none, too many, or more than `most`.
std::optional<uint32_t> take_number(std::string_view& text, uint32_t base, size_t most_digits, uint32_t most) {
  uint32_t value = 0;
  size_t count = 0;
  while (count < text.size()) {
    const auto next = digit(text[count], base);
    if (!next) break;
    if (count == most_digits) return std::nullopt;
    value = value * base + *next;
    ++count;
  }
  if (count == 0 || value > most) return std::nullopt;
  if (base == 10 && count > 1 && text[0] == '0') return std::nullopt;  // some readers take it for octal
  text.remove_prefix(count);
  return value;
}

bool parse_ipv4(std::string_view text, std::span<uint8_t> out) {
  for (size_t i = 0; i < 4; ++i) {
    if (i > 0) {
      if (text.empty() || text[0] != '.') return false;
      text.remove_prefix(1);
    }
    const auto value = take_number(text, 10, 3, 255);
    if (!value) return false;
    out[i] = static_cast<uint8_t>(*value);
  }
  return text.empty();
}

bool parse_ipv6(std::string_view text, std::span<uint8_t> out) {
  std::array<uint8_t, 16> bytes{};
  size_t size = 0;
  std::optional<size_t> gap;  // where "::" stands for the missing zeros
  bool need_group = true;
  if (text.starts_with("::")) {
    gap = 0;
    text.remove_prefix(2);
    need_group = false;
  }
  while (!text.empty()) {
    if (size == 16) return false;
    if (size <= 12 && text.find(':') == std::string_view::npos && text.find('.') != std::string_view::npos) {
      if (!parse_ipv4(text, std::span(bytes).subspan(size, 4))) return false;
      size += 4;
      text = {};
      need_group = false;
      break;
    }
    const auto group = take_number(text, 16, 4, 0xFFFF);
    if (!group) return false;
    base::store_be(bytes.data() + size, static_cast<uint16_t>(*group));
    size += 2;
    need_group = false;
    if (text.empty()) break;
    if (text[0] != ':') return false;
    text.remove_prefix(1);
    need_group = true;
    if (!text.empty() && text[0] == ':') {
      if (gap) return false;
      gap = size;
      text.remove_prefix(1);
      need_group = false;
    }
  }
  if (need_group || (gap ? size > 14 : size != 16)) return false;
  const size_t head = gap.value_or(16);
  for (size_t i = 0; i < 16; ++i) out[i] = 0;
  for (size_t i = 0; i < head; ++i) out[i] = bytes[i];
  for (size_t i = head; i < size; ++i) out[16 - size + i] = bytes[i];
  return true;
}

}  // namespace

base::Result<IpAddress> parse_ip_address(std::string_view text) {
  IpAddress address;
  const bool v6 = text.find(':') != std::string_view::npos;
  if (v6 ? !parse_ipv6(text, address.bytes) : !parse_ipv4(text, address.bytes)) {
    return base::fail(ErrorCode::kMalformed);
  }
  address.size = v6 ? 16 : 4;
  return address;
}

}  // namespace client
