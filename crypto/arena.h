// The memory that Mbed TLS allocates from on a chip, where there is no heap. Mbed TLS's own allocator for a static buffer
// takes twice the code and 32 bytes a block; this one takes 4. One thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace crypto {

// Once, before anything of Mbed TLS is called. `memory` must live for ever; until it is given nothing can be allocated.
void give_arena(std::span<uint8_t> memory);

}  // namespace crypto

// What cmake/mbedtls/factory_line_mbedtls_config.h names as calloc and free; null where no block is large enough.
extern "C" void* factory_line_calloc(size_t count, size_t size);
extern "C" void factory_line_free(void* memory);
