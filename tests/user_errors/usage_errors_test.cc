// The command line and the home: unknown commands, a home that is missing, taken or open to others, a word that is
// not typed, the dry run, and output for programs.
#include <fstream>

#include "tests/user_errors/expectations.h"
#include "tests/user_errors/terminal.h"

namespace test {
namespace {

namespace fs = std::filesystem;

// Whether SQLite's parser takes it for JSON.
bool is_json(const std::string& text) {
  std::string quoted;
  for (const char c : text) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return run({"sqlite3", ":memory:", "SELECT json_valid('" + quoted + "')"}).out == "1\n";
}

TEST(UsageErrors, UnknownCommandsAndArguments) {
  const std::string tool = built_programs().tool;
  const auto says = [&](const std::vector<std::string>& arguments, const std::vector<std::string>& parts) {
    std::vector<std::string> command = {tool};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const auto result = run(command);
    EXPECT_EQ(result.exit_code, kUsage) << result.err;
    EXPECT_EQ(result.out, "");
    for (const std::string& part : parts)
      EXPECT_NE(result.err.find(part), std::string::npos) << part << ": " << result.err;
  };
  says({}, {"ubcommand", "--help"});
  says({"frobnicate"}, {"frobnicate", "--help"});
  says({"unit", "frobnicate"}, {"frobnicate", "--help"});
  says({"unit"}, {"ubcommand", "--help"});
  says({"inject", "--port", "p"}, {"--order", "--help"});
  says({"inject", "--order", "o", "--port", "p", "--frob"}, {"--frob", "--help"});
  says({"inject", "--order", "o", "--port", "p", "--execute", "--dry-run"}, {"--dry-run", "--execute"});
  says({"order", "create", "o", "--batch", "b", "--profile", "p", "--quantity", "0"}, {"--quantity"});
  says({"order", "create", "o", "--batch", "b", "--profile", "p", "--quantity", "many"}, {"--quantity"});
}

TEST(UsageErrors, Homes) {
  const TempDir temp;
  const std::string tool = built_programs().tool;
  const std::string home = (temp / "home").string();
  for (const std::vector<std::string>& command : {std::vector<std::string>{"unit", "list"},
                                                  {"batch", "create", "b"},
                                                  {"inject", "--order", "o", "--port", "p"},
                                                  {"serve"}}) {
    std::vector<std::string> all = {tool, "--home", home};
    all.insert(all.end(), command.begin(), command.end());
    EXPECT_TRUE(refused(run(all), kUsage, "kHomeMissing", {home, "init", "--home"}));
  }
  EXPECT_FALSE(fs::exists(home));

  EXPECT_TRUE(refused(run({tool, "--home", home, "init", "--check-in-uri", "http://clear"}), kUsage, "kUriNotTls",
                      {"http://clear", "https://"}));
  EXPECT_TRUE(
      refused(run({tool, "--home", home, "init", "--station", "a b"}), kUsage, "kUsage", {"`a b`", "Use 1 to 64"}));
  EXPECT_FALSE(fs::exists(home));
  ASSERT_EQ(run({tool, "--home", home, "init"}).exit_code, 0);
  const Files before = files_below(home);
  EXPECT_TRUE(refused(run({tool, "--home", home, "init"}), kUsage, "kConfiguration", {home, "never overwritten"}));
  EXPECT_TRUE(same_files(before, files_below(home)));
  EXPECT_EQ(std::distance(fs::directory_iterator(temp.path()), fs::directory_iterator()), 1)
      << "a draft was left behind";

  fs::permissions(home, fs::perms::owner_all | fs::perms::others_read | fs::perms::others_exec);
  EXPECT_TRUE(refused(run({tool, "--home", home, "unit", "list"}), kUsage, "kConfiguration", {home, "chmod 700"}));
  fs::permissions(home, fs::perms::owner_all);

  std::ofstream(fs::path(home) / "home.toml", std::ios::app) << "check-in-url = \"https://x\"\n";
  EXPECT_TRUE(
      refused(run({tool, "--home", home, "unit", "list"}), kUsage, "kConfiguration", {"home.toml:4", "check-in-url"}));
}

class Confirmation : public testing::Test {
 protected:
  Confirmation() {
    settle(floor_);
    unit_ = answering_unit(floor_);
  }
  std::vector<std::string> asking() const {
    return floor_.tool_command({"inject", "--order", "o1", "--port", unit_->port(), "--execute"});
  }

