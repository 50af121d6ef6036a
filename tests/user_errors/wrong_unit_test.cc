// A unit that is not what the station takes it for: wrong station, batch, board, order, home. None of them is touched.
#include <fstream>

#include "tests/user_errors/expectations.h"

namespace test {
namespace {

namespace fs = std::filesystem;

class WrongUnit : public testing::Test {
 protected:
  WrongUnit() { settle(floor_); }

  // Storage and image as on the first day; a chip's true OTP would not forget.
  void flash_anew(UnitProcess& unit) {
    unit.power_off();
    const fs::path storage = unit.directory() / "storage";
    fs::remove_all(storage);
    fs::create_directory(storage);
    fs::permissions(storage, fs::perms::owner_all);
    fs::copy_file(floor_.patched_agent(), unit.directory() / "device-agent", fs::copy_options::overwrite_existing);
    unit.power_on();
    wait_for_answer(floor_, unit);
  }
  // What is on record of a chip that was refused inside the handshake: the contact, which is written before the first
  // byte that could change the unit, and how it ended; nothing that the unit got.
  void expect_contact_only(const UnitProcess& unit, const std::string& home, const std::string& error) {
    const auto ask = [&](const std::string& query) {
      const std::string out = run({"sqlite3", "-readonly", home + "/registry.db", query}).out;
      return out.substr(0, out.find_last_not_of('\n') + 1);
    };
    EXPECT_EQ(ask("SELECT state FROM units WHERE hex(chip_id) = upper('" + unit.chip_id() + "')"), "contacted");
    EXPECT_EQ(ask("SELECT outcome || ' ' || error_name FROM attempts"), "failed " + error);
    EXPECT_EQ(ask("SELECT (SELECT count(*) FROM seed_commitments) + (SELECT count(*) FROM keys) + "
                  "(SELECT count(*) FROM certificates)"),
              "0");
  }

  FactoryFloor floor_{3};
};

TEST_F(WrongUnit, OfAnotherStation) {
  // A station whose key is not in the batch: the home's key was replaced since.
  const fs::path home = copy_home(floor_, "replaced-key");
  const fs::path other = floor_.directory() / "other";
  ASSERT_EQ(run({floor_.programs().tool, "--home", other.string(), "init"}).exit_code, 0);
  for (const char* file : {"station.pem", "station.pub.pem", "passphrase"}) {
    fs::copy_file(other / "keys" / file, home / "keys" / file, fs::copy_options::overwrite_existing);
  }
  fs::remove_all(home / "ca");
  fs::copy(other / "ca", home / "ca", fs::copy_options::recursive);
  auto unit = answering_unit(floor_);
  const Files before = files_below(unit->directory() / "storage");
  const std::string registry = run({"sqlite3", "-readonly", (home / "registry.db").string(), ".dump"}).out;
  const auto result = inject_with(floor_, home, unit->port());
  EXPECT_TRUE(refused(result, kUsage, "kConfiguration", {"this station", "batch `b1`", "station.pem", "batch create"}));
  EXPECT_EQ(run({"sqlite3", "-readonly", (home / "registry.db").string(), ".dump"}).out, registry);
  EXPECT_TRUE(same_files(before, files_below(unit->directory() / "storage")));
}

TEST_F(WrongUnit, WhoseImageDoesNotNameThisStation) {
  // Another factory's registry claims the batch for its own station; the image knows better.
  const fs::path other = floor_.directory() / "other";
  const auto tool = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {floor_.programs().tool, "--home", other.string()});
    return run(arguments);
  };
  ASSERT_EQ(tool({"init"}).exit_code, 0);
  ASSERT_EQ(tool({"batch", "create", "other"}).exit_code, 0);
  const std::string id = floor_.sql("SELECT hex(batch_id) FROM batches WHERE name = 'b1'");
  const auto claimed =
      run({"sqlite3", (other / "registry.db").string(),
           "INSERT INTO batches VALUES (9, 'b1', x'" + id +
               "', 1); INSERT INTO batch_stations SELECT 9, 0, public_key FROM batch_stations WHERE batch = 1;"});
  ASSERT_EQ(claimed.exit_code, 0) << claimed.err;
  fs::copy_file(floor_.home() / "keys/batch-b1.secret", other / "keys/batch-b1.secret");
  ASSERT_EQ(tool({"order", "create", "o1", "--batch", "b1", "--profile", "lwm2m", "--quantity", "1"}).exit_code, 0);

