// Reads the files of protocol/vectors: "[section]", then "key = hexadecimal". For tests.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "base/hex.h"

namespace protocol::test {

using Bytes = std::vector<uint8_t>;

class VectorFile {
 public:
  explicit VectorFile(const std::string& name) {
    std::ifstream in(std::string(FACTORY_LINE_SOURCE_DIR) + "/protocol/vectors/" + name);
    EXPECT_TRUE(in.good()) << name;
    std::string section;
    for (std::string line; std::getline(in, line);) {
      if (line.empty() || line[0] == '#') continue;
      if (line[0] == '[') {
        section = line.substr(1, line.size() - 2);
        names_.push_back(section);
        continue;
      }
      const size_t equals = line.find(" =");
      const std::string hex = line.size() > equals + 3 ? line.substr(equals + 3) : "";
      Bytes bytes(hex.size() / 2);
      EXPECT_TRUE(base::hex_decode(hex, bytes)) << line;
      values_[section][line.substr(0, equals)] = bytes;
    }
  }

  [[nodiscard]] const std::vector<std::string>& sections() const { return names_; }
  [[nodiscard]] const Bytes& get(const std::string& section, const std::string& key) const {
    static const Bytes none;
    const auto found = values_.find(section);
    if (found == values_.end() || !found->second.contains(key)) {
      ADD_FAILURE() << "no vector " << section << "/" << key;
      return none;
    }
    return found->second.at(key);
  }

 private:
  std::vector<std::string> names_;
  std::map<std::string, std::map<std::string, Bytes>> values_;
};

template <size_t N>
std::array<uint8_t, N> fixed(const Bytes& bytes) {
  std::array<uint8_t, N> out{};
  EXPECT_EQ(bytes.size(), N);
  if (bytes.size() == N) std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

inline Bytes to_vector(std::span<const uint8_t> view) { return {view.begin(), view.end()}; }

}  // namespace protocol::test
