// Invariant 6: the next seed is on the chip before the first random byte leaves the generator, so no two boots
// and no two units ever share output. 10,000 boots of the generator on the root of trust on the RAM model of a
// chip, with the power cut at random operations: whole, torn inside a word, with bits that read unstably.
// FACTORY_LINE_BOOTS=N for another number, FACTORY_LINE_SEED=N to replay.
#include <gtest/gtest.h>
#include <psa/crypto.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "device/seed_store.h"
#include "rot/port/ram/ram_chip.h"
#include "rot/rot.h"
#include "tests/support/seed.h"

namespace {

using base::ErrorCode;
using base::Status;
using entropy::Generator;
using entropy::kSeedSize;
using Output = std::array<uint8_t, 16>;

struct OutputHash {
  size_t operator()(const Output& output) const { return static_cast<size_t>(base::load_be<uint64_t>(output.data())); }
};

constexpr size_t kUnits = 4;
constexpr uint64_t kSameSeed = 0x5EED;  // what every injection sends

// One chip of the line. Every unit is sent the same seed, again and again: the worst that a tool could do.
struct Unit {
  rot::ram::Chip chip;
  std::array<uint8_t, 12> id{};
  bool seeded = false;  // a boot started from the store
  uint64_t last_count = 0;

  Unit(size_t number, uint64_t seed) : chip({.sector_sizes = {4096, 4096, 4096}, .write_unit = 4}, seed) {
    id.fill(0x11);
    id.back() = static_cast<uint8_t>(number);
  }
};

struct Figures {
  uint64_t boots = 0;
  uint64_t with_output = 0;
  uint64_t cut = 0;     // boots in which the power went
  uint64_t silent = 0;  // boots that handed out nothing
  uint64_t injections = 0;
  size_t draws = 0;
};

class Boots : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(psa_crypto_init(), PSA_SUCCESS); }
  void TearDown() override { entropy::set_psa_random_source(nullptr); }

  // Draws and keeps the first 16 bytes; false when the generator gave nothing.
  bool draw(Generator& generator, size_t size, const std::string& where) {
    std::vector<uint8_t> out(size, 0xEE);
    if (!generator.generate(out)) {
      EXPECT_EQ(out, std::vector<uint8_t>(size)) << where;
      return false;
    }
    keep(out, where);
    return true;
  }
  void keep(std::span<const uint8_t> out, const std::string& where) {
    Output key;
    base::copy(key, out.first(key.size()));
    const auto [place, fresh] = outputs_.emplace(key, where);
    EXPECT_TRUE(fresh) << "the same output in " << where << " and in " << place->second;
    ++figures_.draws;
  }

  // A start of the unit, the injection of the factory where it has no seed, and what a session draws. Anything may
  // end it: that is the power cut.
  void boot(Unit& unit, uint64_t number) {
    const std::string where = "boot " + std::to_string(number) + " of unit " + std::to_string(unit.id.back());
    rot::Rot rot(unit.chip.otp(), unit.chip.flash(), rot::Layout{}, unit.id);
    if (!rot.mount()) {
      EXPECT_TRUE(unit.chip.is_off()) << where << ": the store does not mount";
      return;
    }
    device::RotSeedStore store(rot);
    Generator generator;
    generator.attach(store, unit.id, nullptr, nullptr);  // no noise: the stored state alone must keep boots apart
    const Status started = generator.start();
    if (started) {
      unit.seeded = true;
    } else if (started.error() == ErrorCode::kUnseeded) {
      EXPECT_FALSE(unit.seeded) << where << ": the seed is gone";
      if (!inject(rot, generator, where)) return;
    } else {
      EXPECT_TRUE(unit.chip.is_off()) << where << ": " << base::error_name(started.error());
      std::array<uint8_t, 16> out;
      EXPECT_EQ(generator.generate(out).error(), ErrorCode::kUnseeded) << where;
      return;
    }
    EXPECT_GT(generator.boot_count(), unit.last_count) << where;
    unit.last_count = generator.boot_count();
    for (uint64_t i = 1 + random_() % 3; i > 0; --i) EXPECT_TRUE(draw(generator, 16 + random_() % 64, where));
    ++figures_.with_output;
    // The rest of a session writes, too: a cut there meets a store that is busy with other records.
    (void)rot.put_state_u64(rot::StateId::kTimeFloor, number);
    if (random_() % 16 == 0) (void)generator.commit_seed();
  }

  bool inject(rot::Rot& rot, Generator& generator, const std::string& where) {
    ++figures_.injections;
    std::array<uint8_t, kSeedSize> seed{};
    base::store_be(seed.data(), kSameSeed);
    if (!generator.inject(seed)) return false;
    if (!rot.has_root_key()) {
      base::SecretBytes<Generator::kUncommittedLimit> shares;
      if (!generator.generate(shares.span())) return false;
      keep(shares.view(), where + " (root key)");
      if (!rot.create_root_key(shares.view())) return false;
    }
    return generator.commit_seed().has_value();
  }

  std::mt19937_64 random_;
  std::unordered_map<Output, std::string, OutputHash> outputs_;
  Figures figures_;
};

