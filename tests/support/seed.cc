#include "tests/support/seed.h"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <random>

namespace test {

uint64_t announce_seed(const char* what) {
  const char* given = std::getenv("FACTORY_LINE_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 0) : std::random_device{}();
  std::printf("%s: seed %" PRIu64 " (replay with FACTORY_LINE_SEED=%" PRIu64 ")\n", what, seed, seed);
  return seed;
}

}  // namespace test
