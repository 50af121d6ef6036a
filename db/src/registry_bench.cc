// registry_bench [UNITS] [DIRECTORY]: how many lives of units, and transactions, the registry takes in a second.
// Prints figures; passes and fails nothing.
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "db/src/registry_test_support.h"

int main(int argc, char** argv) {
  using namespace db;
  using Clock = std::chrono::steady_clock;
  const int count = argc > 1 ? std::atoi(argv[1]) : 500;
  const std::filesystem::path folder = argc > 2 ? argv[2] : ".";
  const std::filesystem::path file = folder / "registry-bench.db";
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + suffix);
  if (count < 1) return 2;
  {
    Registry registry = test::make_registry(file, count);
    test::Values values(1);
    const auto start = Clock::now();
    for (int i = 0; i < count; ++i) {
      const auto contact = test::contacted_unit(registry, values);
      for (int next = static_cast<int>(UnitState::kSeeded); next <= static_cast<int>(UnitState::kActivated); ++next) {
        if (!test::step(registry, contact.unit, static_cast<UnitState>(next), values)) return 1;
      }
      if (!registry.finish_attempt(contact.attempt, "", "", "[]")) return 1;
    }
    const std::chrono::duration<double> written = Clock::now() - start;
    constexpr int kTransactions = 10;  // of one life, each synced to the disk
    const auto before_verify = Clock::now();
    if (!registry.verify()) return 1;
    const std::chrono::duration<double> verified = Clock::now() - before_verify;
    std::printf("%d units in %.2f s: %.0f units/s, %.0f transactions/s; %.0f bytes a unit; verify %.0f units/s\n",
                count, written.count(), count / written.count(), kTransactions * count / written.count(),
                static_cast<double>(std::filesystem::file_size(file)) / count, count / verified.count());
  }
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + suffix);
  return 0;
}
