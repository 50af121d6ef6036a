// Text with placeholders: "urn:example:{serial}". "{{" and "}}" stand for the braces themselves.
#pragma once

#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cert {

using TextValues = std::map<std::string, std::string, std::less<>>;

class TextPattern {
 public:
  // The error says in words what is wrong.
  static std::expected<TextPattern, std::string> parse(std::string_view text);

  [[nodiscard]] bool is_constant() const;
  // The names between braces, in order.
  [[nodiscard]] std::vector<std::string_view> placeholders() const;
  // The error is the first placeholder that `values` lacks.
  [[nodiscard]] std::expected<std::string, std::string> expand(const TextValues& values) const;

 private:
  struct Part {
    bool is_placeholder = false;
    std::string text;
  };
  std::vector<Part> parts_;
};

}  // namespace cert
