// The memory that Mbed TLS allocates from: there is no heap.
#pragma once

#include <mbedtls/memory_buffer_alloc.h>

#include <array>
#include <cstdint>

namespace stm32f411 {

// Hands a static buffer of `Size` bytes to Mbed TLS. Once, before anything of it is called.
template <size_t Size>
void give_arena() {
  alignas(8) static std::array<uint8_t, Size> arena;
  mbedtls_memory_buffer_alloc_init(arena.data(), arena.size());
}

}  // namespace stm32f411
