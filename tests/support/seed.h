// Seeds of random tests: printed, so that a failure can be replayed with FACTORY_LINE_SEED=N.
#pragma once

#include <cstdint>

namespace test {

// FACTORY_LINE_SEED if it is set, else a fresh one. Prints it with `what`.
uint64_t announce_seed(const char* what);

}  // namespace test
