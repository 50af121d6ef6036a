#include "factory-tool/service/json_line.h"

namespace factory {

JsonLine& JsonLine::add(std::string_view name, std::string_view value) {
  key(name);
  quoted(value);
  return *this;
}

JsonLine& JsonLine::add(std::string_view name, int64_t value) {
  key(name);
  text_ += std::to_string(value);
  return *this;
}

void JsonLine::key(std::string_view name) {
  if (text_.size() > 1) text_ += ',';
  quoted(name);
  text_ += ':';
}

// Everything that is not printable ASCII is escaped byte by byte: what a peer sent need not be UTF-8.
void JsonLine::quoted(std::string_view value) {
  constexpr char kDigits[] = "0123456789abcdef";
  text_ += '"';
  for (const char c : value) {
    const auto byte = static_cast<uint8_t>(c);
    if (c == '"' || c == '\\') {
      text_ += '\\';
      text_ += c;
    } else if (byte < 0x20 || byte >= 0x7F) {
      text_ += "\\u00";
      text_ += kDigits[byte >> 4];
      text_ += kDigits[byte & 15];
    } else {
      text_ += c;
    }
  }
  text_ += '"';
}

}  // namespace factory
