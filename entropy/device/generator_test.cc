#include "entropy/device/generator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <random>
#include <set>
#include <vector>

namespace entropy {
namespace {

using base::ErrorCode;
using base::fail;
using Bytes = std::vector<uint8_t>;
using Seed = std::array<uint8_t, kSeedSize>;

// Storage that outlives a power cut, and a power switch with a counter in front of it.
class MemoryStore final : public SeedStore {
 public:
  std::optional<Seed> seed;
  uint64_t boots = 0;
  int stores = 0;
  ErrorCode store_error = ErrorCode::kOk;
  ErrorCode load_error = ErrorCode::kOk;
  ErrorCode count_error = ErrorCode::kOk;
  // The power goes at the n-th event (0: never); each write has three: before it, inside it, behind it.
  int cut_at = 0;
  bool torn_is_new = false;  // what a write that was cut inside leaves
  bool dead = false;
  bool counter_stands = false;  // the counter always says 1

  Status load(std::span<uint8_t, kSeedSize> out) override {
    if (dead) return fail(ErrorCode::kFlashPowerLost);
    if (load_error != ErrorCode::kOk) return fail(load_error);
    if (!seed) return fail(ErrorCode::kItemNotFound);
    base::copy(out, *seed);
    return {};
  }
  Status store(std::span<const uint8_t, kSeedSize> next) override {
    if (!dead && store_error != ErrorCode::kOk) return fail(store_error);
    ++stores;
    return write([&] {
      seed.emplace();
      base::copy(*seed, next);
    });
  }
  base::Result<uint64_t> next_boot_count() override {
    if (!dead && count_error != ErrorCode::kOk) return fail(count_error);
    const uint64_t next = counter_stands ? 1 : boots + 1;
    BASE_TRY(write([&] { boots = next; }));
    return next;
  }

