#include "base/crc32c.h"

namespace base {
namespace {

// Four bits at a time: 64 bytes of table instead of 1,024, fast enough beside any serial line.
constexpr auto kNibbleTable = [] {
  std::array<uint32_t, 16> table{};
  for (uint32_t i = 0; i < table.size(); ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 4; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0x82F63B78U : 0);
    table[i] = value;
  }
  return table;
}();

}  // namespace

uint32_t crc32c(ByteView data, uint32_t previous) {
  uint32_t crc = ~previous;
  for (uint8_t byte : data) {
    crc ^= byte;
    crc = (crc >> 4) ^ kNibbleTable[crc & 15];
    crc = (crc >> 4) ^ kNibbleTable[crc & 15];
  }
  return ~crc;
}

}  // namespace base
