// The registry under kills, races, a full disk and a lock that another process holds. Every fault comes from a seed.
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <map>
#include <set>
#include <thread>

#include "db/src/registry_test_support.h"

namespace db::test {
namespace {

// What a child reports once a call returned: from then on it must be on record.
struct Acknowledged {
  int64_t unit;
  int32_t state;
  int32_t padding;
};

// Runs `work` in a child of its own, which must not come back from it.
template <typename Work>
pid_t in_child(Work work) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    ::_exit(0);
  }
  EXPECT_GT(child, 0);
  return child;
}

int wait_for(pid_t child) {
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

// One life after the other, with failures, burnt seeds and repeats, until killed.
[[noreturn]] void live(const std::filesystem::path& file, uint64_t seed, int acknowledge) {
  Values values(seed);
  auto registry = Registry::open(file, Registry::Mode::kReadWrite, 20000);
  if (!registry) ::_exit(3);
  std::vector<Bytes> chips;
  const auto report = [&](const Unit& unit, UnitState state) {
    const Acknowledged done{unit.id, static_cast<int32_t>(state), 0};
    if (::write(acknowledge, &done, sizeof done) != sizeof done) ::_exit(4);
  };
  for (;;) {
    const auto reserved = registry->reserve_unit("order-1", values.array<16>());
    if (!reserved) ::_exit(5);
    report(*reserved, UnitState::kReserved);
    if (chips.empty() || values.below(4) != 0) chips.push_back(values.bytes(12));
    const auto contact = registry->contact(*reserved, chips[values.below(chips.size())], "board", "1", "port");
    if (!contact) ::_exit(6);
    report(contact->unit, UnitState::kContacted);
    if (contact->unit.state > UnitState::kCommitted) continue;
    for (int next = static_cast<int>(contact->unit.state) + 1; next <= static_cast<int>(UnitState::kActivated);
         ++next) {
      const auto to = values.below(12) == 0 && next <= static_cast<int>(UnitState::kCommitted)
                          ? UnitState::kFailed
                          : static_cast<UnitState>(next);
      if (!step(*registry, contact->unit, to, values)) ::_exit(7);
      report(contact->unit, to);
      if (to == UnitState::kFailed) break;
    }
    if (values.below(3) != 0 && !registry->finish_attempt(contact->attempt, "", "", "[]")) ::_exit(8);
  }
}

TEST(RegistryFaults, KilledAtAnyInstant) {
  constexpr int kKills = 120;
  TemporaryFolder folder;
  make_registry(folder.registry(), 900000);
  Values random(seed());
  int64_t acknowledged = 0;
  int working = 0;
  for (int round = 0; round < kKills; ++round) {
    int pipe_ends[2];
    ASSERT_EQ(::pipe2(pipe_ends, O_CLOEXEC), 0);
    const uint64_t child_seed = seed() + 1000 + static_cast<uint64_t>(round);
    const pid_t child = in_child([&] {
      ::close(pipe_ends[0]);
      live(folder.registry(), child_seed, pipe_ends[1]);
    });
    ::close(pipe_ends[1]);
    // Counted from its first sign of life, or (one in four) from its start, so that opening is hit as well.
    if (random.below(4) != 0) {
      pollfd ready{pipe_ends[0], POLLIN, 0};
      ::poll(&ready, 1, 10000);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(25000)));
    ::kill(child, SIGKILL);
    const int status = wait_for(child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "round " << round << ": the child ended by itself with " << WEXITSTATUS(status);

    std::map<int64_t, UnitState> last;
    Acknowledged done{};
    while (::read(pipe_ends[0], &done, sizeof done) == sizeof done) {
      last[done.unit] = static_cast<UnitState>(done.state);
      ++acknowledged;
    }
    ::close(pipe_ends[0]);
    working += last.empty() ? 0 : 1;

    auto registry = Registry::open(folder.registry(), Registry::Mode::kReadWrite);
    ASSERT_OK(registry);
    ASSERT_OK(registry->verify()) << "round " << round;
    UnitFilter filter;
    filter.limit = 1000000;
    const auto units = registry->units(filter);
    ASSERT_OK(units);
    for (const Unit& unit : *units) {
      const auto promised = last.find(unit.id);
      if (promised == last.end()) continue;
      // What was acknowledged is there; at most the next step is there without its acknowledgement.
      EXPECT_TRUE(unit.state >= promised->second) << unit.serial << " is " << state_name(unit.state) << " after "
                                                  << state_name(promised->second) << ", round " << round;
      last.erase(promised);
    }
    EXPECT_TRUE(last.empty()) << "an acknowledged unit is gone, round " << round;
  }
  std::printf("%d kills, %d in the middle of work, %lld acknowledged steps\n", kKills, working,
              static_cast<long long>(acknowledged));
  EXPECT_GT(working, kKills / 2);
}

TEST(RegistryFaults, KilledWhileItIsCreated) {
  Values random(seed());
  int made = 0;
  for (int round = 0; round < 40; ++round) {
    TemporaryFolder folder;
    const pid_t child = in_child([&] {
      (void)Registry::open(folder.registry(), Registry::Mode::kCreate);
      ::_exit(0);
    });
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(60000)));
    ::kill(child, SIGKILL);
    (void)wait_for(child);
    // Either there is none and it can be made, or it is whole.
    auto registry = Registry::open(folder.registry(), Registry::Mode::kReadWrite);
    if (registry) {
      ++made;
    } else {
      ASSERT_FALSE(std::filesystem::exists(folder.registry())) << explain(registry);
      registry = Registry::open(folder.registry(), Registry::Mode::kCreate);
    }
    ASSERT_OK(registry);
    EXPECT_OK(registry->verify());
  }
  std::printf("%d of 40 registries were complete when their maker was killed\n", made);
}

