// One JSON object a line (RFC 8259), for logs. Keys are literals of ours; values are escaped.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace factory {

class JsonLine {
 public:
  JsonLine& add(std::string_view key, std::string_view value);
  JsonLine& add(std::string_view key, int64_t value);
  // Without a line end.
  [[nodiscard]] std::string str() const { return text_ + "}"; }

 private:
  void key(std::string_view name);
  void quoted(std::string_view value);

  std::string text_ = "{";
};

}  // namespace factory
