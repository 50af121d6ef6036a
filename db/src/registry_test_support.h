// Common ground of the registry's tests: a registry in a folder of its own, fresh values, and the steps of a life.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <random>

#include "db/src/registry.h"
#include "db/src/unit_state.h"

namespace db::test {

// From FACTORY_LINE_SEED, or random; printed once.
uint64_t seed();

// A folder that goes away with the test.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] std::filesystem::path registry() const { return path_ / "registry.db"; }

 private:
  std::filesystem::path path_;
};

// Values that never repeat within a process.
class Values {
 public:
  explicit Values(uint64_t seed) : random_(seed) {}
  template <size_t N>
  ByteArray<N> array() {
    ByteArray<N> out{};
    for (auto& byte : out) byte = static_cast<uint8_t>(random_());
    return out;
  }
  Bytes bytes(size_t size) {
    Bytes out(size);
    for (auto& byte : out) byte = static_cast<uint8_t>(random_());
    return out;
  }
  uint64_t below(uint64_t limit) { return random_() % limit; }

 private:
  std::mt19937_64 random_;
};

Order sample_order(const std::string& name = "order-1", const std::string& prefix = "AB-", int64_t quantity = 100);
// A registry with one batch and `sample_order()`.
Registry make_registry(const std::filesystem::path& file, int64_t quantity = 100);

// The raw handle of another program.
class RawDatabase {
 public:
  explicit RawDatabase(const std::filesystem::path& file) {
    EXPECT_EQ(sqlite3_open(file.c_str(), &handle_), SQLITE_OK);
  }
  ~RawDatabase() { sqlite3_close(handle_); }
  RawDatabase(const RawDatabase&) = delete;
  RawDatabase& operator=(const RawDatabase&) = delete;
  // Empty: it worked. Otherwise the message.
  std::string run(const std::string& sql);
  int64_t integer(const std::string& sql);

 private:
  sqlite3* handle_ = nullptr;
};

// A new unit of order-1, bound to a new chip.
Registry::Contact contacted_unit(Registry& registry, Values& values);
// Takes the unit one step to `to` with fresh values. `to` is not kReserved or kContacted.
Outcome<void> step(Registry& registry, const Unit& unit, UnitState to, Values& values);
// A new unit in `state`; failed, scrapped and revoked ones were certified before.
Unit unit_in(Registry& registry, UnitState state, Values& values);

template <typename T>
std::string explain(const Outcome<T>& outcome) {
  return outcome ? "success" : outcome.error().to_string();
}

template <typename T>
::testing::AssertionResult succeeds(const Outcome<T>& outcome) {
  if (outcome) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << explain(outcome);
}

// A failure must have this code and say what and where.
template <typename T>
::testing::AssertionResult fails_with(const Outcome<T>& outcome, base::ErrorCode code) {
  if (!outcome && outcome.error().code == code && !outcome.error().what.empty() && !outcome.error().where.empty()) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure() << explain(outcome) << " instead of " << base::error_name(code);
}

}  // namespace db::test

#define EXPECT_OK(...) EXPECT_TRUE(db::test::succeeds(__VA_ARGS__))
#define ASSERT_OK(...) ASSERT_TRUE(db::test::succeeds(__VA_ARGS__))
#define EXPECT_FAILS(expression, code) EXPECT_TRUE(db::test::fails_with(expression, base::ErrorCode::code))
