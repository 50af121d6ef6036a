#include "tests/user_errors/expectations.h"

#include <pty.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace test {

namespace fs = std::filesystem;

testing::AssertionResult refused(const CommandResult& result, int exit_code, const std::string& code,
                                 const std::vector<std::string>& parts) {
  const std::string said = "\nstderr: " + result.err + "\nstdout: " + result.out;
  if (result.exit_code != exit_code) {
    return testing::AssertionFailure() << "exit code " << result.exit_code << " (signal " << result.signal
                                       << "), expected " << exit_code << said;
  }
  if (result.err.find("[" + code + "]") == std::string::npos) {
    return testing::AssertionFailure() << "the message does not name " << code << said;
  }
  for (const std::string& part : parts) {
    if (result.err.find(part) == std::string::npos) {
      return testing::AssertionFailure() << "the message does not say `" << part << "`" << said;
    }
  }
  return testing::AssertionSuccess();
}

Files files_below(const fs::path& directory) {
  Files files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    std::ostringstream contents;
    contents << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    files[fs::relative(entry.path(), directory).string()] = contents.str();
  }
  return files;
}

StandsStill::StandsStill(FactoryFloor& floor, const UnitProcess* unit)
    : floor_(floor), unit_(unit), registry_(floor.sql(".dump")) {
  if (unit_ != nullptr) storage_ = files_below(unit_->directory() / "storage");
}

testing::AssertionResult StandsStill::holds() const {
  const std::string now = floor_.sql(".dump");
  if (now != registry_) {
    std::istringstream lines(now);
    std::string line;
    std::string news;
    while (std::getline(lines, line)) {
      if (registry_.find(line) == std::string::npos) news += line + "\n";
    }
    return testing::AssertionFailure() << "the registry changed; new rows:\n" << news;
  }
  if (unit_ == nullptr) return testing::AssertionSuccess();
  return same_files(storage_, files_below(unit_->directory() / "storage"));
}

testing::AssertionResult same_files(const Files& before, const Files& now) {
  for (const auto& [name, contents] : now) {
    const auto old = before.find(name);
    if (old == before.end()) return testing::AssertionFailure() << "a new file: " << name;
    if (old->second != contents) return testing::AssertionFailure() << "another content: " << name;
  }
  if (now.size() != before.size()) return testing::AssertionFailure() << "a file is gone";
  return testing::AssertionSuccess();
}

std::unique_ptr<UnitProcess> answering_unit(FactoryFloor& floor, const std::string& batch) {
  auto unit = floor.new_unit({}, batch);
  unit->power_on();
  wait_for_answer(floor, *unit);
  return unit;
}

void wait_for_answer(FactoryFloor& floor, const UnitProcess& unit) {
  // The agent opens its port before its storage, so that no byte of the host's is lost.
  const auto info = floor.tool({"device", "info", "--port", unit.port()});
  if (info.exit_code != 0) throw std::runtime_error("the unit does not answer: " + info.err + unit.log());
}

void settle(FactoryFloor& floor, const std::string& order) {
  const SilentPort nobody;
  const auto result = floor.tool({"--yes", "inject", "--order", order, "--port", nobody.path(), "--execute",
                                  "--reply-limit", "10", "--retries", "1"});
  if (result.exit_code != kLinkFailed) throw std::runtime_error("a silent port was not noticed: " + result.err);
}

SilentPort::SilentPort() {
  char name[128];
  if (openpty(&master_, &slave_, name, nullptr, nullptr) != 0) throw std::runtime_error("openpty");
  path_ = name;
}

SilentPort::~SilentPort() {
  close(slave_);
  close(master_);
}

fs::path copy_home(FactoryFloor& floor, const std::string& name) {
  const fs::path copy = floor.directory() / name;
  fs::copy(floor.home(), copy, fs::copy_options::recursive);
  fs::permissions(copy, fs::perms::owner_all);
  return copy;
}

CommandResult inject_with(FactoryFloor& floor, const fs::path& home, const std::string& port,
                          const std::vector<std::string>& more) {
  std::vector<std::string> command = {
      floor.programs().tool, "--home", home.string(), "--yes", "inject", "--order", "o1", "--port", port, "--execute"};
  command.insert(command.end(), more.begin(), more.end());
  return run(command, {.limit = std::chrono::seconds(90)});
}

}  // namespace test
