// A registry that cannot be written, opened or believed: the tool says so, stops before the unit, and goes on later.
#include <sqlite3.h>
#include <unistd.h>

#include <fstream>

#include "tests/user_errors/expectations.h"

namespace test {
namespace {

namespace fs = std::filesystem;

class RegistryErrors : public testing::Test {
 protected:
  RegistryErrors() {
    settle(floor_);
    unit_ = answering_unit(floor_);
  }
  CommandResult inject(const std::string& order, const std::vector<std::string>& before = {}) {
    std::vector<std::string> command = before;
    const auto tool = floor_.tool_command({"--yes", "inject", "--order", order, "--port", unit_->port(), "--execute"});
    command.insert(command.end(), tool.begin(), tool.end());
    return run(command, {.limit = std::chrono::seconds(90)});
  }
  // Where no file may grow beyond so many blocks of 512 bytes: a disk that is full, as far as the tool can tell.
  CommandResult inject_with_room_for(int blocks, const std::string& order) {
    return inject(order, {"sh", "-c", "ulimit -f " + std::to_string(blocks) + " && exec \"$@\"", "sh"});
  }

  FactoryFloor floor_{3};
  std::unique_ptr<UnitProcess> unit_;
};

TEST_F(RegistryErrors, NoRoomAtAll) {
  const StandsStill still(floor_, unit_.get());
  EXPECT_TRUE(refused(inject_with_room_for(0, "o1"), kRegistry, "kRegistryFull", {"registry.db", "room"}));
  EXPECT_TRUE(still.holds());
  EXPECT_EQ(floor_.inject(unit_->port()).exit_code, 0);
  EXPECT_EQ(floor_.state_of(unit_->chip_id()), "provisioned");
}

TEST_F(RegistryErrors, NoRoomInTheMiddle) {
  // Whatever the step where the room ends: the tool says so, and a normal run finishes the same unit.
  int stopped_under_way = 0;
  for (int blocks = 64; blocks <= 512; blocks += 64) {
    unit_ = answering_unit(floor_);
    const std::string order = "n" + std::to_string(blocks);
    const auto made = floor_.tool({"order", "create", order, "--batch", "b1", "--profile", "lwm2m", "--quantity", "1"});
    ASSERT_EQ(made.exit_code, 0) << made.err;
    const auto first = inject_with_room_for(blocks, order);
    if (first.exit_code != 0) {
      EXPECT_TRUE(refused(first, kRegistry, "kRegistryFull", {"room"})) << blocks;
      const auto state = floor_.state_of(unit_->chip_id());
      if (state && *state != "provisioned") ++stopped_under_way;
    }
    const auto second = inject(order);
    EXPECT_EQ(second.exit_code, 0) << second.err;
    EXPECT_EQ(floor_.state_of(unit_->chip_id()), "provisioned");
  }
  EXPECT_GT(stopped_under_way, 0) << "no limit of this test ends the room in the middle of a unit: choose others";
  EXPECT_EQ(floor_.tool({"audit", "verify"}).exit_code, 0);
  // One identity each.
  EXPECT_EQ(floor_.sql("SELECT count(*) FROM certificates WHERE certificate IS NOT NULL"),
            floor_.sql("SELECT count(*) FROM units WHERE state = 'provisioned'"));
}

TEST_F(RegistryErrors, HeldByAnotherProgram) {
  const StandsStill still(floor_, unit_.get());
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open((floor_.home() / "registry.db").c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr), SQLITE_OK);
  const auto result = floor_.inject(unit_->port());
  EXPECT_TRUE(refused(result, kRegistry, "kRegistryBusy", {"registry.db", "nother"}));
  // Who only reads is not held up.
  EXPECT_EQ(floor_.tool({"unit", "list"}).exit_code, 0);
  sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr);
  sqlite3_close(other);
  EXPECT_TRUE(still.holds());
  EXPECT_EQ(floor_.inject(unit_->port()).exit_code, 0);
}

