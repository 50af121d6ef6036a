#include "cert-templates/src/table_reader.h"

#include <algorithm>

#include "cert-templates/src/did_you_mean.h"

namespace cert {
namespace {

std::string_view kind_wanted(TomlValue::Kind kind) {
  TomlValue wanted;
  wanted.kind = kind;
  return wanted.kind_name();
}

}  // namespace

std::string dotted(const std::string& path, std::string_view key) {
  const bool bare = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
  std::string text = path.empty() ? "" : path + ".";
  if (bare) return text += key;
  text += '"';
  for (char c : key) text += static_cast<unsigned char>(c) < 0x20 || c == '"' ? '?' : c;
  return text += '"';
}

TableReader::TableReader(const TomlValue& table, std::string path, std::initializer_list<std::string_view> known,
                         ErrorList& errors)
    : table_(table), path_(std::move(path)), errors_(errors) {
  for (const TomlValue& child : table.children) {
    if (std::find(known.begin(), known.end(), child.key) != known.end()) continue;
    errors_.add(child.line, path_of(child.key), path_.empty() ? "unknown table or field" : "unknown field",
                suggest(child.key, std::span(known.begin(), known.size())));
  }
}

std::string TableReader::path_of(std::string_view key) const { return dotted(path_, key); }

void TableReader::error(const TomlValue& at, std::string what, std::string next) {
  errors_.add(at.line, path_of(at.key), std::move(what), std::move(next));
}

void TableReader::missing(std::string_view key, std::string next) {
  errors_.add(table_.line, path_of(key), "missing", std::move(next));
}

const TomlValue* TableReader::get(std::string_view key, TomlValue::Kind kind) {
  const TomlValue* value = table_.find(key);
  if (value == nullptr || value->kind == kind) return value;
  error(*value, "is " + std::string(value->kind_name()), "give " + std::string(kind_wanted(kind)));
  return nullptr;
}

const TomlValue* TableReader::require(std::string_view key, TomlValue::Kind kind, std::string next) {
  if (table_.find(key) == nullptr) {
    missing(key, std::move(next));
    return nullptr;
  }
  return get(key, kind);
}

bool TableReader::boolean(std::string_view key, bool fallback) {
  const TomlValue* value = get(key, TomlValue::Kind::kBoolean);
  return value == nullptr ? fallback : value->boolean;
}

const TomlValue* table_member(const TomlValue& document, std::string_view key, bool required, ErrorList& errors) {
  const TomlValue* value = document.find(key);
  if (value == nullptr) {
    if (required) errors.add(1, std::string(key), "missing", "add a table [" + std::string(key) + "]");
    return nullptr;
  }
  if (value->kind == TomlValue::Kind::kTable) return value;
  errors.add(value->line, std::string(key), "is " + std::string(value->kind_name()),
             "write it as a table: [" + std::string(key) + "]");
  return nullptr;
}

std::optional<TextPattern> read_pattern(const TomlValue& value, const std::string& path,
                                        std::span<const std::string_view> allowed, ErrorList& errors) {
  if (value.kind != TomlValue::Kind::kString) {
    errors.add(value.line, path, "is " + std::string(value.kind_name()), "give a string");
    return std::nullopt;
  }
  auto pattern = TextPattern::parse(value.text);
  if (!pattern) {
    errors.add(value.line, path, pattern.error(), "write {name} for a placeholder, {{ and }} for braces");
    return std::nullopt;
  }
  bool known = true;
  for (std::string_view name : pattern->placeholders()) {
    if (std::find(allowed.begin(), allowed.end(), name) != allowed.end()) continue;
    errors.add(value.line, path, "unknown placeholder {" + std::string(name) + "}",
               suggest(name, allowed) + "; more are declared under [variables]");
    known = false;
  }
  if (!known) return std::nullopt;
  return *std::move(pattern);
}

}  // namespace cert