TEST_F(Boots, NoTwoBootsAndNoTwoUnitsShareOutput) {
  const uint64_t seed = test::announce_seed("boots");
  random_.seed(seed);
  const char* const given = std::getenv("FACTORY_LINE_BOOTS");
  const uint64_t boots = given != nullptr ? std::strtoull(given, nullptr, 0) : 10'000;
  std::vector<std::unique_ptr<Unit>> units;
  for (size_t i = 0; i < kUnits; ++i) units.push_back(std::make_unique<Unit>(i, seed + i));

  for (uint64_t number = 0; number < boots && !HasFailure(); ++number) {
    Unit& unit = *units[random_() % kUnits];
    unit.chip.power_on();
    // Most boots are cut somewhere in what they write, some a good way into a compaction, the rest not at all.
    const uint64_t kind = random_() % 8;
    if (kind < 6) {
      constexpr rot::ram::Cut kCuts[] = {rot::ram::Cut::kWhole, rot::ram::Cut::kTorn, rot::ram::Cut::kUnstable};
      unit.chip.cut_at(random_() % (kind < 5 ? 60 : 400), kCuts[random_() % 3]);
    }
    const size_t before = figures_.draws;
    boot(unit, number);
    ++figures_.boots;
    if (unit.chip.is_off()) ++figures_.cut;
    if (figures_.draws == before) ++figures_.silent;
  }
  uint64_t erases = 0;
  for (const auto& unit : units) erases += unit->chip.counters().sectors_erased;
  std::printf(
      "%llu boots of %zu units, %llu cut; %llu injections of one and the same seed; %llu boots with output, "
      "%llu without; %zu draws, %zu distinct; %llu sectors erased\n",
      static_cast<unsigned long long>(figures_.boots), kUnits, static_cast<unsigned long long>(figures_.cut),
      static_cast<unsigned long long>(figures_.injections), static_cast<unsigned long long>(figures_.with_output),
      static_cast<unsigned long long>(figures_.silent), figures_.draws, outputs_.size(),
      static_cast<unsigned long long>(erases));
  EXPECT_EQ(outputs_.size(), figures_.draws);
  for (const auto& unit : units) EXPECT_TRUE(unit->seeded);
  // The campaign must have met what it is for.
  EXPECT_GT(figures_.cut, boots / 5);
  EXPECT_GT(figures_.with_output, boots / 5);
  EXPECT_GT(figures_.silent, boots / 20);
}

// PSA's random functions draw from the generator, and fail with the standard's own code where there is none.
TEST_F(Boots, PsaDrawsFromTheGenerator) {
  Unit unit(0, 1);
  rot::Rot rot(unit.chip.otp(), unit.chip.flash(), rot::Layout{}, unit.id);
  ASSERT_TRUE(rot.mount());
  device::RotSeedStore store(rot);
  Generator generator;
  generator.attach(store, unit.id, nullptr, nullptr);
  std::array<uint8_t, 32> a{};
  std::array<uint8_t, 32> b{};
  EXPECT_EQ(psa_generate_random(a.data(), a.size()), PSA_ERROR_INSUFFICIENT_ENTROPY);
  entropy::set_psa_random_source(&generator);
  EXPECT_EQ(generator.start().error(), ErrorCode::kUnseeded);
  EXPECT_EQ(psa_generate_random(a.data(), a.size()), PSA_ERROR_INSUFFICIENT_ENTROPY);
  ASSERT_TRUE(inject(rot, generator, "the only boot"));
  EXPECT_EQ(psa_generate_random(a.data(), a.size()), PSA_SUCCESS);
  EXPECT_EQ(psa_generate_random(b.data(), b.size()), PSA_SUCCESS);
  EXPECT_NE(a, b);
}

// What is written a boot, and how long a chip lasts with it.
TEST_F(Boots, WearOfABoot) {
  Unit unit(0, 1);
  boot(unit, 0);  // takes its seed
  const auto before = unit.chip.counters();
  constexpr uint64_t kBoots = 2'000;
  for (uint64_t number = 0; number < kBoots; ++number) {
    rot::Rot rot(unit.chip.otp(), unit.chip.flash(), rot::Layout{}, unit.id);
    ASSERT_TRUE(rot.mount());
    device::RotSeedStore store(rot);
    Generator generator;
    generator.attach(store, unit.id, nullptr, nullptr);
    ASSERT_TRUE(generator.start());
  }
  const auto after = unit.chip.counters();
  const uint64_t erased = after.sectors_erased - before.sectors_erased;
  const double boots_an_erase =
      static_cast<double>(kBoots) / static_cast<double>(erased) * 2;  // of each of two sectors
  const double years_4k = boots_an_erase * 10'000 / (24 * 365.25);
  std::printf(
      "one boot programs %.1f words; a 4 KiB pair of sectors lasts %.0f years at a boot an hour and 10,000 erases, "
      "one of 16 KiB about four times that\n",
      static_cast<double>(after.units_programmed - before.units_programmed) / static_cast<double>(kBoots), years_4k);
  EXPECT_GT(years_4k, 20);
}

}  // namespace