 private:
  bool cut() {
    if (cut_at > 0 && --cut_at == 0) dead = true;
    return dead;
  }
  template <typename Change>
  Status write(Change change) {
    if (dead || cut()) return fail(ErrorCode::kFlashPowerLost);
    if (cut()) {
      if (torn_is_new) change();
      return fail(ErrorCode::kFlashPowerLost);
    }
    change();
    if (cut()) return fail(ErrorCode::kFlashPowerLost);
    return {};
  }
};

class CountingTrng final : public Trng {
 public:
  int reads = 0;
  bool broken = false;
  Status read(MutableBytes out) override {
    if (broken) return fail(ErrorCode::kTrngFailed);
    ++reads;
    for (auto& byte : out) byte = static_cast<uint8_t>(reads);
    return {};
  }
};

class FixedNoise final : public NoiseSource {
 public:
  Bytes value;
  size_t claim = 0;  // what collect() says, 0: the truth
  size_t collect(MutableBytes out) override {
    const size_t size = std::min(out.size(), value.size());
    base::copy(out, ByteView(value).first(size));
    return claim != 0 ? claim : size;
  }
};

const Seed kSeedA = [] {
  Seed seed;
  for (size_t i = 0; i < seed.size(); ++i) seed[i] = static_cast<uint8_t>(i);
  return seed;
}();
const Bytes kChip = {1, 2, 3, 4};

Bytes draw(Generator& generator, size_t size = 32) {
  Bytes out(size);
  EXPECT_TRUE(generator.generate(out));
  return out;
}

TEST(Generator, RefusesEveryDrawWithoutSeedAndTrng) {
  MemoryStore store;
  Generator generator;
  Bytes out(32, 0xAA);
  EXPECT_EQ(generator.generate(out).error(), ErrorCode::kUnseeded);
  EXPECT_EQ(out, Bytes(32));  // nothing of the caller's buffer can pass for random
  generator.attach(store, kChip, nullptr, nullptr);
  EXPECT_EQ(generator.start().error(), ErrorCode::kUnseeded);
  EXPECT_EQ(generator.generate(out).error(), ErrorCode::kUnseeded);
  EXPECT_EQ(generator.commit_seed().error(), ErrorCode::kUnseeded);
  EXPECT_EQ(store.boots, 0U);  // nothing was changed
  EXPECT_FALSE(store.seed);
}

TEST(Generator, NoiseAloneIsNoSeed) {
  MemoryStore store;
  FixedNoise noise;
  noise.value = Bytes(64, 7);
  Generator generator;
  generator.attach(store, kChip, nullptr, &noise);
  EXPECT_EQ(generator.start().error(), ErrorCode::kUnseeded);
  EXPECT_FALSE(generator.ready());
}

TEST(Generator, StoresTheSuccessorBeforeTheFirstByte) {
  MemoryStore store;
  store.seed = kSeedA;
  Generator generator;
  generator.attach(store, kChip, nullptr, nullptr);
  ASSERT_TRUE(generator.start());
  EXPECT_EQ(store.stores, 1);
  EXPECT_EQ(store.boots, 1U);
  EXPECT_EQ(generator.boot_count(), 1U);
  ASSERT_NE(*store.seed, kSeedA);
  const Bytes out = draw(generator, kSeedSize);
  EXPECT_NE(Bytes(store.seed->begin(), store.seed->end()), out);
}

TEST(Generator, StaysUnusableWhenTheSuccessorCannotBeStored) {
  MemoryStore store;
  store.seed = kSeedA;
  Generator generator;
  generator.attach(store, kChip, nullptr, nullptr);
  Bytes out(16);
  store.store_error = ErrorCode::kFlashProgram;
  EXPECT_EQ(generator.start().error(), ErrorCode::kSeedStore);
  EXPECT_EQ(generator.generate(out).error(), ErrorCode::kUnseeded);
  store.store_error = ErrorCode::kNoRootKey;  // excused for a TRNG without stored seed only
  EXPECT_EQ(generator.start().error(), ErrorCode::kSeedStore);
  store.store_error = ErrorCode::kOk;
  store.count_error = ErrorCode::kStoreFull;
  EXPECT_EQ(generator.start().error(), ErrorCode::kSeedStore);
  EXPECT_EQ(generator.generate(out).error(), ErrorCode::kUnseeded);
  store.count_error = ErrorCode::kOk;
  store.load_error = ErrorCode::kStoreCorrupt;
  EXPECT_EQ(generator.start().error(), ErrorCode::kStoreCorrupt);
  store.load_error = ErrorCode::kOk;
  EXPECT_TRUE(generator.start());
}

// The same seed in the store of two chips, as after copying a flash image.
TEST(Generator, ChipIdKeepsUnitsApart) {
  MemoryStore a;
  MemoryStore b;
  a.seed = b.seed = kSeedA;
  const Bytes other = {1, 2, 3, 5};
  Generator on_a;
  Generator on_b;
  on_a.attach(a, kChip, nullptr, nullptr);
  on_b.attach(b, other, nullptr, nullptr);
  ASSERT_TRUE(on_a.start());
  ASSERT_TRUE(on_b.start());
  EXPECT_NE(draw(on_a), draw(on_b));
  EXPECT_NE(a.seed, b.seed);
}

// The same seed on the same chip again, as after a rollback that left the counter.
TEST(Generator, BootCounterKeepsBootsApart) {
  MemoryStore store;
  store.seed = kSeedA;
  Generator generator;
  generator.attach(store, kChip, nullptr, nullptr);
  ASSERT_TRUE(generator.start());
  const Bytes first = draw(generator);
  store.seed = kSeedA;
  ASSERT_TRUE(generator.start());
  EXPECT_NE(draw(generator), first);
}

TEST(Generator, NoiseIsMixedIn) {
  Bytes out[2];
  for (size_t i = 0; i < 2; ++i) {
    MemoryStore store;
    store.seed = kSeedA;
    FixedNoise noise;
    noise.value = Bytes(8, static_cast<uint8_t>(i));
    noise.claim = i == 1 ? 1000 : 0;  // a liar must not make anything overflow
    Generator generator;
    generator.attach(store, kChip, nullptr, &noise);
    ASSERT_TRUE(generator.start());
    out[i] = draw(generator);
  }
  EXPECT_NE(out[0], out[1]);
}

TEST(Generator, IsDeterministicWithoutNoise) {  // so that the tests above test what they say
  Bytes out[2];
  for (auto& bytes : out) {
    MemoryStore store;
    store.seed = kSeedA;
    Generator generator;
    generator.attach(store, kChip, nullptr, nullptr);
    ASSERT_TRUE(generator.start());
    bytes = draw(generator);
  }
  EXPECT_EQ(out[0], out[1]);
}

// The same stored seed and counter, as after flash was put back: what is stirred in tells the outputs apart.
TEST(Generator, StirringSeparatesOutputsOfOneState) {
  const auto output_after = [](ByteView first, ByteView second) {
    MemoryStore store;
    store.seed = kSeedA;
    Generator generator;
    generator.attach(store, kChip, nullptr, nullptr);
    EXPECT_TRUE(generator.start());
    generator.stir(first);
    generator.stir(second);
    EXPECT_TRUE(generator.ready());
    return draw(generator);
  };
  const Bytes a(1000, 1);
  Bytes b = a;
  b.back() = 2;  // beyond the first additional input
  EXPECT_EQ(output_after(a, b), output_after(a, b));
  EXPECT_NE(output_after(a, {}), output_after(b, {}));
  EXPECT_NE(output_after(a, b), output_after(b, a));
  EXPECT_NE(output_after({}, {}), output_after(a, {}));
  Generator unseeded;
  unseeded.stir(a);
  EXPECT_FALSE(unseeded.ready());
}

TEST(Generator, InjectionSeedsABlankUnitAndSurvivesARestart) {
  MemoryStore store;
  Generator generator;
  generator.attach(store, kChip, nullptr, nullptr);
  ASSERT_EQ(generator.start().error(), ErrorCode::kUnseeded);
  EXPECT_EQ(generator.inject(ByteView(kSeedA).first(47)).error(), ErrorCode::kSeedLength);
  EXPECT_FALSE(generator.ready());
  ASSERT_TRUE(generator.inject(kSeedA));
  EXPECT_FALSE(store.seed);  // there is no key to store it with yet
  const Bytes root_key_shares = draw(generator, Generator::kUncommittedLimit);
  ASSERT_TRUE(generator.commit_seed());
  ASSERT_TRUE(store.seed);
  const Bytes before = draw(generator);
  generator.stop();
  EXPECT_FALSE(generator.ready());
  ASSERT_TRUE(generator.start());
  EXPECT_NE(draw(generator), before);
}

TEST(Generator, HandsOutOnlyTheRootKeyBeforeTheSeedIsStored) {
  MemoryStore store;
  Generator generator;
  generator.attach(store, kChip, nullptr, nullptr);
  ASSERT_TRUE(generator.inject(kSeedA));
  Bytes out(Generator::kUncommittedLimit + 1);
  EXPECT_EQ(generator.generate(out).error(), ErrorCode::kSeedStore);
  out.resize(Generator::kUncommittedLimit);
  EXPECT_TRUE(generator.generate(out));
  out.resize(1);
  EXPECT_EQ(generator.generate(out).error(), ErrorCode::kSeedStore);
  store.store_error = ErrorCode::kFlashProgram;
  EXPECT_EQ(generator.commit_seed().error(), ErrorCode::kSeedStore);
  EXPECT_EQ(generator.generate(out).error(), ErrorCode::kSeedStore);
  store.store_error = ErrorCode::kOk;
  EXPECT_TRUE(generator.commit_seed());
  EXPECT_TRUE(generator.generate(out));
}

// A tool that sends the same seed twice, with a power cut of the unit between.
TEST(Generator, TheSameInjectionTwiceGivesOtherBytes) {
  MemoryStore store;
  Bytes out[2];
  for (auto& bytes : out) {
    Generator generator;
    generator.attach(store, kChip, nullptr, nullptr);
    ASSERT_TRUE(generator.inject(kSeedA));
    bytes = draw(generator);
  }
  EXPECT_NE(out[0], out[1]);
}

TEST(Generator, InjectionAddsToWhatIsThere) {
  // The same injected seed over different stored ones: running, and after a failed start.
  for (const bool running : {true, false}) {
    Bytes out[2];
    for (size_t i = 0; i < 2; ++i) {
      MemoryStore store;
      store.seed = Seed{};
      store.seed->fill(static_cast<uint8_t>(i));
      Generator generator;
      generator.attach(store, kChip, nullptr, nullptr);
      if (running) {
        ASSERT_TRUE(generator.start());
      }
      ASSERT_TRUE(generator.inject(kSeedA));
      out[i] = draw(generator);
      EXPECT_TRUE(generator.commit_seed());
    }
    EXPECT_NE(out[0], out[1]);
  }
}

TEST(Generator, StartsFromATrngAndStoresASeed) {
  MemoryStore store;
  CountingTrng trng;
  Generator generator;
  generator.attach(store, kChip, &trng, nullptr);
  ASSERT_TRUE(generator.start());
  EXPECT_EQ(trng.reads, 1);
  EXPECT_TRUE(store.seed);
  draw(generator);
  trng.broken = true;
  EXPECT_EQ(generator.start().error(), ErrorCode::kTrngFailed);
  EXPECT_FALSE(generator.ready());
}

TEST(Generator, ATrngServesAChipWhoseStoreHasNoKeyYet) {
  MemoryStore store;
  store.store_error = ErrorCode::kNoRootKey;
  CountingTrng trng;
  Generator generator;
  generator.attach(store, kChip, &trng, nullptr);
  ASSERT_TRUE(generator.start());
  draw(generator, 200);
  EXPECT_EQ(generator.commit_seed().error(), ErrorCode::kSeedStore);
  store.store_error = ErrorCode::kOk;
  EXPECT_TRUE(generator.commit_seed());
  EXPECT_TRUE(store.seed);
}

TEST(Generator, ReseedsFromTheTrngInTime) {
  MemoryStore store;
  CountingTrng trng;
  Generator generator({.trng_reseed_interval = 4, .max_requests = 6});
  generator.attach(store, kChip, &trng, nullptr);
  ASSERT_TRUE(generator.start());  // one request: the successor
  for (int i = 0; i < 3; ++i) draw(generator);
  EXPECT_EQ(trng.reads, 1);
  draw(generator);
  EXPECT_EQ(trng.reads, 2);
  draw(generator, 5 * CtrDrbg::kMaxRequest);  // reseeds inside one draw
  EXPECT_EQ(trng.reads, 3);
  for (int i = 0; i < 2; ++i) draw(generator);
  trng.broken = true;
  Bytes out(8, 0xAA);
  EXPECT_EQ(generator.generate(out).error(), ErrorCode::kTrngFailed);
  EXPECT_EQ(out, Bytes(8));
  trng.broken = false;
  EXPECT_TRUE(generator.generate(out));
}

TEST(Generator, WithoutTrngTheRequestLimitHoldsUntilARestart) {
  MemoryStore store;
  store.seed = kSeedA;
  Generator generator({.trng_reseed_interval = 2, .max_requests = 4});
  generator.attach(store, kChip, nullptr, nullptr);
  ASSERT_TRUE(generator.start());
  for (int i = 0; i < 3; ++i) draw(generator);
  Bytes out(8);
  EXPECT_EQ(generator.generate(out).error(), ErrorCode::kReseedRequired);
  ASSERT_TRUE(generator.start());
  EXPECT_TRUE(generator.generate(out));
  // Fresh entropy from the factory lifts it, too.
  for (int i = 0; i < 2; ++i) draw(generator);
  ASSERT_EQ(generator.generate(out).error(), ErrorCode::kReseedRequired);
  ASSERT_TRUE(generator.inject(kSeedA));
  EXPECT_TRUE(generator.generate(out));
}

TEST(Generator, LargeDrawsAreSplit) {
  MemoryStore store;
  store.seed = kSeedA;
  Generator generator;
  generator.attach(store, kChip, nullptr, nullptr);
  ASSERT_TRUE(generator.start());
  const Bytes out = draw(generator, 10'000);
  std::set<Bytes> blocks;
  for (size_t i = 0; i + 16 <= out.size(); i += 16) {
    blocks.emplace(out.begin() + static_cast<ptrdiff_t>(i), out.begin() + static_cast<ptrdiff_t>(i + 16));
  }
  EXPECT_EQ(blocks.size(), out.size() / 16);
}

// Invariant 6 on a store that is cut before, inside and behind every write, with torn writes that leave the
// old or the new value. tests/boots does the same on the real store.
void boot_ten_thousand_times(bool counter_stands) {
  const char* given = std::getenv("FACTORY_LINE_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 0) : std::random_device{}();
  std::printf("FACTORY_LINE_SEED=%llu\n", static_cast<unsigned long long>(seed));
  std::mt19937_64 random(seed);
  MemoryStore store;
  store.counter_stands = counter_stands;
  if (counter_stands) store.seed = kSeedA;
  std::set<Bytes> outputs;
  int with_output = 0;
  int unusable = 0;
  for (int boot = 0; boot < 10'000; ++boot) {
    store.dead = false;
    store.torn_is_new = random() % 2 == 0;
    store.cut_at = random() % 3 == 0 ? 0 : static_cast<int>(1 + random() % 8);
    Generator generator;
    generator.attach(store, kChip, nullptr, nullptr);
    auto started = generator.start();
    if (!started && started.error() == ErrorCode::kUnseeded) started = generator.inject(kSeedA);  // ever the same seed
    Bytes out(16);
    if (!generator.generate(out)) {
      EXPECT_FALSE(started);
      ++unusable;
      continue;
    }
    ++with_output;
    ASSERT_TRUE(outputs.insert(out).second) << "boot " << boot;
    if (!store.seed) (void)generator.commit_seed();
  }
  std::printf("10000 boots: %d with output, %d cut before it\n", with_output, unusable);
  EXPECT_GT(with_output, 2000);
  EXPECT_GT(unusable, 2000);
  EXPECT_EQ(outputs.size(), static_cast<size_t>(with_output));
}

TEST(Generator, NoTwoBootsShareOutputUnderPowerCuts) { boot_ten_thousand_times(false); }

// Without the counter's help: the order of the writes alone keeps the boots of a seeded unit apart.
TEST(Generator, TheSeedAloneKeepsBootsApart) { boot_ten_thousand_times(true); }

}  // namespace
}  // namespace entropy
