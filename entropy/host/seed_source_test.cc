#include "entropy/host/seed_source.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "entropy/host/raw_source.h"

namespace entropy {
namespace {

using base::ErrorCode;
using base::MutableBytes;
using Bytes = std::vector<uint8_t>;

// A source whose bytes come from a function of their position.
class ScriptedSource final : public RawSource {
 public:
  explicit ScriptedSource(std::function<uint8_t(size_t)> byte_at) : byte_at_(std::move(byte_at)) {}
  base::Outcome<void> read(MutableBytes out) override {
    for (auto& byte : out) {
      if (position_ == fails_at) return base::failure(ErrorCode::kSeedSource, "the source failed", name());
      byte = byte_at_(position_++);
    }
    return {};
  }
  std::string name() const override { return "scripted"; }
  size_t fails_at = SIZE_MAX;

 private:
  std::function<uint8_t(size_t)> byte_at_;
  size_t position_ = 0;
};

std::unique_ptr<ScriptedSource> good_source(uint64_t seed = 1) {
  auto random = std::make_shared<std::mt19937_64>(seed);
  return std::make_unique<ScriptedSource>([random](size_t) { return static_cast<uint8_t>((*random)() >> 32); });
}

ErrorCode first_error(std::unique_ptr<RawSource> raw, double min_entropy, bool combine, int fills) {
  auto source = SeedSource::open(std::move(raw), min_entropy, combine);
  if (!source) return source.error().code;
  Bytes seed(48);
  for (int i = 0; i < fills; ++i) {
    if (auto filled = (*source)->fill(seed); !filled) {
      EXPECT_EQ(seed, Bytes(48));                                          // nothing half made
      EXPECT_EQ((*source)->fill(seed).error().code, filled.error().code);  // and it stays stopped
      EXPECT_EQ((*source)->generate(seed).error(), filled.error().code);
      return filled.error().code;
    }
  }
  return ErrorCode::kOk;
}

TEST(SeedSource, TheKernelGivesDistinctSeeds) {
  auto source = SeedSource::open();
  ASSERT_TRUE(source) << source.error().to_string();
  std::set<Bytes> seeds;
  for (int i = 0; i < 1000; ++i) {
    Bytes seed(48);
    ASSERT_TRUE((*source)->fill(seed));
    EXPECT_TRUE(seeds.insert(seed).second);
  }
}

TEST(SeedSource, ADeviceIsCombinedWithTheKernel) {
  Bytes seeds[2] = {Bytes(48), Bytes(48)};
  Bytes plain[2] = {Bytes(48), Bytes(48)};
  for (size_t i = 0; i < 2; ++i) {
    auto combined = SeedSource::open(good_source(), 4, true);
    ASSERT_TRUE(combined && (*combined)->fill(seeds[i]));
    auto alone = SeedSource::open(good_source(), 4, false);
    ASSERT_TRUE(alone && (*alone)->fill(plain[i]));
  }
  EXPECT_EQ(plain[0], plain[1]);  // the same scripted bytes
  EXPECT_NE(seeds[0], seeds[1]);  // a device that an attacker knows is not enough
}

TEST(SeedSource, RealDevices) {
  SeedSourceOptions options;
  options.device = "/dev/urandom";
  options.min_entropy = 8;
  auto source = SeedSource::open(options);
  ASSERT_TRUE(source) << source.error().to_string();
  Bytes seed(48);
  EXPECT_TRUE((*source)->fill(seed));
  options.device = "/dev/zero";
  EXPECT_EQ(SeedSource::open(options).error().code, ErrorCode::kHealthRepetition);
  options.device = "/dev/null";  // ends at once
  EXPECT_EQ(SeedSource::open(options).error().code, ErrorCode::kSeedSource);
  options.device = "/dev/does-not-exist";
  EXPECT_EQ(SeedSource::open(options).error().code, ErrorCode::kSeedSource);
}

TEST(SeedSource, AFileIsNoSource) {
  char path[] = "seed-source-test-XXXXXX";
  const int fd = ::mkstemp(path);
  ASSERT_GE(fd, 0);
  ::close(fd);
  {
    std::ofstream file(path, std::ios::binary);
    std::mt19937 random(1);
    for (int i = 0; i < 100'000; ++i) file.put(static_cast<char>(random()));
  }
  SeedSourceOptions options;
  options.device = path;
  const auto source = SeedSource::open(options);
  ::unlink(path);
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::kSeedSource);
  EXPECT_NE(source.error().to_string().find("no character device"), std::string::npos);
}

TEST(SeedSource, RefusesAClaimOutOfRange) {
  for (const double claim : {0.0, -1.0, 0.01, 8.5}) {
    EXPECT_EQ(first_error(good_source(), claim, false, 1), ErrorCode::kConfiguration) << claim;
  }
}

TEST(SeedSource, StuckFromTheStart) {
  EXPECT_EQ(first_error(std::make_unique<ScriptedSource>([](size_t) { return uint8_t{0x42}; }), 8, false, 1),
            ErrorCode::kHealthRepetition);
  // The least claim that is allowed: the start-up test still sees it.
  EXPECT_EQ(first_error(std::make_unique<ScriptedSource>([](size_t) { return uint8_t{0x42}; }), 0.0625, false, 1),
            ErrorCode::kHealthRepetition);
}

TEST(SeedSource, GetsStuckLater) {
  auto random = std::make_shared<std::mt19937_64>(5);
  auto raw = std::make_unique<ScriptedSource>(
      [random](size_t at) { return at < 5000 ? static_cast<uint8_t>((*random)()) : uint8_t{0}; });
  EXPECT_EQ(first_error(std::move(raw), 8, true, 1000), ErrorCode::kHealthRepetition);
}

TEST(SeedSource, BiasedFromTheStartAndLater) {
  for (const size_t from : {size_t{0}, size_t{5000}}) {
    auto random = std::make_shared<std::mt19937_64>(6);
    auto raw = std::make_unique<ScriptedSource>([random, from](size_t at) {
      // Never the same byte twice in a row, so that only the proportion shows it.
      if (at >= from && at % 2 == 0) return uint8_t{0x80};
      return static_cast<uint8_t>((*random)() & 0x7F);
    });
    EXPECT_EQ(first_error(std::move(raw), 8, false, 1000), ErrorCode::kHealthProportion) << from;
  }
}

// Period 7,000: healthy to both tests, and the same seeds again after a while.
TEST(SeedSource, ARepeatingSourceIsSeenBehindTheKernelToo) {
  for (const bool combine : {false, true}) {
    Bytes period(40 * 175);  // a multiple of what a block takes at 8 bits
    std::mt19937_64 random(7);
    for (auto& byte : period) byte = static_cast<uint8_t>(random() >> 20);
    auto raw = std::make_unique<ScriptedSource>([period](size_t at) { return period[at % period.size()]; });
    EXPECT_EQ(first_error(std::move(raw), 8, combine, 1000), ErrorCode::kSeedRepeated);
  }
}

TEST(SeedSource, AFailingSourceStopsForGood) {
  auto raw = good_source();
  raw->fails_at = 3000;
  EXPECT_EQ(first_error(std::move(raw), 8, true, 1000), ErrorCode::kSeedSource);
  raw = good_source();
  raw->fails_at = 100;  // in the start-up test
  EXPECT_EQ(first_error(std::move(raw), 8, true, 1000), ErrorCode::kSeedSource);
}

TEST(SeedSource, OutputsOfAnyLength) {
  auto source = SeedSource::open(good_source(9), 8, false);
  ASSERT_TRUE(source);
  Bytes out(1000);
  EXPECT_TRUE((*source)->fill(MutableBytes(out).first(0)));
  for (const size_t size : {size_t{1}, size_t{31}, size_t{32}, size_t{33}, size_t{1000}}) {
    std::fill(out.begin(), out.end(), uint8_t{0});
    ASSERT_TRUE((*source)->fill(MutableBytes(out).first(size)));
    EXPECT_EQ(std::count(out.begin() + static_cast<ptrdiff_t>(size), out.end(), 0),
              static_cast<ptrdiff_t>(out.size() - size));
  }
}

// A pseudo-terminal is a character device whose timing the test controls.
class Terminal {
 public:
  Terminal() {
    master_ = ::posix_openpt(O_RDWR | O_NOCTTY);
    EXPECT_GE(master_, 0);
    EXPECT_EQ(::grantpt(master_), 0);
    EXPECT_EQ(::unlockpt(master_), 0);
    path_ = ::ptsname(master_);
    keep_ = ::open(path_.c_str(), O_RDWR | O_NOCTTY);
    termios raw{};
    ::tcgetattr(keep_, &raw);
    ::cfmakeraw(&raw);
    ::tcsetattr(keep_, TCSANOW, &raw);
  }
  ~Terminal() {
    ::close(keep_);
    ::close(master_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  const std::string& path() const { return path_; }
  int master() const { return master_; }

 private:
  int master_ = -1;
  int keep_ = -1;
  std::string path_;
};

TEST(SeedSource, ADeviceThatGivesNothingRunsIntoTheLimit) {
  const Terminal terminal;
  SeedSourceOptions options;
  options.device = terminal.path();
  options.time_limit = std::chrono::milliseconds(50);
  const auto source = SeedSource::open(options);
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::kTimeout) << source.error().to_string();
}

TEST(SeedSource, ShortReadsArePutTogether) {
  const Terminal terminal;
  std::thread writer([&] {
    std::mt19937_64 random(11);
    // Start-up samples and one seed of two blocks, in pieces of 1 to 61 bytes.
    for (size_t left = SeedSource::kStartUpSamples + 2 * 40; left > 0;) {
      uint8_t piece[61];
      const size_t size = std::min<size_t>(left, 1 + random() % sizeof piece);
      for (auto& byte : piece) byte = static_cast<uint8_t>(random() >> 16);
      ASSERT_EQ(::write(terminal.master(), piece, size), static_cast<ssize_t>(size));
      left -= size;
    }
  });
  SeedSourceOptions options;
  options.device = terminal.path();
  options.min_entropy = 8;
  auto source = SeedSource::open(options);
  Bytes seed(48);
  base::Outcome<void> filled;
  if (source) filled = (*source)->fill(seed);
  writer.join();
  ASSERT_TRUE(source) << source.error().to_string();
  EXPECT_TRUE(filled) << filled.error().to_string();
}

TEST(SeedSource, SeveralThreadsShareOne) {
  auto source = SeedSource::open();
  ASSERT_TRUE(source);
  std::vector<std::thread> threads;
  std::vector<std::vector<Bytes>> made(4);
  for (auto& mine : made) {
    threads.emplace_back([&source, &mine] {
      for (int i = 0; i < 100; ++i) {
        Bytes seed(48);
        EXPECT_TRUE((*source)->fill(seed));
        mine.push_back(seed);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<Bytes> all;
  for (const auto& mine : made) all.insert(mine.begin(), mine.end());
  EXPECT_EQ(all.size(), 400U);
}

}  // namespace
}  // namespace entropy