  auto unit = answering_unit(floor_);
  const StandsStill still(floor_, unit.get());
  const auto result = inject_with(floor_, other, unit->port());
  EXPECT_TRUE(refused(result, kDeviceRefused, "kUnknownStation", {"station", "not in the unit's image", unit->port()}));
  EXPECT_TRUE(still.holds());
  expect_contact_only(*unit, other.string(), "kUnknownStation");
  // And the right station finishes it as if nothing had been.
  EXPECT_EQ(floor_.inject(unit->port()).exit_code, 0);
}

TEST_F(WrongUnit, OfAnotherBatch) {
  ASSERT_EQ(floor_.tool({"batch", "create", "b2"}).exit_code, 0);
  auto unit = answering_unit(floor_, "b2");
  const StandsStill still(floor_, unit.get());
  const std::string id = floor_.sql("SELECT lower(hex(batch_id)) FROM batches WHERE name = 'b2'");
  EXPECT_TRUE(refused(floor_.inject(unit->port()), kUnitFailed, "kWrongBatch",
                      {id, "batch `b1`", "flash an image", unit->port()}));
  EXPECT_TRUE(still.holds());
}

TEST_F(WrongUnit, OfTheSameBatchWithAnotherSecret) {
  const fs::path home = copy_home(floor_, "other-secret");
  std::ofstream(home / "keys/batch-b1.secret", std::ios::binary) << std::string(32, 'x');
  auto unit = answering_unit(floor_);
  const StandsStill still(floor_, unit.get());
  const auto result = inject_with(floor_, home, unit->port());
  EXPECT_TRUE(
      refused(result, kDeviceRefused, "kHandshakeFailed", {"channel", "batch image", "flash it again", unit->port()}));
  EXPECT_TRUE(still.holds());
  expect_contact_only(*unit, home.string(), "kHandshakeFailed");
  EXPECT_EQ(floor_.inject(unit->port()).exit_code, 0);
}

TEST_F(WrongUnit, WithAnImageThatWasNeverPatched) {
  auto unit = std::make_unique<UnitProcess>(floor_.directory() / "unpatched", floor_.programs().agent, "0badc0de",
                                            UnitOptions{});
  unit->power_on();
  wait_for_answer(floor_, *unit);
  const StandsStill still(floor_, unit.get());
  EXPECT_TRUE(refused(floor_.inject(unit->port()), kDeviceRefused, "kNoBatch",
                      {"no batch block", "batch image", unit->port()}));
  EXPECT_TRUE(still.holds());
}

