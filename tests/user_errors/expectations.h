// What every refusal owes its user: the exit code of the contract, a message that says what, where and what to do next,
// and everything as it was before.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/factory_floor.h"

namespace test {

// Exit codes of factory-tool as its documentation gives them; written out here, so that a change of the tool's own
// table is noticed.
inline constexpr int kDone = 0;
inline constexpr int kUnitFailed = 1;
inline constexpr int kUsage = 2;
inline constexpr int kDeviceRefused = 3;
inline constexpr int kLinkFailed = 4;
inline constexpr int kRegistry = 5;
inline constexpr int kSigner = 6;
inline constexpr int kDeclined = 7;

// The command failed with `exit_code`, its last line names the error's `code`, and each of `parts` stands in what it
// said.
[[nodiscard]] testing::AssertionResult refused(const CommandResult& result, int exit_code, const std::string& code,
                                               const std::vector<std::string>& parts);

// Every file below a directory with its contents.
using Files = std::map<std::string, std::string>;
[[nodiscard]] Files files_below(const std::filesystem::path& directory);
// Names the first file that differs.
[[nodiscard]] testing::AssertionResult same_files(const Files& before, const Files& now);
// A new unit of a batch, switched on and answering.
std::unique_ptr<UnitProcess> answering_unit(FactoryFloor& floor, const std::string& batch = "b1");
void wait_for_answer(FactoryFloor& floor, const UnitProcess& unit);

// What is on a unit and in a registry. The tool reserves a serial number before it contacts a device, which is no
// change of anything: `settle` takes that reservation up front, so that from then on the whole registry stands still.
class StandsStill {
 public:
  StandsStill(FactoryFloor& floor, const UnitProcess* unit);
  // Every row of the registry, and every byte of the unit's storage, is what it was.
  [[nodiscard]] testing::AssertionResult holds() const;

 private:
  FactoryFloor& floor_;
  const UnitProcess* unit_;
  std::string registry_;
  Files storage_;
};

// Reserves the next serial number of the order by an injection that reaches nobody.
void settle(FactoryFloor& floor, const std::string& order = "o1");

// A pseudo-terminal with nobody behind it.
class SilentPort {
 public:
  SilentPort();
  ~SilentPort();
  SilentPort(const SilentPort&) = delete;
  SilentPort& operator=(const SilentPort&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  int master_ = -1;
  int slave_ = -1;
  std::string path_;
};

// A copy of a floor's home under another name, as a second station would have it.
std::filesystem::path copy_home(FactoryFloor& floor, const std::string& name);
// inject --order o1 --execute with another home.
CommandResult inject_with(FactoryFloor& floor, const std::filesystem::path& home, const std::string& port,
                          const std::vector<std::string>& more = {});

}  // namespace test
