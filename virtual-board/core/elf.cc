#include "virtual-board/core/elf.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace virtual_board {
namespace {

constexpr size_t kMaxFile = 64 * 1024 * 1024;
constexpr size_t kHeaderSize = 52;
constexpr size_t kProgramHeaderSize = 32;
constexpr uint16_t kExecutable = 2;
constexpr uint16_t kArm = 40;
constexpr uint32_t kLoad = 1;

uint16_t half_at(const std::vector<uint8_t>& file, size_t at) {
  return static_cast<uint16_t>(file[at] | file[at + 1] << 8);
}
uint32_t word_at(const std::vector<uint8_t>& file, size_t at) {
  return half_at(file, at) | static_cast<uint32_t>(half_at(file, at + 2)) << 16;
}

std::unexpected<base::Failure> malformed(const std::string& what, const std::string& name) {
  return base::failure(base::ErrorCode::kMalformed, what, name, "give the .elf that the linker made for an STM32F411");
}

}  // namespace

base::Outcome<std::vector<ElfSegment>> parse_elf(const std::vector<uint8_t>& file, const std::string& name) {
  constexpr std::array<uint8_t, 7> kIdentity{0x7F, 'E', 'L', 'F', 1 /* 32 bits */, 1 /* little-endian */, 1};
  if (file.size() < kHeaderSize || std::memcmp(file.data(), kIdentity.data(), kIdentity.size()) != 0) {
    return malformed("not a 32-bit little-endian ELF file", name);
  }
  if (half_at(file, 16) != kExecutable || half_at(file, 18) != kArm) {
    return malformed("not a linked program for ARM", name);
  }
  const size_t headers = word_at(file, 28);
  const size_t header_size = half_at(file, 42);
  const size_t count = half_at(file, 44);
  if (header_size != kProgramHeaderSize || headers > file.size() || count > (file.size() - headers) / header_size) {
    return malformed("the program headers are damaged or lie outside the file", name);
  }
  std::vector<ElfSegment> segments;
  for (size_t i = 0; i < count; i++) {
    const size_t at = headers + i * header_size;
    const size_t offset = word_at(file, at + 4);
    const size_t size = word_at(file, at + 16);
    if (word_at(file, at) != kLoad || size == 0) {
      continue;
    }
    if (offset > file.size() || size > file.size() - offset) {
      return malformed("the contents of segment " + std::to_string(i) + " lie outside the file", name);
    }
    const auto begin = file.begin() + static_cast<std::ptrdiff_t>(offset);
    segments.push_back({word_at(file, at + 12), {begin, begin + static_cast<std::ptrdiff_t>(size)}});
  }
  if (segments.empty()) {
    return malformed("the file holds no segment to load", name);
  }
  return segments;
}

base::Outcome<std::vector<ElfSegment>> read_elf(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (!file) {
    return base::failure(base::ErrorCode::kIo, std::string("the program cannot be opened: ") + std::strerror(errno),
                         path, "check the path; build the preset `firmware` first");
  }
  std::vector<uint8_t> bytes;
  std::array<uint8_t, 65'536> chunk;
  size_t got = 0;
  while ((got = std::fread(chunk.data(), 1, chunk.size(), file.get())) > 0) {
    bytes.insert(bytes.end(), chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(got));
    if (bytes.size() > kMaxFile) {
      return malformed("the file is far larger than any program for this chip", path);
    }
  }
  if (std::ferror(file.get()) != 0) {
    return base::failure(base::ErrorCode::kIo, "the program cannot be read", path, "is it a directory?");
  }
  return parse_elf(bytes, path);
}

}  // namespace virtual_board
