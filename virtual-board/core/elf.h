// Programs in ELF files, as linkers for this core write them: 32 bits, little-endian, ARM.
#pragma once

#include <string>
#include <vector>

#include "base/host/failure.h"

namespace virtual_board {

struct ElfSegment {
  uint32_t address;  // physical: where a debugger puts the bytes
  std::vector<uint8_t> bytes;
};

// The segments with contents. kIo: cannot be read; kMalformed: not such a file, or damaged.
base::Outcome<std::vector<ElfSegment>> read_elf(const std::string& path);
// The same from memory; `name` is for messages.
base::Outcome<std::vector<ElfSegment>> parse_elf(const std::vector<uint8_t>& file, const std::string& name);

}  // namespace virtual_board