TEST_F(RegistryErrors, NotADatabase) {
  const fs::path file = floor_.home() / "registry.db";
  fs::rename(file, floor_.directory() / "kept.db");
  const Files before = files_below(unit_->directory() / "storage");
  const std::string text = "# not a registry\n" + std::string(8192, '.');
  std::ofstream(file) << text;
  EXPECT_TRUE(refused(floor_.inject(unit_->port()), kRegistry, "kRegistryCorrupt",
                      {file.string(), "not a database", "restore the last backup"}));
  EXPECT_TRUE(refused(floor_.tool({"unit", "list"}), kRegistry, "kRegistryCorrupt", {file.string(), "not a database"}));
  EXPECT_EQ(files_below(floor_.home())["registry.db"], text);

  fs::remove(file);
  EXPECT_TRUE(refused(floor_.inject(unit_->port()), kRegistry, "kRegistryOpen", {file.string()}));
  EXPECT_FALSE(fs::exists(file)) << "an empty registry in the place of a lost one would give identities twice";
  EXPECT_TRUE(same_files(before, files_below(unit_->directory() / "storage")));

  fs::rename(floor_.directory() / "kept.db", file);
  EXPECT_EQ(floor_.inject(unit_->port()).exit_code, 0);
}

TEST_F(RegistryErrors, OfANewerTool) {
  ASSERT_EQ(run({"sqlite3", (floor_.home() / "registry.db").string(), "PRAGMA user_version = 9999"}).exit_code, 0);
  const StandsStill still(floor_, unit_.get());
  EXPECT_TRUE(refused(floor_.inject(unit_->port()), kRegistry, "kRegistrySchema", {"registry.db", "newer"}));
  EXPECT_TRUE(still.holds());
}

TEST_F(RegistryErrors, ReadOnly) {
  if (geteuid() == 0) GTEST_SKIP() << "file modes do not hold root";
  const StandsStill still(floor_, unit_.get());
  fs::permissions(floor_.home() / "registry.db", fs::perms::owner_read);
  EXPECT_TRUE(refused(floor_.inject(unit_->port()), kRegistry, "kRegistryOpen", {"registry.db"}));
  EXPECT_TRUE(still.holds());
}

TEST_F(RegistryErrors, NamesThatAreTakenOrMissing) {
  const StandsStill still(floor_, unit_.get());
  EXPECT_TRUE(refused(floor_.tool({"batch", "create", "b1"}), kRegistry, "kRegistryExists", {"b1"}));
  EXPECT_TRUE(refused(floor_.tool({"batch", "create", "a/b"}), kUsage, "kUsage", {"`a/b`", "Use 1 to 64"}));
  const std::vector<std::string> order = {"--batch", "b1", "--profile", "lwm2m", "--quantity", "1"};
  const auto create = [&](const std::string& name, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"order", "create", name});
    return floor_.tool(arguments);
  };
  EXPECT_TRUE(refused(create("o1", order), kRegistry, "kRegistryExists", {"o1"}));
  auto overlapping = order;
  overlapping.insert(overlapping.end(), {"--serial-prefix", "o1-"});
  EXPECT_TRUE(refused(create("o9", overlapping), kRegistry, "kRegistryConstraint", {"overlap"}));
  EXPECT_TRUE(refused(create("o9", {"--batch", "nope", "--profile", "lwm2m", "--quantity", "1"}), kRegistry,
                      "kRegistryNotFound", {"nope"}));
  EXPECT_TRUE(refused(floor_.tool({"unit", "show", "X-1"}), kRegistry, "kRegistryNotFound", {"X-1"}));
  EXPECT_TRUE(refused(floor_.tool({"unit", "show", "o1-000001", "--certificate"}), kRegistry, "kRegistryState",
                      {"o1-000001", "no certificate yet", "reserved"}));
  EXPECT_TRUE(refused(floor_.tool({"--yes", "unit", "revoke", "o1-000001", "--reason", "x"}), kRegistry,
                      "kRegistryState", {"o1-000001"}));
  EXPECT_TRUE(refused(floor_.tool({"inject", "--order", "nope", "--port", unit_->port()}), kRegistry,
                      "kRegistryNotFound", {"nope"}));
  EXPECT_TRUE(still.holds());
}

}  // namespace
}  // namespace test