// Two processes take units of one order. Chips come from `first_chip` on.
void take_units(const std::filesystem::path& file, int count, uint32_t first_chip) {
  auto registry = Registry::open(file, Registry::Mode::kReadWrite, 60000);
  if (!registry) ::_exit(3);
  Values values(seed() + first_chip + static_cast<uint64_t>(::getpid()));
  for (int i = 0; i < count; ++i) {
    const auto reserved = registry->reserve_unit("order-1", values.array<16>());
    if (!reserved) ::_exit(4);
    Bytes chip(4);
    base::store_be(chip.data(), first_chip + static_cast<uint32_t>(i));
    const auto contact = registry->contact(*reserved, chip, "board", "1", "port");
    if (!contact) ::_exit(5);
    if (contact->unit.chip_id != chip) ::_exit(6);
  }
}

TEST(RegistryFaults, TwoProcessesRaceForUnits) {
  TemporaryFolder folder;
  Registry registry = make_registry(folder.registry(), 400);
  const pid_t first = in_child([&] { take_units(folder.registry(), 200, 0); });
  const pid_t second = in_child([&] { take_units(folder.registry(), 200, 1000); });
  EXPECT_EQ(wait_for(first), 0);
  EXPECT_EQ(wait_for(second), 0);
  const auto units = registry.units({});
  ASSERT_OK(units);
  std::set<Bytes> chips;
  std::set<ByteArray<16>> transactions;
  for (const Unit& unit : *units) {
    EXPECT_EQ(unit.state, UnitState::kContacted);
    chips.insert(unit.chip_id.value_or(Bytes()));
    transactions.insert(unit.transaction);
  }
  // Not one serial more than there are chips: the order is used up to the last.
  EXPECT_EQ(units->size(), 400u);
  EXPECT_EQ(chips.size(), 400u);
  EXPECT_EQ(transactions.size(), 400u);
  EXPECT_EQ(registry.order_counts("order-1")->used, 400);
  EXPECT_OK(registry.verify());
}

TEST(RegistryFaults, TwoProcessesMeetTheSameChips) {
  TemporaryFolder folder;
  Registry registry = make_registry(folder.registry(), 400);
  const pid_t first = in_child([&] { take_units(folder.registry(), 60, 0); });
  const pid_t second = in_child([&] { take_units(folder.registry(), 60, 0); });
  EXPECT_EQ(wait_for(first), 0);
  EXPECT_EQ(wait_for(second), 0);
  const auto counts = registry.order_counts("order-1");
  ASSERT_OK(counts);
  EXPECT_EQ(counts->used, 60);
  const auto units = registry.units({.order = "order-1", .state = UnitState::kContacted});
  ASSERT_OK(units);
  for (const Unit& unit : *units) EXPECT_EQ(unit.attempts, 2) << unit.serial;
  EXPECT_OK(registry.verify());
}

