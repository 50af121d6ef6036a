// The symbols of a firmware image, for what has to know where the linker put something.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace test {

struct ElfSymbol {
  uint32_t address = 0;
  uint32_t size = 0;
};

// By name, as the linker knows it. Throws std::runtime_error: no 32-bit little-endian ELF file with symbols.
std::map<std::string, ElfSymbol> elf_symbols(const std::string& path);

}  // namespace test
