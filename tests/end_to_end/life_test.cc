// The whole main job with the real programs: order, injection, first boot, and what the registry says after it.
#include <gtest/gtest.h>

#include "tests/support/factory_floor.h"

namespace test {
namespace {

TEST(Life, FromAnOrderToAUnitThatProvedItself) {
  FactoryFloor floor(2);
  floor.start_service();
  auto unit = floor.new_unit();
  unit->power_on();
  const auto injected = floor.inject(unit->port());
  ASSERT_EQ(injected.exit_code, 0) << injected.err << unit->log();
  EXPECT_EQ(floor.state_of(unit->chip_id()), "provisioned");

  const auto booted = unit->first_boot(floor.programs().client);
  EXPECT_EQ(booted.exit_code, 0) << booted.err << floor.service_log();
  EXPECT_EQ(floor.state_of(unit->chip_id()), "activated");

  // Again: the device knows that it is activated, and the tool that nothing is left to do.
  const auto again = unit->first_boot(floor.programs().client);
  EXPECT_EQ(again.exit_code, 0) << again.err;
  unit->power_on();
  const auto rerun = floor.inject(unit->port());
  EXPECT_EQ(rerun.exit_code, 0) << rerun.err;
  EXPECT_EQ(floor.state_of(unit->chip_id()), "activated");
  EXPECT_EQ(floor.sql("SELECT count(*) FROM certificates"), "1");
  EXPECT_EQ(floor.tool({"audit", "verify"}).exit_code, 0);
}

TEST(Life, AUnitsStorageOnAnotherChipIsOfNoUse) {
  FactoryFloor floor(2);
  floor.start_service();
  auto unit = floor.new_unit();
  unit->power_on();
  ASSERT_EQ(floor.inject(unit->port()).exit_code, 0);
  unit->power_off();
  // Everything of the chip, copied onto another one: its own chip id is all that differs. The store does not open
  // there, since the hardware unique key depends on the chip id.
  auto clone = floor.new_unit();
  std::filesystem::remove_all(clone->directory() / "storage");
  std::filesystem::copy(unit->directory() / "storage", clone->directory() / "storage",
                        std::filesystem::copy_options::recursive);
  const auto booted = clone->first_boot(floor.programs().client);
  EXPECT_NE(booted.exit_code, 0);
  EXPECT_EQ(floor.state_of(unit->chip_id()), "provisioned");
  // The true one is not hurt by it.
  const auto true_one = unit->first_boot(floor.programs().client);
  EXPECT_EQ(true_one.exit_code, 0) << true_one.err;
  EXPECT_EQ(floor.state_of(unit->chip_id()), "activated");
}

TEST(Life, NoSecretInRegistryOrLogs) {
  FactoryFloor floor(1);
  floor.start_service();
  auto unit = floor.new_unit();
  unit->power_on();
  const auto injected = floor.inject(unit->port(), {"-v"});
  ASSERT_EQ(injected.exit_code, 0) << injected.err;
  const auto booted = unit->first_boot(floor.programs().client);
  ASSERT_EQ(booted.exit_code, 0) << booted.err;

  // The secrets of the home that exist as files, as bytes and in hexadecimal, in everything that was written.
  const std::string secret =
      run({"sh", "-c", "cat '" + floor.home().string() + "'/keys/batch-b1.secret | od -An -tx1 | tr -d ' \\n'"}).out;
  ASSERT_GE(secret.size(), 64U);
  const std::string head = secret.substr(0, 32);
  const auto found = run({"sh", "-c",
                          "cd '" + floor.directory().string() +
                              "' && for f in home/registry.db* service.log unit-*/agent.log; do "
                              "[ -e \"$f\" ] && od -An -v -tx1 \"$f\" | tr -d ' \\n' | grep -c '" +
                              head + "'; grep -ci '" + head + "' \"$f\"; done; true"});
  EXPECT_EQ(found.out.find_first_of("123456789"), std::string::npos) << found.out;
  for (const std::string* text : {&injected.out, &injected.err, &booted.out, &booted.err}) {
    EXPECT_EQ(text->find(head), std::string::npos);
  }
}

}  // namespace
}  // namespace test
