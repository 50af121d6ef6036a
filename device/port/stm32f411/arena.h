// The memory that Mbed TLS allocates from: there is no heap.
#pragma once

#include <array>
#include <cstdint>

#include "crypto/arena.h"

namespace stm32f411 {

// Hands a static buffer of `Size` bytes to Mbed TLS. Once, before anything of it is called.
template <size_t Size>
void give_arena() {
  alignas(8) static std::array<uint8_t, Size> arena;
  crypto::give_arena(arena);
}

}  // namespace stm32f411
