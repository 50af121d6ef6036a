// The Linux agent as a process: a host on its pseudo-terminal takes a unit through its life.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <thread>

#include "device/port/linux/file.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_host.h"

namespace agent_app {
namespace {

using namespace std::chrono_literals;
using test::TestHost;

// The host's end, opened like a serial port.
class PtyPipe final : public test::BytePipe {
 public:
  explicit PtyPipe(const std::filesystem::path& path) : fd_(::open(path.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    termios settings;
    if (fd_.valid() && tcgetattr(fd_.get(), &settings) == 0) {
      cfmakeraw(&settings);
      tcsetattr(fd_.get(), TCSANOW, &settings);
    }
  }
  // The other way round: makes a pseudo-terminal whose far end stands in for the agent's serial device, at `link`.
  static std::unique_ptr<PtyPipe> with_device_at(const std::filesystem::path& link) {
    const int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    EXPECT_TRUE(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    std::filesystem::remove(link);
    std::filesystem::create_symlink(ptsname(master), link);
    return std::unique_ptr<PtyPipe>(new PtyPipe(master));
  }
  [[nodiscard]] bool is_open() const { return fd_.valid(); }

  void send(base::ByteView bytes) override {
    while (!bytes.empty()) {
      const ssize_t size = ::write(fd_.get(), bytes.data(), bytes.size());
      if (size <= 0) return;
      bytes = bytes.subspan(static_cast<size_t>(size));
    }
  }
  base::Bytes receive() override {
    pollfd wait = {fd_.get(), POLLIN, 0};
    if (::poll(&wait, 1, 1000) <= 0) return {};
    base::Bytes got(4096);
    const ssize_t size = ::read(fd_.get(), got.data(), got.size());
    got.resize(size > 0 ? static_cast<size_t>(size) : 0);
    return got;
  }

 private:
  explicit PtyPipe(int fd) : fd_(fd) {}

  device::FileHandle fd_;
};

class AppTest : public testing::Test {
 protected:
  AppTest() : station_(3), plan_(test::make_plan(3)) {
    base::Bytes block(protocol::kBatchBlockSize);
    EXPECT_TRUE(protocol::encode_batch_block(station_.batch, std::span<uint8_t, protocol::kBatchBlockSize>(block)));
    std::ofstream(dir_ / "batch", std::ios::binary).write(reinterpret_cast<const char*>(block.data()),
                                                          static_cast<std::streamsize>(block.size()));
  }

  std::vector<std::string> arguments(std::vector<std::string> more = {}) const {
    std::vector<std::string> all = {DEVICE_AGENT, "--pty", "--link", link(), "--storage-dir", dir_.path().string(),
                                    "--chip-id", "00112233445566778899aabb", "--batch-block-file", (dir_ / "batch").string()};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  std::string link() const { return (dir_ / "port").string(); }
  std::string log() const { return (dir_ / "log").string(); }
  std::string log_text() const {
    std::ifstream file(log());
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // The program has its line ready; the test's own time limit ends a wait in vain.
  static void await(const std::function<bool()>& condition) {
    while (!condition()) std::this_thread::sleep_for(5ms);
  }
  void await_link() const {
    await([&] { return std::filesystem::exists(link()); });
  }
  size_t starts() const {
    const std::string text = log_text();
    size_t count = 0;
    for (size_t at = text.find("lifecycle"); at != std::string::npos; at = text.find("lifecycle", at + 1)) ++count;
    return count;
  }

  test::TempDir dir_;
  test::TestStation station_;
  test::UnitPlan plan_;
  test::UnitRecord record_;
};

TEST_F(AppTest, InjectionRestartAndAttest) {
  test::Child child(arguments(), log());
  await_link();
  {
    PtyPipe pipe(link());
    ASSERT_TRUE(pipe.is_open());
    TestHost host(pipe, station_);
    const auto injected = host.inject(plan_, record_);
    ASSERT_TRUE(injected) << base::error_name(injected.error()) << "\n" << log_text();
    EXPECT_FALSE(std::filesystem::exists(dir_ / "batch"));
    // The same end stays good over the restart: it is one line to one unit.
    ASSERT_TRUE(host.request(protocol::FrameType::kReboot, {}));
    await([&] { return starts() == 2; });
    ASSERT_TRUE(host.hello());
    EXPECT_TRUE(host.attest(plan_, record_));
  }
  // Another host later on the same path.
  PtyPipe again(link());
  TestHost other(again, station_);
  const auto hello = other.hello();
  ASSERT_TRUE(hello) << base::error_name(hello.error());
  EXPECT_EQ(hello->lifecycle, protocol::Lifecycle::kSecured);
  EXPECT_EQ(hello->board, "linux");
  child.send(SIGTERM);
  EXPECT_EQ(child.wait(10s), 0);
  EXPECT_FALSE(std::filesystem::is_symlink(link()));
  EXPECT_NE(log_text().find("lifecycle secured, seeded, fault none"), std::string::npos) << log_text();
}

TEST_F(AppTest, KilledAfterTheCommitItGoesOnWhereItWas) {
  plan_.lock = false;
  {
    test::Child child(arguments(), log());
    await_link();
    PtyPipe pipe(link());
    TestHost host(pipe, station_);
    ASSERT_TRUE(host.inject(plan_, record_));
    child.send(SIGKILL);
    EXPECT_EQ(child.wait(10s), -1);
  }
  std::filesystem::remove(link());
  test::Child child(arguments(), log());
  await_link();
  PtyPipe pipe(link());
  TestHost host(pipe, station_);
  plan_.lock = true;
  const auto injected = host.inject(plan_, record_);
  ASSERT_TRUE(injected) << base::error_name(injected.error());
  EXPECT_TRUE(record_.provisioned);
}

TEST_F(AppTest, RestartByTheServiceManagerHasItsExitCode) {
  test::Child child(arguments({"--on-reboot", "exit"}), log());
  await_link();
  PtyPipe pipe(link());
  TestHost host(pipe, station_);
  ASSERT_TRUE(host.inject(plan_, record_));
  ASSERT_TRUE(host.request(protocol::FrameType::kReboot, {}));
  EXPECT_EQ(child.wait(10s), 10);
}

// The product's own programs need the storage: a locked unit's agent goes by itself, an unlocked one's never.
TEST_F(AppTest, LeavesALockedUnitToTheProduct) {
  test::Child child(arguments({"--locked-linger-s", "1"}), log());
  await_link();
  PtyPipe pipe(link());
  TestHost host(pipe, station_);
  plan_.lock = false;
  ASSERT_TRUE(host.inject(plan_, record_));
  std::this_thread::sleep_for(1500ms);
  ASSERT_TRUE(child.running());
  plan_.lock = true;
  ASSERT_TRUE(host.inject(plan_, record_));
  ASSERT_TRUE(host.hello());
  EXPECT_TRUE(host.attest(plan_, record_));  // the receipt can still be had
  EXPECT_EQ(child.wait(60s), 0);
}

TEST_F(AppTest, OnceEndsWithZero) {
  test::Child child(arguments({"--once"}), log());
  await_link();
  PtyPipe pipe(link());
  TestHost host(pipe, station_);
  ASSERT_TRUE(host.inject(plan_, record_));
  ASSERT_TRUE(host.request(protocol::FrameType::kReboot, {}));
  EXPECT_EQ(child.wait(10s), 0);
}

TEST_F(AppTest, SerialDeviceThatGoesAndComesBack) {
  auto pipe = PtyPipe::with_device_at(link());
  test::Child child({DEVICE_AGENT, "--port", link(), "--baud", "921600", "--storage-dir", dir_.path().string(), "--chip-id",
                     "0011223344556677", "--batch-block-file", (dir_ / "batch").string()},
                    log());
  await([&] { return starts() == 1; });
  plan_.lock = false;
  ASSERT_TRUE(TestHost(*pipe, station_).inject(plan_, record_));
  pipe.reset();  // unplugged
  pipe = PtyPipe::with_device_at(link());
  plan_.lock = true;
  TestHost again(*pipe, station_);
  again.sequence = 500;
  again.retransmissions = 20;  // what is sent before the device is open again is lost
  const auto injected = again.inject(plan_, record_);
  ASSERT_TRUE(injected) << base::error_name(injected.error());
  EXPECT_EQ(starts(), 1U);  // the same process
  ASSERT_TRUE(again.request(protocol::FrameType::kReboot, {}));
  await([&] { return starts() == 2; });
  child.send(SIGTERM);
  EXPECT_EQ(child.wait(10s), 0);
}

TEST_F(AppTest, ConfigurationFileAndFlagsOverIt) {
  std::ofstream(dir_ / "agent.conf") << "# a unit\nport = pty\nlink = " << link() << "\nstorage-dir = /nonexistent\n"
                                     << "chip-id = 0102030405060708\non-reboot = exit\nretry-limit-ms = 5\n";
  test::Child child({DEVICE_AGENT, "--storage-dir", dir_.path().string(), "--config", (dir_ / "agent.conf").string()}, log());
  await([&] { return std::filesystem::exists(link()) || !child.running(); });
  ASSERT_TRUE(child.running()) << log_text();
  PtyPipe pipe(link());
  TestHost host(pipe, station_);
  const auto hello = host.hello();
  ASSERT_TRUE(hello);
  EXPECT_TRUE(base::equal(hello->chip_id, base::ByteArray<8>{1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_FALSE(hello->batch);
  EXPECT_TRUE(std::filesystem::exists(dir_ / "flash.bin"));
}

TEST_F(AppTest, ErrorsOfUseAndConfiguration) {
  const auto exit_of = [](const std::vector<std::string>& all) { return test::run(all).exit_code; };
  EXPECT_EQ(exit_of({DEVICE_AGENT, "--help"}), 0);
  EXPECT_EQ(exit_of({DEVICE_AGENT}), 2);
  EXPECT_EQ(exit_of({DEVICE_AGENT, "--pty", "--no-such-key", "1"}), 2);
  EXPECT_EQ(exit_of({DEVICE_AGENT, "--pty", "--storage-dir"}), 2);
  EXPECT_EQ(exit_of({DEVICE_AGENT, "--config", "/nonexistent"}), 2);
  EXPECT_EQ(exit_of({DEVICE_AGENT, "--port", "/nonexistent", "--storage-dir", dir_.path().string()}), 1);
  EXPECT_EQ(exit_of({DEVICE_AGENT, "--port", "/dev/null", "--storage-dir", dir_.path().string()}), 1);
  std::ofstream(dir_ / "agent.conf") << "port = pty\n\non-reboot = never\n";
  const auto said = test::run({DEVICE_AGENT, "--config", (dir_ / "agent.conf").string()});
  EXPECT_EQ(said.exit_code, 2);
  EXPECT_NE(said.err.find("agent.conf:3"), std::string::npos) << said.err;
}

}  // namespace
}  // namespace agent_app
