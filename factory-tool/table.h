// Rows of text in aligned columns.
#pragma once

#include <string>
#include <vector>

namespace factory {

class Table {
 public:
  explicit Table(std::vector<std::string> header) { rows_.push_back(std::move(header)); }
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  // Header, rows; two spaces between columns, none at the end of a line, each line ended.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace factory
