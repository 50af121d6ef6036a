#include "crypto/arena.h"

#include <cstring>

namespace {

// The arena is a row of blocks: a header, then the memory that is handed out. The header is the size of the whole block, a
// multiple of kUnit, plus 1 where it is in use. Free neighbours are joined by the next search that passes them.
using Header = uint32_t;
constexpr Header kUsed = 1;
constexpr size_t kUnit = 8;  // what is handed out is aligned to it
static_assert(sizeof(Header) <= kUnit / 2);

uint8_t* g_begin = nullptr;
uint8_t* g_end = nullptr;

Header& header_at(uint8_t* place) { return *reinterpret_cast<Header*>(place); }

}  // namespace

namespace crypto {

void give_arena(std::span<uint8_t> memory) {
  // The first header stands where the memory behind it is aligned.
  const uintptr_t address = reinterpret_cast<uintptr_t>(memory.data());
  const size_t skip = (2 * kUnit - sizeof(Header) - address % kUnit) % kUnit;
  if (memory.size() < skip + kUnit) return;
  const size_t size = (memory.size() - skip) / kUnit * kUnit;
  g_begin = memory.data() + skip;
  g_end = g_begin + size;
  header_at(g_begin) = static_cast<Header>(size);
}

}  // namespace crypto

extern "C" void* factory_line_calloc(size_t count, size_t size) {
  size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes) || bytes > static_cast<size_t>(g_end - g_begin)) return nullptr;
  const auto needed = static_cast<Header>((bytes + sizeof(Header) + kUnit - 1) / kUnit * kUnit);
  for (uint8_t* place = g_begin; place < g_end; place += header_at(place) & ~kUsed) {
    Header& header = header_at(place);
    if (header & kUsed) continue;
    for (uint8_t* next = place + header; next < g_end && !(header_at(next) & kUsed); next = place + header) {
      header += header_at(next);
    }
    if (header < needed) continue;
    if (header > needed) header_at(place + needed) = header - needed;
    header = needed | kUsed;
    return std::memset(place + sizeof(Header), 0, bytes);
  }
  return nullptr;
}

extern "C" void factory_line_free(void* memory) {
  if (memory != nullptr) header_at(static_cast<uint8_t*>(memory) - sizeof(Header)) &= ~kUsed;
}
