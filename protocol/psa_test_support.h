// What PSA Crypto needs around it, for this folder's tests: random numbers from a printed seed that can be switched
// off as on a blank device, and no persistent keys.
#pragma once

#include <cstddef>
#include <cstdint>

namespace protocol::test {

// The seed of this process: FACTORY_LINE_SEED, or a fresh one that is printed.
uint64_t process_seed();
// Initialises PSA Crypto; fails the process where that fails.
void start_psa();

// While one lives, PSA's generator has no seed and every draw fails.
class UnseededScope {
 public:
  UnseededScope();
  ~UnseededScope();
  UnseededScope(const UnseededScope&) = delete;
  UnseededScope& operator=(const UnseededScope&) = delete;
};
// While one lives, PSA draws from `draw`, which returns false to fail.
class RandomScope {
 public:
  using Draw = bool (*)(void* context, uint8_t* out, size_t size);
  RandomScope(Draw draw, void* context);
  ~RandomScope();
  RandomScope(const RandomScope&) = delete;
  RandomScope& operator=(const RandomScope&) = delete;
};

}  // namespace protocol::test
