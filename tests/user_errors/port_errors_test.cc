// Ports: missing, busy, no port at all, nobody behind it, and a unit that goes away in the middle.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/line.h"
#include "tests/user_errors/expectations.h"

namespace test {
namespace {

class PortErrors : public testing::Test {
 protected:
  PortErrors() {
    settle(floor_);
    unit_ = answering_unit(floor_);
  }
  // Every command that takes a port says the same.
  void expect_refused_everywhere(const std::string& port, const std::string& code,
                                 const std::vector<std::string>& parts) {
    const StandsStill still(floor_, unit_.get());
    EXPECT_TRUE(refused(floor_.inject(port, {"--reply-limit", "50", "--retries", "2"}), kLinkFailed, code, parts));
    EXPECT_TRUE(refused(floor_.tool({"device", "info", "--port", port, "--reply-limit", "50", "--retries", "2"}),
                        kLinkFailed, code, parts));
    EXPECT_TRUE(refused(floor_.tool({"verify", "--port", port, "--reply-limit", "50", "--retries", "2"}), kLinkFailed,
                        code, parts));
    EXPECT_TRUE(still.holds());
  }

  FactoryFloor floor_{3};
  std::unique_ptr<UnitProcess> unit_;
};

TEST_F(PortErrors, Missing) {
  const std::string port = (floor_.directory() / "no-such-port").string();
  expect_refused_everywhere(port, "kPortMissing", {port, "plugged in", "/dev/serial/by-id"});
}

TEST_F(PortErrors, NoPortAtAll) {
  const std::string file = (floor_.directory() / "a-file").string();
  std::ofstream(file) << "text";
  expect_refused_everywhere(file, "kPortMissing", {file, "no serial port"});
  expect_refused_everywhere("/dev/null", "kPortMissing", {"/dev/null", "no serial port"});
}

TEST_F(PortErrors, NobodyAnswers) {
  const SilentPort nobody;
  expect_refused_everywhere(nobody.path(), "kNoAnswer", {nobody.path(), "Check power, cable, port and baud rate"});
}

TEST_F(PortErrors, BusyWithAnotherProgram) {
  const int fd = open(unit_->port().c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  ASSERT_EQ(flock(fd, LOCK_EX | LOCK_NB), 0);
  expect_refused_everywhere(unit_->port(), "kPortBusy",
                            {unit_->port(), "in use by", "(process ", "End the other program"});
  close(fd);
  EXPECT_EQ(floor_.inject(unit_->port()).exit_code, 0);
}

TEST_F(PortErrors, BusyWithASecondTool) {
  // The first tool waits for a device that never answers; the second finds the port taken.
  const SilentPort nobody;
  Child first(floor_.tool_command({"device", "info", "--port", nobody.path(), "--reply-limit", "600000"}),
              (floor_.directory() / "first.log").string());
  const auto locked = [&] {
    const int fd = open(nobody.path().c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    const bool busy = fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0;
    if (fd >= 0) close(fd);
    return busy;
  };
  while (!locked()) usleep(2000);
  const StandsStill still(floor_, unit_.get());
  EXPECT_TRUE(
      refused(floor_.inject(nobody.path()), kLinkFailed, "kPortBusy", {nobody.path(), "End the other program"}));
  EXPECT_TRUE(still.holds());
}

TEST_F(PortErrors, CutInTheMiddle) {
  // The cable is pulled after the device's third answer: the message names the step, and the next run goes on.
  auto line = std::make_unique<Line>(unit_->port(), LineOptions{});
  int answers = 0;
  line->set_tap([&](bool to_device, base::Bytes& bytes) {
    if (!to_device && ++answers > 3) bytes.clear();
  });
  const auto cut = floor_.inject(line->host_path(), {"--reply-limit", "100", "--retries", "2"});
  EXPECT_TRUE(refused(cut, kLinkFailed, "kNoAnswer", {line->host_path(), "un the same command again"}));
  line.reset();
  const auto resumed = floor_.inject(unit_->port());
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_NE(resumed.out.find("(resumed)"), std::string::npos) << resumed.out;
  EXPECT_EQ(floor_.state_of(unit_->chip_id()), "provisioned");
}

TEST_F(PortErrors, BaudRateOutOfRange) {
  const StandsStill still(floor_, unit_.get());
  const auto result = floor_.inject(unit_->port(), {"--baud", "7"});
  EXPECT_EQ(result.exit_code, kUsage);
  EXPECT_NE(result.err.find("--baud"), std::string::npos) << result.err;
  EXPECT_TRUE(still.holds());
}

TEST_F(PortErrors, DeviceInfoChangesNothing) {
  for (const bool locked : {false, true}) {
    if (locked) {
      ASSERT_EQ(floor_.inject(unit_->port()).exit_code, 0);
      settle(floor_);
    }
    const StandsStill still(floor_, unit_.get());
    for (int i = 0; i < 3; ++i) {
      const auto info = floor_.tool({"device", "info", "--port", unit_->port()});
      ASSERT_EQ(info.exit_code, 0) << info.err;
      EXPECT_NE(info.out.find(unit_->chip_id()), std::string::npos);
      EXPECT_NE(info.out.find(locked ? "secured" : "assembly-and-test"), std::string::npos) << info.out;
    }
    EXPECT_TRUE(still.holds());
  }
  const StandsStill still(floor_, unit_.get());
  EXPECT_EQ(floor_.tool({"verify", "--port", unit_->port()}).exit_code, 0);
  EXPECT_TRUE(still.holds());
}

TEST_F(PortErrors, VerifyOfAUnitThatIsNotFinished) {
  const auto verify = [&] { return floor_.tool({"verify", "--port", unit_->port()}); };
  {
    const StandsStill still(floor_, unit_.get());
    EXPECT_TRUE(refused(verify(), kUnitFailed, "kDeviceUnknown", {unit_->chip_id(), unit_->port(), "--home"}));
    EXPECT_TRUE(still.holds());
  }
  ASSERT_EQ(floor_.tool({"inject", "--order", "o1", "--port", unit_->port()}).exit_code, 0);  // a dry run
  const StandsStill still(floor_, unit_.get());
  EXPECT_TRUE(refused(verify(), kDeviceRefused, "kNotLocked", {"o1-000001"}));
  EXPECT_TRUE(still.holds());
}

}  // namespace
}  // namespace test
