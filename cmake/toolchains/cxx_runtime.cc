// What device code refers to where no C++ library is linked. None is ever called: device code has no `new`, no
// object is used before it is made, and no part of a text is taken from behind its end.
#include <stddef.h>

void operator delete(void* /*object*/) noexcept { __builtin_trap(); }
void operator delete(void* /*object*/, size_t /*size*/) noexcept { __builtin_trap(); }
extern "C" [[noreturn]] void __cxa_pure_virtual() { __builtin_trap(); }
namespace std {
// string_view::substr and its like, which have no exceptions to throw here.
[[noreturn]] void __throw_out_of_range_fmt(const char* /*format*/, ...) { __builtin_trap(); }
}  // namespace std
