// What the tests of this folder share: a chip in memory, its layout and PSA, started once a program.
#pragma once

#include <gtest/gtest.h>
#include <psa/crypto.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "entropy/device/random_source.h"
#include "rot/port/ram/ram_chip.h"
#include "rot/rot.h"

namespace rot::test {

// Random bytes that repeat with the seed; for tests only.
class TestRandom final : public entropy::RandomSource {
 public:
  explicit TestRandom(uint64_t seed) : state_(seed) {}
  base::Status generate(base::MutableBytes out) override {
    for (uint8_t& byte : out) byte = static_cast<uint8_t>(next());
    return {};
  }
  uint64_t next() {
    state_ += 0x9e3779b97f4a7c15u;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  uint64_t below(uint64_t limit) { return next() % limit; }

 private:
  uint64_t state_;
};

// From FACTORY_LINE_SEED where it is set, so that a failure can be replayed.
inline uint64_t test_seed(uint64_t fallback) {
  const char* given = std::getenv("FACTORY_LINE_SEED");
  const uint64_t seed = given ? std::strtoull(given, nullptr, 0) : fallback;
  std::printf("FACTORY_LINE_SEED=%llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

inline void start_psa() {
  static TestRandom random(0x5eed);
  entropy::set_psa_random_source(&random);
  ASSERT_EQ(psa_crypto_init(), PSA_SUCCESS);
}

inline constexpr std::array<uint8_t, 12> kChipId{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

inline std::unique_ptr<Rot> make_rot(ram::Chip& chip, ByteView chip_id = kChipId) {
  return std::make_unique<Rot>(chip.otp(), chip.flash(), Layout{}, chip_id);
}

inline std::array<uint8_t, 64> root_random(uint8_t first = 1) {
  std::array<uint8_t, 64> bytes;
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(first + i * 7);
  return bytes;
}

inline std::string error_of(const base::Status& status) {
  return status ? "success" : std::string(base::error_name(status.error()));
}
template <typename Result>
std::string error_of(const Result& result) {
  return result ? "success" : std::string(base::error_name(result.error()));
}

#define ASSERT_SUCCESS(expression) ASSERT_EQ(::rot::test::error_of(expression), "success")
#define EXPECT_SUCCESS(expression) EXPECT_EQ(::rot::test::error_of(expression), "success")
#define EXPECT_ERROR(expression, code) EXPECT_EQ(::rot::test::error_of(expression), code)

}  // namespace rot::test
