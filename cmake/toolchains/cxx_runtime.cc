// What the vtables of device code refer to where no C++ library is linked. Neither is ever called: device
// code has no `new`, and no object is used before it is made.
#include <stddef.h>

void operator delete(void* /*object*/) noexcept { __builtin_trap(); }
void operator delete(void* /*object*/, size_t /*size*/) noexcept { __builtin_trap(); }
extern "C" [[noreturn]] void __cxa_pure_virtual() { __builtin_trap(); }
