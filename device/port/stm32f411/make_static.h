// Objects that live as long as the firmware.
#pragma once

#include <cstdint>
#include <new>
#include <utility>

namespace stm32f411 {

// Makes the program's one object of this type in .bss. It is never taken apart: a reset is its end. Not inlined, so
// that the stack that its construction takes is free again.
template <typename Object, typename... Arguments>
[[gnu::noinline]] Object& make_static(Arguments&&... arguments) {
  alignas(Object) static uint8_t place[sizeof(Object)];
  return *new (place) Object(std::forward<Arguments>(arguments)...);
}

}  // namespace stm32f411
