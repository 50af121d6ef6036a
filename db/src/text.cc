#include "db/src/text.h"

#include <cstdio>
#include <ctime>

namespace db {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// The length of the character at the start of `text`, or 0 if it is not well-formed.
size_t character_length(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : uint8_t{0}; };
  const auto continues = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const uint8_t first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if (!continues(1) || !continues(2)) return 0;
    if (first == 0xE0 && byte(1) < 0xA0) return 0;   // overlong
    if (first == 0xED && byte(1) >= 0xA0) return 0;  // a surrogate
    return 3;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    if (first == 0xF0 && byte(1) < 0x90) return 0;   // overlong
    if (first == 0xF4 && byte(1) >= 0x90) return 0;  // past U+10FFFF
    return 4;
  }
  return 0;
}

bool is_control(char character) {
  const auto byte = static_cast<uint8_t>(character);
  return byte < 0x20 || byte == 0x7F;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = character_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string clean_text(std::string_view text, size_t limit) {
  std::string clean;
  while (!text.empty()) {
    const size_t length = character_length(text);
    const bool good = length > 0 && !is_control(text[0]);
    const std::string_view piece = good ? text.substr(0, length) : kReplacement;
    if (clean.size() + piece.size() > limit) break;
    clean += piece;
    text.remove_prefix(length > 0 ? length : 1);
  }
  return clean;
}

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > 100 || !is_utf8(text)) return false;
  for (const char character : text) {
    if (is_control(character)) return false;
  }
  return true;
}

void append_json_string(std::string_view text, std::string& out) {
  out += '"';
  for (const char character : text) {
    if (character == '"' || character == '\\') {
      out += '\\';
      out += character;
    } else if (is_control(character)) {
      char escape[7];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(static_cast<uint8_t>(character)));
      out += escape;
    } else {
      out += character;
    }
  }
  out += '"';
}

std::string iso_time(int64_t milliseconds) {
  int64_t seconds = milliseconds / 1000;
  int64_t rest = milliseconds % 1000;
  if (rest < 0) rest += 1000, --seconds;
  const auto clock = static_cast<time_t>(seconds);
  std::tm parts{};
  if (gmtime_r(&clock, &parts) == nullptr) return std::to_string(milliseconds);
  char text[80];
  std::snprintf(text, sizeof text, "%04lld-%02d-%02dT%02d:%02d:%02d.%03dZ", 1900LL + parts.tm_year, parts.tm_mon + 1,
                parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, static_cast<int>(rest));
  return text;
}

}  // namespace db