  FactoryFloor floor_{3};
  std::unique_ptr<UnitProcess> unit_;
};

TEST_F(Confirmation, AnotherWordDeclines) {
  const StandsStill still(floor_, unit_.get());
  for (const char* typed : {"yes\n", "Lock\n", "\n", "\x04"}) {
    const auto result = run_on_terminal(asking(), "Type `lock`", typed);
    EXPECT_EQ(result.exit_code, kDeclined) << result.shown;
    EXPECT_NE(result.shown.find("[kDeclined]"), std::string::npos) << result.shown;
    EXPECT_NE(result.shown.find("nothing was changed"), std::string::npos) << result.shown;
  }
  EXPECT_TRUE(still.holds());
  const auto accepted = run_on_terminal(asking(), "Type `lock`", "lock\n");
  EXPECT_EQ(accepted.exit_code, 0) << accepted.shown;
  EXPECT_EQ(floor_.state_of(unit_->chip_id()), "provisioned");
}

// A word of its own, which --yes answers only together with --execute. The Linux unit then refuses the level, before
// anything on it changes.
TEST_F(Confirmation, ReadProtectionLevel2AsksForItsOwnWord) {
  std::ifstream shipped(floor_.home() / "profiles/lwm2m.toml");
  std::string text((std::istreambuf_iterator<char>(shipped)), {});
  ASSERT_NE(text.find("production = false"), std::string::npos);
  text.replace(text.find("production = false"), 18, "production = true ");
  const fs::path file = floor_.directory() / "closed.toml";
  std::ofstream(file) << text << "\n[lock]\nread-protection = 2\n";
  ASSERT_EQ(
      floor_
          .tool({"order", "create", "--name", "closed", "--batch", "b1", "--profile", file.string(), "--quantity", "2"})
          .exit_code,
      0);
  settle(floor_, "closed");
  const auto shown = floor_.tool({"profile", "check", "--explain", file.string()});
  EXPECT_NE(shown.out.find("read protection level 2"), std::string::npos) << shown.out << shown.err;

  const StandsStill still(floor_, unit_.get());
  const std::vector<std::string> inject{"inject", "--order", "closed", "--port", unit_->port()};
  for (const char* typed : {"lock\n", "yes\n", "2\n"}) {
    const auto result = run_on_terminal(floor_.tool_command(inject), "Type `level-2`", typed);
    EXPECT_EQ(result.exit_code, kDeclined) << result.shown;
    EXPECT_NE(result.shown.find("read protection level 2"), std::string::npos) << result.shown;
  }
  std::vector<std::string> unattended = inject;
  unattended.insert(unattended.begin(), "--yes");
  EXPECT_TRUE(refused(floor_.tool(unattended), kUsage, "kUsage", {"level 2", "--execute"}));
  unattended.push_back("--execute");
  EXPECT_TRUE(refused(floor_.tool(unattended), kUnitFailed, "kWrongBoard", {"read protection level 2", "linux"}));
  const auto typed = run_on_terminal(floor_.tool_command(inject), "Type `level-2`", "level-2\n");
  EXPECT_NE(typed.shown.find("[kWrongBoard]"), std::string::npos) << typed.shown;
  EXPECT_TRUE(still.holds());
}

TEST_F(Confirmation, NobodyToAsk) {
  const StandsStill still(floor_, unit_.get());
  EXPECT_TRUE(refused(run(asking()), kDeclined, "kDeclined", {"cannot be undone", "no terminal", "--yes"}));
  EXPECT_TRUE(refused(floor_.tool({"unit", "scrap", "o1-000001", "--reason", "x"}), kDeclined, "kDeclined", {"--yes"}));
  EXPECT_TRUE(still.holds());
}

TEST_F(Confirmation, ScrapAndRevokeAskToo) {
  const StandsStill still(floor_, unit_.get());
  const auto result =
      run_on_terminal(floor_.tool_command({"unit", "scrap", "o1-000001", "--reason", "x"}), "Type `scrap`", "lock\n");
  EXPECT_EQ(result.exit_code, kDeclined) << result.shown;
  EXPECT_TRUE(still.holds());
}

TEST_F(Confirmation, ADryRunLocksNothingAndIsFinishedLater) {
  const auto dry = floor_.tool({"inject", "--order", "o1", "--port", unit_->port()});
  ASSERT_EQ(dry.exit_code, 0) << dry.err;
  EXPECT_NE(dry.err.find("dry run"), std::string::npos) << dry.err;
  EXPECT_NE(dry.out.find("run again with --execute"), std::string::npos) << dry.out;
  EXPECT_EQ(floor_.state_of(unit_->chip_id()), "committed");
  const auto info = floor_.tool({"device", "info", "--port", unit_->port()});
  EXPECT_NE(info.out.find("psa-rot-provisioning"), std::string::npos) << info.out;
  const std::string identity =
      "SELECT (SELECT hex(public_key) FROM keys) || (SELECT hex(fingerprint) FROM certificates)";
  const std::string before = floor_.sql(identity);

  // Again, also after the unit was switched off: the same identity, nothing done twice.
  unit_->power_off();
  unit_->power_on();
  EXPECT_EQ(floor_.tool({"inject", "--order", "o1", "--port", unit_->port()}).exit_code, 0);
  EXPECT_EQ(floor_.inject(unit_->port()).exit_code, 0);
  EXPECT_EQ(floor_.state_of(unit_->chip_id()), "provisioned");
  EXPECT_EQ(floor_.sql(identity), before);
}

TEST(Json, EveryLineOnStandardOutputIsAnObject) {
  FactoryFloor floor(3);
  auto unit = floor.new_unit();
  unit->power_on();
  const SilentPort nobody;
  const auto check = [&](const std::vector<std::string>& arguments, int exit_code) {
    std::vector<std::string> command = {"--json", "--yes"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const auto result = floor.tool(command);
    EXPECT_EQ(result.exit_code, exit_code) << arguments[0] << ": " << result.err;
    EXPECT_NE(result.out, "") << arguments[0];
    std::istringstream lines(result.out);
    for (std::string line; std::getline(lines, line);) {
      EXPECT_TRUE(line.starts_with('{') && is_json(line)) << arguments[0] << ": " << line;
    }
    if (exit_code == 0) return;
    EXPECT_NE(result.out.find("\"exit-code\":" + std::to_string(exit_code)), std::string::npos) << result.out;
  };
  check({"batch", "create", "b2"}, kDone);
  check({"batch", "list"}, kDone);
  check({"batch", "show", "b1"}, kDone);
  check({"batch", "image", "b1", "--out", (floor.directory() / "block").string()}, kDone);
  check({"order", "create", "o2", "--batch", "b1", "--profile", "lwm2m", "--quantity", "1"}, kDone);
  check({"order", "list"}, kDone);
  check({"order", "show", "o1"}, kDone);
  check({"ca", "show"}, kDone);
  check({"ca", "create", "x", "--issuer", "dev-root"}, kDone);
  check({"profile", "check", "lwm2m"}, kDone);
  check({"device", "info", "--port", unit->port()}, kDone);
  check({"inject", "--order", "o1", "--port", unit->port(), "--execute"}, kDone);
  check({"verify", "--port", unit->port()}, kDone);
  check({"unit", "list"}, kDone);
  check({"unit", "show", "o1-000001"}, kDone);
  check({"unit", "show", "o1-000001", "--certificate"}, kDone);
  check({"unit", "revoke", "o1-000001", "--reason", "a \"quote\", a \\ and\na line"}, kDone);
  check({"unit", "show", "o1-000001"}, kDone);
  check({"audit", "log"}, kDone);
  check({"audit", "verify"}, kDone);
  check({"unit", "show", "nobody"}, kRegistry);
  check({"inject", "--order", "o1", "--port", nobody.path(), "--execute", "--reply-limit", "10", "--retries", "1"},
        kLinkFailed);
  check({"inject", "--order", "o1", "--port", "/no/port", "--port", unit->port(), "--execute"}, kUnitFailed);
  // A wrong command line too, for the program that called it.
  check({"frobnicate"}, kUsage);
  check({"unit", "list", "--state", "sleepy"}, kUsage);
}

}  // namespace
}  // namespace test
