#include "cert-templates/src/text_pattern.h"

#include <algorithm>

namespace cert {

std::expected<TextPattern, std::string> TextPattern::parse(std::string_view text) {
  TextPattern pattern;
  std::string literal;
  auto flush = [&] {
    if (!literal.empty()) pattern.parts_.push_back({false, literal});
    literal.clear();
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c == '{' || c == '}') && i + 1 < text.size() && text[i + 1] == c) {
      literal += c;
      ++i;
    } else if (c == '{') {
      const size_t end = text.find('}', i);
      if (end == std::string_view::npos) return std::unexpected("a \"{\" without its \"}\"");
      const std::string_view name = text.substr(i + 1, end - i - 1);
      if (name.empty() || name.find('{') != std::string_view::npos)
        return std::unexpected("a placeholder without a name");
      flush();
      pattern.parts_.push_back({true, std::string(name)});
      i = end;
    } else if (c == '}') {
      return std::unexpected("a \"}\" without its \"{\"");
    } else {
      literal += c;
    }
  }
  flush();
  return pattern;
}

bool TextPattern::is_constant() const {
  return std::none_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.is_placeholder; });
}

std::vector<std::string_view> TextPattern::placeholders() const {
  std::vector<std::string_view> names;
  for (const Part& part : parts_) {
    if (part.is_placeholder) names.push_back(part.text);
  }
  return names;
}

std::expected<std::string, std::string> TextPattern::expand(const TextValues& values) const {
  std::string text;
  for (const Part& part : parts_) {
    if (!part.is_placeholder) {
      text += part.text;
      continue;
    }
    const auto found = values.find(part.text);
    if (found == values.end()) return std::unexpected(part.text);
    text += found->second;
  }
  return text;
}

}  // namespace cert
