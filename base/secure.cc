#include "base/secure.h"

namespace base {

void secure_wipe(void* data, size_t size) {
  if (size == 0) return;
  std::memset(data, 0, size);
  // The memory is an input to this empty instruction, so the store above has an observer.
  __asm__ __volatile__("" : : "r"(data) : "memory");
}

bool constant_time_equal(ByteView a, ByteView b) {
  if (a.size() != b.size()) return false;
  volatile uint8_t difference = 0;
  for (size_t i = 0; i < a.size(); ++i) difference = static_cast<uint8_t>(difference | (a[i] ^ b[i]));
  return difference == 0;
}

}  // namespace base
