// Kills the tool, or the agent, with SIGKILL at a random instant of an injection, then injects once more: every
// unit ends provisioned or recorded as failed, and the invariants hold by SQL and by asking the devices.
//
// FACTORY_LINE_KILLS=N kills of each kind (200 by default); FACTORY_LINE_SEED replays the instants.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <random>
#include <thread>

#include "tests/support/factory_floor.h"
#include "tests/support/seed.h"

namespace test {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// Invariant 1, asked without the constraints that hold it: each counts what is on two units or twice.
constexpr const char* kDuplicateQueries[] = {
    "SELECT count(*) FROM (SELECT 1 FROM units WHERE chip_id IS NOT NULL GROUP BY chip_id HAVING count(*) > 1)",
    "SELECT count(*) FROM (SELECT 1 FROM units GROUP BY serial HAVING count(*) > 1)",
    "SELECT count(*) FROM (SELECT 1 FROM keys GROUP BY public_key HAVING count(DISTINCT unit) > 1)",
    "SELECT count(*) FROM (SELECT 1 FROM certificates GROUP BY issuer_key_id, serial_number HAVING count(*) > 1)",
    "SELECT count(*) FROM (SELECT 1 FROM certificates GROUP BY unit HAVING count(certificate) > 1)",
    "SELECT count(*) FROM (SELECT 1 FROM seed_commitments GROUP BY commitment HAVING count(DISTINCT unit) > 1)",
    // Invariant 7: nothing is provisioned without the receipt that was verified.
    "SELECT count(*) FROM units WHERE state IN ('provisioned', 'activated') AND receipt IS NULL",
};

enum class Victim { kTool, kAgent };

int kills_wanted() {
  const char* text = std::getenv("FACTORY_LINE_KILLS");
  return text != nullptr ? std::max(1, std::atoi(text)) : 200;
}

struct Tally {
  std::mutex mutex;
  int killed_under_way = 0;  // the victim was still at work
  int finished_before = 0;
  int provisioned = 0;
  int failed = 0;
  std::vector<std::string> wrong;
};

// The state that a unit must be in when all is done, or what is wrong with it.
std::string judge(FactoryFloor& floor, UnitProcess& unit, const CommandResult& last) {
  const auto state = floor.state_of(unit.chip_id());
  if (!state) return unit.chip_id() + ": not in the registry after the last injection: " + last.err;
  if (*state == "failed") return {};
  if (*state != "provisioned") return unit.chip_id() + ": left in state " + *state + ": " + last.err;
  if (last.exit_code != 0)
    return unit.chip_id() + ": provisioned, but the tool said " + std::to_string(last.exit_code) + ": " + last.err;
  // Invariant 7, from the device's side: it attests with the key that the registry holds.
  const auto verified = floor.tool({"verify", "--port", unit.port()});
  if (verified.exit_code != 0) return unit.chip_id() + ": the device does not verify: " + verified.err;
  return {};
}

void one_kill(FactoryFloor& floor, UnitProcess& unit, Victim victim, microseconds instant, Tally& tally) {
  unit.power_on();
  Child tool(floor.inject_command(unit.port()), (unit.directory() / "tool.log").string());
  std::this_thread::sleep_for(instant);
  const bool under_way = tool.running();
  if (victim == Victim::kTool) {
    tool.send(SIGKILL);
  } else {
    unit.power_off();
    unit.power_on();
  }
  // After the agent's death the tool ends by itself, with success or with an error.
  tool.wait(milliseconds(60000));
  const auto last = floor.inject(unit.port());
  const std::string complaint = judge(floor, unit, last);
  const auto state = floor.state_of(unit.chip_id());
  unit.power_off();

  const std::scoped_lock lock(tally.mutex);
  ++(under_way ? tally.killed_under_way : tally.finished_before);
  if (state == "provisioned") ++tally.provisioned;
  if (state == "failed") ++tally.failed;
  if (!complaint.empty()) tally.wrong.push_back(complaint);
}

// How long an undisturbed injection takes here, so that the instants spread over all of it.
microseconds typical_time(FactoryFloor& floor) {
  microseconds longest{0};
  for (int i = 0; i < 3; ++i) {
    auto unit = floor.new_unit();
    unit->power_on();
    const auto start = Clock::now();
    const auto result = floor.inject(unit->port());
    EXPECT_EQ(result.exit_code, 0) << result.err;
    longest = std::max(longest, duration_cast<microseconds>(Clock::now() - start));
  }
  return longest;
}

void campaign(Victim victim, const char* name) {
  const int kills = kills_wanted();
  std::mt19937_64 random(announce_seed(name));
  FactoryFloor floor(kills + 10);
  const microseconds typical = typical_time(floor);

  std::vector<microseconds> instants;
  std::vector<std::unique_ptr<UnitProcess>> units;
  for (int i = 0; i < kills; ++i) {
    instants.emplace_back(random() % static_cast<uint64_t>(typical.count()));
    units.push_back(floor.new_unit());
  }
  Tally tally;
  std::atomic<int> next{0};
  const auto start = Clock::now();
  const auto work = [&] {
    for (int i = next++; i < kills; i = next++) {
      const auto at = static_cast<size_t>(i);
      one_kill(floor, *units[at], victim, instants[at], tally);
    }
  };
  {
    std::jthread other(work);
    work();
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  std::printf(
      "%s: %d kills in %.1f s (an injection takes %.0f ms here), %d of them under way; %d provisioned, %d failed\n",
      name, kills, seconds, static_cast<double>(typical.count()) / 1000.0, tally.killed_under_way, tally.provisioned,
      tally.failed);
  for (const std::string& complaint : tally.wrong) ADD_FAILURE() << complaint;

  // Invariant 1, over everything that was ever recorded.
  for (const char* duplicate : kDuplicateQueries) EXPECT_EQ(floor.sql(duplicate), "0") << duplicate;
  const auto audit = floor.tool({"audit", "verify"});
  EXPECT_EQ(audit.exit_code, 0) << audit.err;
}

TEST(Kills, ToolAtARandomInstant) { campaign(Victim::kTool, "kill the tool"); }

TEST(Kills, AgentAtARandomInstant) { campaign(Victim::kAgent, "kill the agent"); }

}  // namespace
}  // namespace test
