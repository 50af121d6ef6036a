// A unit of another processor, byte order and C library through its whole life with the tool of this machine: nothing
// of what crosses the line, lies on the chip or goes to the service may depend on them.
#include <gtest/gtest.h>

#include "tests/support/factory_floor.h"

namespace test {
namespace {

namespace fs = std::filesystem;

struct Build {
  const char* preset;
  const char* emulator;  // empty: runs here as it is
};

void PrintTo(const Build& build, std::ostream* out) { *out << build.preset; }

class Cross : public testing::TestWithParam<Build> {
 protected:
  static fs::path folder() { return fs::path(CROSS_BUILDS) / GetParam().preset; }
  static std::string agent() { return (folder() / "device-agent" / "app" / "linux" / "device-agent").string(); }
  static std::string client() { return (folder() / "client" / "first-boot-client").string(); }
  static std::vector<std::string> emulator() {
    if (*GetParam().emulator == '\0') return {};
    return {GetParam().emulator};
  }

  void SetUp() override {
    for (const std::string& program : {agent(), client()}) {
      ASSERT_TRUE(fs::exists(program)) << program << " is not built: cmake --preset " << GetParam().preset
                                       << " && cmake --build --preset " << GetParam().preset;
    }
  }
};

TEST_P(Cross, IsInjectedLockedAndActivated) {
  FactoryFloor floor(1);
  floor.start_service();
  auto unit = floor.new_unit({.agent = agent(), .run_with = emulator()});
  unit->power_on();
  const auto injected = floor.inject(unit->port());
  ASSERT_EQ(injected.exit_code, 0) << injected.err << unit->log();
  EXPECT_EQ(floor.state_of(unit->chip_id()), "provisioned");

  const auto booted = unit->first_boot(client());
  EXPECT_EQ(booted.exit_code, 0) << booted.out << booted.err << floor.service_log();
  EXPECT_EQ(floor.state_of(unit->chip_id()), "activated");

  // The lock holds after a power cycle, and the unit still signs for itself.
  unit->power_on();
  const auto again = floor.inject(unit->port());
  EXPECT_EQ(again.exit_code, 0) << again.err << unit->log();
  EXPECT_EQ(floor.state_of(unit->chip_id()), "activated");
  EXPECT_EQ(floor.tool({"audit", "verify"}).exit_code, 0);
}

// What lies on the chip is the same whichever processor wrote it: written by one, opened by the other.
TEST_P(Cross, ReadsWhatAnotherProcessorStored) {
  FactoryFloor floor(1);
  floor.start_service();
  auto unit = floor.new_unit({.agent = agent(), .run_with = emulator()});
  unit->power_on();
  ASSERT_EQ(floor.inject(unit->port()).exit_code, 0) << unit->log();
  unit->power_off();

  // The same chip under this machine's agent, which opens the store and signs with the unit's key.
  const fs::path native = floor.patched_agent();
  fs::copy_file(native, unit->directory() / "native-agent");
  const std::string line = (unit->directory() / "native-line").string();
  Child agent({(unit->directory() / "native-agent").string(), "--config", unit->config().string(), "--port", "pty",
               "--link", line},
              (unit->directory() / "native.log").string());
  const auto verified = [&] {
    for (int i = 0; i < 1000 && agent.running() && !fs::exists(line); ++i) run({"sleep", "0.01"});
    return floor.inject(line);
  }();
  EXPECT_EQ(verified.exit_code, 0) << verified.err;
  EXPECT_NE(verified.out.find("already-done"), std::string::npos) << verified.out;
}

INSTANTIATE_TEST_SUITE_P(Builds, Cross,
                         testing::Values(Build{"client-musl", ""}, Build{"client-mips", "qemu-mips"},
                                         Build{"client-arm", "qemu-arm"}),
                         [](const auto& build) { return std::string(build.param.preset).substr(7); });

}  // namespace
}  // namespace test