TEST_F(WrongUnit, OfAnotherBoard) {
  std::ostringstream text;
  text << std::ifstream(floor_.home() / "profiles/lwm2m.toml").rdbuf();
  std::string profile = text.str();
  const size_t section = profile.find("[profile]\n") + 10;
  profile.insert(section, "board = \"NUCLEO-F411RE\"\n");
  const fs::path file = floor_.directory() / "board.toml";
  std::ofstream(file) << profile;
  const auto made =
      floor_.tool({"order", "create", "o2", "--batch", "b1", "--profile", file.string(), "--quantity", "2"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  settle(floor_, "o2");
  auto unit = answering_unit(floor_);
  const StandsStill still(floor_, unit.get());
  const auto result = floor_.tool({"--yes", "inject", "--order", "o2", "--port", unit->port(), "--execute"});
  EXPECT_TRUE(refused(result, kUnitFailed, "kWrongBoard", {"`linux`", "`NUCLEO-F411RE`", "right board", unit->port()}));
  EXPECT_TRUE(still.holds());
}

TEST_F(WrongUnit, LockedWithAnotherIdentity) {
  // A second home with the very same keys, batch secret and station, that knows nothing of the unit.
  const fs::path second = copy_home(floor_, "second");
  auto unit = answering_unit(floor_);
  ASSERT_EQ(floor_.inject(unit->port()).exit_code, 0);
  const StandsStill still(floor_, unit.get());
  const std::string registry = run({"sqlite3", "-readonly", (second / "registry.db").string(), ".dump"}).out;
  const auto result = inject_with(floor_, second, unit->port());
  EXPECT_TRUE(
      refused(result, kUnitFailed, "kDeviceUnknown", {"locked", unit->chip_id(), "Put it aside", unit->port()}));
  EXPECT_TRUE(refused(inject_with(floor_, second, unit->port(), {"--abort-foreign"}), kUnitFailed, "kDeviceUnknown",
                      {"locked"}));
  EXPECT_TRUE(still.holds());
  EXPECT_EQ(run({"sqlite3", "-readonly", (second / "registry.db").string(), ".dump"}).out, registry);
}

TEST_F(WrongUnit, BegunByAnotherRegistry) {
  const fs::path second = copy_home(floor_, "second");
  auto unit = answering_unit(floor_);
  ASSERT_EQ(floor_.tool({"inject", "--order", "o1", "--port", unit->port()}).exit_code, 0);  // a dry run
  const StandsStill still(floor_, unit.get());
  const std::string registry = run({"sqlite3", "-readonly", (second / "registry.db").string(), ".dump"}).out;
  const auto result = inject_with(floor_, second, unit->port());
  EXPECT_TRUE(refused(result, kUnitFailed, "kForeignTransaction",
                      {"this registry did not open", "--abort-foreign", unit->port()}));
  EXPECT_TRUE(still.holds());
  EXPECT_EQ(run({"sqlite3", "-readonly", (second / "registry.db").string(), ".dump"}).out, registry);
}

TEST_F(WrongUnit, KnownUnderAnotherSerialNumber) {
  // Two registries of one origin: the second has the chip as o1-000002, this one makes it o1-000001.
  const fs::path second = copy_home(floor_, "second");
  const auto dry_run = [&](const fs::path& home, const UnitProcess& unit) {
    return run({floor_.programs().tool, "--home", home.string(), "inject", "--order", "o1", "--port", unit.port()});
  };
  auto other = answering_unit(floor_);
  ASSERT_EQ(dry_run(second, *other).exit_code, 0);
  auto unit = answering_unit(floor_);
  ASSERT_EQ(dry_run(second, *unit).exit_code, 0);
  flash_anew(*unit);
  ASSERT_EQ(dry_run(floor_.home(), *unit).exit_code, 0);
  EXPECT_EQ(floor_.sql("SELECT serial FROM units WHERE hex(chip_id) = upper('" + unit->chip_id() + "')"), "o1-000001");

  const StandsStill still(floor_, unit.get());
  const std::string units = "SELECT serial, state, hex(chip_id) FROM units WHERE state <> 'reserved'";
  const std::string before = run({"sqlite3", "-readonly", (second / "registry.db").string(), units}).out;
  EXPECT_TRUE(refused(inject_with(floor_, second, unit->port()), kUnitFailed, "kForeignTransaction",
                      {"o1-000002", "never had", "ask the auditor", unit->port()}));
  // Forgetting what the unit holds would not mend it.
  EXPECT_TRUE(refused(inject_with(floor_, second, unit->port(), {"--abort-foreign"}), kUnitFailed,
                      "kForeignTransaction", {"o1-000002"}));
  EXPECT_TRUE(still.holds());
  EXPECT_EQ(run({"sqlite3", "-readonly", (second / "registry.db").string(), units}).out, before);
  EXPECT_EQ(floor_.inject(unit->port()).exit_code, 0);
}

TEST_F(WrongUnit, OfAnotherOrder) {
  ASSERT_EQ(floor_.tool({"order", "create", "o2", "--batch", "b1", "--profile", "lwm2m", "--quantity", "1"}).exit_code,
            0);
  settle(floor_, "o2");
  auto unit = answering_unit(floor_);
  ASSERT_EQ(floor_.tool({"inject", "--order", "o1", "--port", unit->port()}).exit_code, 0);
  const StandsStill still(floor_, unit.get());
  const auto result = floor_.tool({"--yes", "inject", "--order", "o2", "--port", unit->port(), "--execute"});
  EXPECT_TRUE(refused(result, kUnitFailed, "kUnitUnusable",
                      {unit->chip_id(), "o1-000001", "order `o1`, not of `o2`", "--order o1", unit->port()}));
  EXPECT_TRUE(still.holds());
}

TEST_F(WrongUnit, ThatWasScrappedOrFlashedAnew) {
  auto unit = answering_unit(floor_);
  ASSERT_EQ(floor_.tool({"inject", "--order", "o1", "--port", unit->port()}).exit_code, 0);
  ASSERT_EQ(floor_.tool({"--yes", "unit", "scrap", "o1-000001", "--reason", "fell off the bench"}).exit_code, 0);
  settle(floor_);  // the scrapped unit's number is never used again: this takes the next
  {
    const StandsStill still(floor_, unit.get());
    EXPECT_TRUE(refused(floor_.inject(unit->port()), kUnitFailed, "kUnitUnusable",
                        {"o1-000001", "recorded as scrapped", "unit show o1-000001", unit->port()}));
    EXPECT_TRUE(still.holds());
  }
  auto erased = answering_unit(floor_);
  ASSERT_EQ(floor_.inject(erased->port()).exit_code, 0);
  settle(floor_);
  flash_anew(*erased);
  const StandsStill still(floor_, erased.get());
  EXPECT_TRUE(refused(floor_.inject(erased->port()), kUnitFailed, "kUnitUnusable",
                      {"o1-000002", "recorded as locked, but the device is not", "auditor", erased->port()}));
  EXPECT_TRUE(still.holds());
}

TEST_F(WrongUnit, ForAnOrderThatIsUsedUp) {
  ASSERT_EQ(floor_.tool({"order", "create", "one", "--batch", "b1", "--profile", "lwm2m", "--quantity", "1"}).exit_code,
            0);
  const auto inject_one = [&](const UnitProcess& unit) {
    return floor_.tool({"--yes", "inject", "--order", "one", "--port", unit.port(), "--execute"});
  };
  auto first = answering_unit(floor_);
  ASSERT_EQ(inject_one(*first).exit_code, 0);
  auto second = answering_unit(floor_);
  const StandsStill still(floor_, second.get());
  EXPECT_TRUE(refused(inject_one(*second), kRegistry, "kOrderExhausted", {"one", "order", second->port()}));
  EXPECT_TRUE(still.holds());
  // What the order made is still known.
  EXPECT_EQ(inject_one(*first).exit_code, 0);
}

TEST_F(WrongUnit, SeveralPortsAndOneOfThemWrong) {
  ASSERT_EQ(floor_.tool({"batch", "create", "b2"}).exit_code, 0);
  auto wrong = answering_unit(floor_, "b2");
  auto right = answering_unit(floor_);
  const auto result =
      floor_.tool({"--yes", "inject", "--order", "o1", "--port", wrong->port(), "--port", right->port(), "--execute"});
  EXPECT_TRUE(refused(result, kUnitFailed, "kWrongBatch", {"1 of 2 units failed", wrong->port() + ": "}));
  EXPECT_EQ(floor_.state_of(right->chip_id()), "provisioned");
  EXPECT_EQ(floor_.state_of(wrong->chip_id()), std::nullopt);
}

}  // namespace
}  // namespace test
