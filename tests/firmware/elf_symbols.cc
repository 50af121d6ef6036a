#include "tests/firmware/elf_symbols.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <vector>

namespace test {
namespace {

class File {
 public:
  explicit File(const std::string& path) : path_(path) {
    std::ifstream stream(path, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(stream), {});
  }
  template <typename T>
  [[nodiscard]] T at(size_t offset) const {
    T value;
    if (offset > bytes_.size() || bytes_.size() - offset < sizeof value) bad();
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }
  [[nodiscard]] std::string text(size_t offset) const {
    if (offset >= bytes_.size()) bad();
    const auto begin = bytes_.begin() + static_cast<ptrdiff_t>(offset);
    return {begin, std::find(begin, bytes_.end(), '\0')};
  }
  [[noreturn]] void bad() const { throw std::runtime_error(path_ + " is no firmware image with symbols"); }

 private:
  std::string path_;
  std::vector<char> bytes_;
};

}  // namespace

std::map<std::string, ElfSymbol> elf_symbols(const std::string& path) {
  const File file(path);
  const auto header = file.at<Elf32_Ehdr>(0);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS32 ||
      header.e_ident[EI_DATA] != ELFDATA2LSB) {
    file.bad();
  }
  std::map<std::string, ElfSymbol> symbols;
  const auto section = [&](size_t i) { return file.at<Elf32_Shdr>(header.e_shoff + i * sizeof(Elf32_Shdr)); };
  for (size_t i = 0; i < header.e_shnum; ++i) {
    const Elf32_Shdr table = section(i);
    if (table.sh_type != SHT_SYMTAB) continue;
    const Elf32_Shdr names = section(table.sh_link);
    for (size_t at = 0; at + sizeof(Elf32_Sym) <= table.sh_size; at += sizeof(Elf32_Sym)) {
      const auto symbol = file.at<Elf32_Sym>(table.sh_offset + at);
      symbols[file.text(names.sh_offset + symbol.st_name)] = {symbol.st_value, symbol.st_size};
    }
  }
  if (symbols.empty()) file.bad();
  return symbols;
}

}  // namespace test
