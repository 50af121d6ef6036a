#include "cert-templates/src/toml_document.h"

#include <toml++/toml.h>

#include <algorithm>
#include <chrono>
#include <sstream>

namespace cert {
namespace {

// Far deeper than any profile; keeps the recursion below bounded.
constexpr int kMaxDepth = 16;

struct Position {
  uint32_t line = 0;
  uint32_t column = 0;
};

struct TooDeep {
  int line = 0;
};

TomlValue convert(const toml::node& node, int line, int depth);

void convert_date_time(const toml::date_time& when, TomlValue& out) {
  std::ostringstream text;
  text << when;
  out.kind = TomlValue::Kind::kDateTime;
  out.text = text.str();
  out.has_offset = when.offset.has_value();
  const std::chrono::year_month_day date{std::chrono::year(when.date.year), std::chrono::month(when.date.month),
                                         std::chrono::day(when.date.day)};
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  out.integer = days * 86400 + when.time.hour * 3600 + when.time.minute * 60 + when.time.second;
  if (when.offset) out.integer -= int64_t{when.offset->minutes} * 60;
}

void convert_table(const toml::table& table, TomlValue& out, int depth) {
  std::vector<std::pair<Position, TomlValue>> members;
  for (auto&& [key, value] : table) {
    const Position at{key.source().begin.line, key.source().begin.column};
    TomlValue member = convert(value, static_cast<int>(at.line), depth);
    member.key = std::string(key.str());
    members.emplace_back(at, std::move(member));
  }
  std::stable_sort(members.begin(), members.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first.line, a.first.column) < std::tie(b.first.line, b.first.column);
  });
  for (auto& [at, member] : members) out.children.push_back(std::move(member));
}

TomlValue convert(const toml::node& node, int line, int depth) {
  TomlValue out;
  out.line = line != 0 ? line : static_cast<int>(node.source().begin.line);
  if (depth > kMaxDepth) throw TooDeep{out.line};
  if (const auto* table = node.as_table()) {
    convert_table(*table, out, depth + 1);
  } else if (const auto* array = node.as_array()) {
    out.kind = TomlValue::Kind::kArray;
    for (auto&& element : *array) out.children.push_back(convert(element, 0, depth + 1));
  } else if (const auto* text = node.as_string()) {
    out.kind = TomlValue::Kind::kString;
    out.text = text->get();
  } else if (const auto* integer = node.as_integer()) {
    out.kind = TomlValue::Kind::kInteger;
    out.integer = integer->get();
  } else if (const auto* boolean = node.as_boolean()) {
    out.kind = TomlValue::Kind::kBoolean;
    out.boolean = boolean->get();
  } else if (const auto* when = node.as_date_time()) {
    convert_date_time(when->get(), out);
  } else if (node.is_floating_point()) {
    out.kind = TomlValue::Kind::kFloat;
  } else {
    // A date or a time alone: never a point in time.
    out.kind = TomlValue::Kind::kDateTime;
  }
  return out;
}

}  // namespace

const TomlValue* TomlValue::find(std::string_view name) const {
  for (const TomlValue& child : children) {
    if (kind == Kind::kTable && child.key == name) return &child;
  }
  return nullptr;
}

std::string_view TomlValue::kind_name() const {
  switch (kind) {
    case Kind::kTable:
      return "a table";
    case Kind::kArray:
      return "an array";
    case Kind::kString:
      return "a string";
    case Kind::kInteger:
      return "an integer";
    case Kind::kBoolean:
      return "a boolean";
    case Kind::kFloat:
      return "a number with a fraction";
    case Kind::kDateTime:
      return "a date";
  }
  return "unknown";
}

std::expected<TomlValue, TomlSyntaxError> read_toml(std::string_view text) {
  // The library throws on a syntax error; nothing of that leaves this file.
  try {
    const toml::table table = toml::parse(text);
    return convert(table, 1, 0);
  } catch (const toml::parse_error& error) {
    return std::unexpected(
        TomlSyntaxError{static_cast<int>(error.source().begin.line), std::string(error.description())});
  } catch (const TooDeep& error) {
    return std::unexpected(TomlSyntaxError{error.line, "tables and arrays are nested too deeply"});
  }
}

}  // namespace cert
