// The functions of the C library that a compiler calls by itself. newlib's are unrolled for speed and take 1,100 bytes;
// these move words where both ends allow it. Compiled without link-time optimisation, which may add calls of them late.
#include <stddef.h>
#include <stdint.h>

typedef uint32_t __attribute__((may_alias)) word;

static int aligned(const void* a, const void* b) { return (((uintptr_t)a | (uintptr_t)b) & 3) == 0; }

static void* copy_forwards(void* to, const void* from, size_t size) {
  unsigned char* out = to;
  const unsigned char* in = from;
  if (aligned(to, from)) {
    for (; size >= 4; size -= 4, out += 4, in += 4) *(word*)out = *(const word*)in;
  }
  while (size-- > 0) *out++ = *in++;
  return to;
}

void* memcpy(void* restrict to, const void* restrict from, size_t size) { return copy_forwards(to, from, size); }

void* memmove(void* to, const void* from, size_t size) {
  if ((uintptr_t)to <= (uintptr_t)from) return copy_forwards(to, from, size);
  unsigned char* out = to;
  const unsigned char* in = from;
  while (size-- > 0) out[size] = in[size];
  return to;
}

void* memset(void* to, int value, size_t size) {
  unsigned char* out = to;
  while (size-- > 0) *out++ = (unsigned char)value;
  return to;
}

int memcmp(const void* left, const void* right, size_t size) {
  const unsigned char* a = left;
  const unsigned char* b = right;
  for (; size > 0; --size, ++a, ++b) {
    if (*a != *b) return *a - *b;
  }
  return 0;
}

size_t strlen(const char* text) {
  size_t size = 0;
  while (text[size] != 0) ++size;
  return size;
}
