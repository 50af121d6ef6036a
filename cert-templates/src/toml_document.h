// A TOML text as a plain tree with line numbers, in the order of the file. Keeps the TOML library in one place.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace cert {

struct TomlValue {
  enum class Kind { kTable, kArray, kString, kInteger, kBoolean, kFloat, kDateTime };

  Kind kind = Kind::kTable;
  int line = 0;                     // of the key, or of the value inside an array
  std::string key;                  // inside a table
  std::string text;                 // kString; kDateTime as RFC 3339
  int64_t integer = 0;              // kInteger; kDateTime: seconds since 1970
  bool boolean = false;             // kBoolean
  bool has_offset = false;          // kDateTime: it names a full date, a time and an offset from UTC
  std::vector<TomlValue> children;  // kTable: by line and column; kArray: in order

  [[nodiscard]] const TomlValue* find(std::string_view name) const;
  [[nodiscard]] std::string_view kind_name() const;
};

struct TomlSyntaxError {
  int line = 0;
  std::string what;
};

[[nodiscard]] std::expected<TomlValue, TomlSyntaxError> read_toml(std::string_view text);

}  // namespace cert
