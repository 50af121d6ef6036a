// Reads the fields of one TOML table; every error goes to one list with file, line and dotted path.
#pragma once

#include <initializer_list>
#include <optional>

#include "cert-templates/src/profile.h"
#include "cert-templates/src/text_pattern.h"
#include "cert-templates/src/toml_document.h"

namespace cert {

class ErrorList {
 public:
  ErrorList(std::string file, std::vector<ProfileError>& errors) : file_(std::move(file)), errors_(errors) {}
  void add(int line, std::string field, std::string what, std::string next) {
    errors_.push_back({file_, line, std::move(field), std::move(what), std::move(next)});
  }
  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] const std::vector<ProfileError>& all() const { return errors_; }

 private:
  std::string file_;
  std::vector<ProfileError>& errors_;
};

class TableReader {
 public:
  // `path`: dotted path of the table, empty for the document. Keys outside `known` are errors.
  TableReader(const TomlValue& table, std::string path, std::initializer_list<std::string_view> known,
              ErrorList& errors);

  [[nodiscard]] int line() const { return table_.line; }
  [[nodiscard]] std::string path_of(std::string_view key) const;
  void error(const TomlValue& at, std::string what, std::string next);
  void missing(std::string_view key, std::string next);

  // The value of a key, or nothing where it is absent or has another type (an error then).
  const TomlValue* get(std::string_view key, TomlValue::Kind kind);
  const TomlValue* get_any(std::string_view key) const { return table_.find(key); }
  // Like get(), but absence is an error too; `next` says what to write.
  const TomlValue* require(std::string_view key, TomlValue::Kind kind, std::string next);
  bool boolean(std::string_view key, bool fallback);

 private:
  const TomlValue& table_;
  std::string path_;
  ErrorList& errors_;
};

// A table member that must itself be a table; an error and nothing otherwise.
const TomlValue* table_member(const TomlValue& document, std::string_view key, bool required, ErrorList& errors);

// A text with placeholders out of `allowed`; reports and returns nothing otherwise.
std::optional<TextPattern> read_pattern(const TomlValue& value, const std::string& path,
                                        std::span<const std::string_view> allowed, ErrorList& errors);

// "a.b" with `key` quoted where TOML would want it quoted.
std::string dotted(const std::string& path, std::string_view key);

}  // namespace cert