TEST(RegistryFaults, OneRegistryServesManyThreads) {
  TemporaryFolder folder;
  Registry registry = make_registry(folder.registry(), 100);
  std::vector<std::thread> threads;
  for (uint64_t number = 0; number < 4; ++number) {
    threads.emplace_back([&registry, number] {
      Values values(seed() + number);
      for (int i = 0; i < 10; ++i) unit_in(registry, UnitState::kSeeded, values);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(registry.order_counts("order-1")->by_state[static_cast<int>(UnitState::kSeeded)], 40);
  EXPECT_OK(registry.verify());
}

void limit_file_size(uint64_t bytes) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(20);
  limit.rlim_cur = bytes;
  if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(21);
}

// The room ends at a point that moves by a few hundred bytes each time, through the pages of a transaction.
TEST(RegistryFaults, AFullDiskChangesNothing) {
  Values random(seed());
  for (int round = 0; round < 30; ++round) {
    TemporaryFolder folder;
    make_registry(folder.registry());
    const uint64_t size = std::filesystem::file_size(folder.registry());
    const uint64_t room = round % 3 == 0 ? size + random.below(60000) : size / 8 + random.below(size);
    const pid_t child = in_child([&] {
      std::signal(SIGXFSZ, SIG_IGN);
      auto registry = Registry::open(folder.registry(), Registry::Mode::kReadWrite);
      if (!registry) ::_exit(3);
      Values values(seed() + static_cast<uint64_t>(round));
      limit_file_size(room);
      const auto work = [&]() -> Outcome<void> {
        BASE_ASSIGN(const Unit reserved, registry->reserve_unit("order-1", values.array<16>()));
        BASE_ASSIGN(const auto contact, registry->contact(reserved, values.array<12>(), "b", "1", "p"));
        for (const UnitState to :
             {UnitState::kSeeded, UnitState::kKeyed, UnitState::kCertified, UnitState::kCommitted}) {
          BASE_TRY(step(*registry, contact.unit, to, values));
        }
        return registry->finish_attempt(contact.attempt, "", "", "");
      };
      Outcome<void> outcome;
      for (int i = 0; outcome && i < 100; ++i) outcome = work();
      if (outcome) ::_exit(4);
      if (outcome.error().code != base::ErrorCode::kRegistryFull || outcome.error().next.empty()) {
        std::fprintf(stderr, "%s\n", outcome.error().to_string().c_str());
        ::_exit(5);
      }
      // Somebody made room: the same handle goes on, and nothing is half done.
      limit_file_size(RLIM_INFINITY);
      if (const auto intact = registry->verify(); !intact) {
        std::fprintf(stderr, "%s\n", intact.error().to_string().c_str());
        ::_exit(6);
      }
      if (!work()) ::_exit(7);
    });
    EXPECT_EQ(wait_for(child), 0) << "round " << round << ", room for " << room << " bytes";
    auto registry = Registry::open(folder.registry(), Registry::Mode::kReadWrite);
    ASSERT_OK(registry);
    EXPECT_OK(registry->verify());
  }
}

TEST(RegistryFaults, ARegistryThatAnotherProcessHolds) {
  TemporaryFolder folder;
  make_registry(folder.registry());
  int locked[2];
  int release[2];
  ASSERT_EQ(::pipe2(locked, O_CLOEXEC), 0);
  ASSERT_EQ(::pipe2(release, O_CLOEXEC), 0);
  const pid_t holder = in_child([&] {
    ::close(release[1]);
    RawDatabase raw(folder.registry());
    if (!raw.run("BEGIN IMMEDIATE").empty()) ::_exit(3);
    char byte = 0;
    if (::write(locked[1], &byte, 1) != 1) ::_exit(4);
    (void)!::read(release[0], &byte, 1);  // until the parent closes its end
    raw.run("ROLLBACK");
  });
  char byte = 0;
  ASSERT_EQ(::read(locked[0], &byte, 1), 1);
  auto registry = Registry::open(folder.registry(), Registry::Mode::kReadWrite, 30);
  ASSERT_OK(registry);
  Values values(seed());
  const auto refused = registry->reserve_unit("order-1", values.array<16>());
  EXPECT_FAILS(refused, kRegistryBusy);
  EXPECT_FALSE(refused.error().next.empty());
  EXPECT_OK(registry->order("order-1"));  // reading goes on
  ::close(release[1]);
  EXPECT_EQ(wait_for(holder), 0);
  EXPECT_OK(registry->reserve_unit("order-1", values.array<16>()));
  for (const int end : {locked[0], locked[1], release[0]}) ::close(end);
}

}  // namespace
}  // namespace db::test
