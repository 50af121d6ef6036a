// The relay's command line and its errors, without a unit: what the operator reads, and the exit codes.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <thread>

#include "base/host/bytes_host.h"
#include "protocol/relay.h"
#include "tests/support/factory_floor.h"

namespace test {
namespace {

using std::chrono::seconds;

// A cable with nothing but the test at its end.
class Cable {
 public:
  Cable() {
    char name[128];
    termios raw{};
    ::cfmakeraw(&raw);
    if (::openpty(&master_, &slave_, name, &raw, nullptr) == 0) path_ = name;
    // The relay must not hold the far end of its own cable open.
    ::fcntl(master_, F_SETFD, FD_CLOEXEC);
    ::fcntl(slave_, F_SETFD, FD_CLOEXEC);
  }
  ~Cable() { cut(); }
  Cable(const Cable&) = delete;
  Cable& operator=(const Cable&) = delete;
  void cut() {
    if (master_ < 0) return;
    ::close(master_);
    ::close(slave_);
    master_ = -1;
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  void send(base::ByteView bytes) const { ASSERT_EQ(::write(master_, bytes.data(), bytes.size()), std::ssize(bytes)); }
  void ask(uint16_t sequence, const protocol::RelayRequest& request) const {
    base::Bytes payload(2048), wire(4096);
    const protocol::Frame frame{static_cast<uint8_t>(protocol::FrameType::kRelay), sequence,
                                *protocol::encode(request, payload)};
    send(*protocol::encode_frame(frame, wire));
  }
  // The next reply's status; -1: none came.
  int status(seconds limit = seconds(20)) const {
    base::Bytes buffer(2048);
    protocol::FrameDecoder decoder(buffer);
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (std::chrono::steady_clock::now() < deadline) {
      pollfd entry{master_, POLLIN, 0};
      uint8_t byte = 0;
      if (::poll(&entry, 1, 100) <= 0 || ::read(master_, &byte, 1) != 1) continue;
      const auto frame = decoder.push(byte);
      if (!frame || !*frame) continue;
      protocol::RelayReply reply;
      return protocol::decode((*frame)->payload, reply) ? reply.status : -2;
    }
    return -1;
  }

 private:
  int master_ = -1;
  int slave_ = -1;
  std::string path_;
};

CommandResult relay(const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {built_programs().tool, "relay"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run(command, {.limit = seconds(40)});
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(RelayCommand, UsageAndPorts) {
  const Cable cable;
  EXPECT_EQ(relay({}).exit_code, 2);
  EXPECT_EQ(relay({"--port", cable.path()}).exit_code, 2);
  EXPECT_EQ(relay({"--port", cable.path(), "--to", "localhost"}).exit_code, 2);
  EXPECT_EQ(relay({"--port", cable.path(), "--to", "localhost:0"}).exit_code, 2);
  EXPECT_EQ(relay({"--port", cable.path(), "--to", ":8443"}).exit_code, 2);
  EXPECT_EQ(relay({"--port", cable.path(), "--to", "localhost:99999"}).exit_code, 2);
  const auto missing = relay({"--port", "/dev/nothing-here", "--to", "localhost:1", "--once"});
  EXPECT_EQ(missing.exit_code, 4) << missing.err;
  EXPECT_TRUE(contains(missing.err, "[kPortMissing]")) << missing.err;
}

TEST(RelayCommand, ASilentDevice) {
  const Cable cable;
  const auto silent = relay({"--port", cable.path(), "--to", "localhost:1", "--once", "--timeout", "1"});
  EXPECT_EQ(silent.exit_code, 4) << silent.err;
  EXPECT_TRUE(contains(silent.err, "the device is silent")) << silent.err;
  EXPECT_TRUE(contains(silent.err, "[kNoAnswer]")) << silent.err;
}

// Two ports, two faults: each is told, and the whole is "a unit failed" only where they differ in kind.
TEST(RelayCommand, SeveralPortsFailForThemselves) {
  const Cable cable;
  const auto both =
      relay({"--port", cable.path(), "--port", "/dev/nothing-here", "--to", "localhost:1", "--once", "--timeout", "1"});
  EXPECT_EQ(both.exit_code, 4) << both.err;
  EXPECT_TRUE(contains(both.err, cable.path() + ": the device is silent")) << both.err;
  EXPECT_TRUE(contains(both.err, "2 of 2 units failed")) << both.err;
}

class RunningRelay : public testing::Test {
 protected:
  void start(const std::string& to, const std::vector<std::string>& more = {"--once", "--timeout", "20"}) {
    std::vector<std::string> command = {built_programs().tool, "relay", "--port", cable_.path(), "--to", to};
    command.insert(command.end(), more.begin(), more.end());
    relay_.emplace(command, log_path());
  }
  // The port is flushed as it is opened, so a first request may be lost: it is sent again, as a device does.
  int ask(uint16_t sequence, const protocol::RelayRequest& request) {
    for (int i = 0; i < 20; ++i) {
      cable_.ask(sequence, request);
      if (const int status = cable_.status(seconds(1)); status != -1) return status;
    }
    return -1;
  }
  std::string log_path() const { return (directory_ / "relay.log").string(); }
  std::string log() const { return run({"cat", log_path()}).out; }

  TempDir directory_;
  Cable cable_;
  std::optional<Child> relay_;
};

TEST_F(RunningRelay, AServiceThatIsNotThere) {
  start("127.0.0.1:1", {"--once", "--timeout", "3"});
  const base::Bytes host = {'h', 'o', 's', 't'};
  const int status =
      ask(1, {.operation = protocol::RelayOperation::kOpen, .number = 443, .limit_ms = 1000, .data = host});
  EXPECT_EQ(status, static_cast<int>(base::ErrorCode::kConnect));
  EXPECT_EQ(relay_->wait(seconds(20)), 4);
  EXPECT_TRUE(contains(log(), "the service took no connection: Connection refused (127.0.0.1:1")) << log();
  EXPECT_TRUE(contains(log(), "[kConnect]")) << log();
}

TEST_F(RunningRelay, ACutCable) {
  start("127.0.0.1:1");
  EXPECT_EQ(ask(1, {.operation = protocol::RelayOperation::kClose}), 0);
  cable_.cut();
  EXPECT_EQ(relay_->wait(seconds(20)), 4);
  EXPECT_TRUE(contains(log(), "[kLinkLost]")) << log();
}

TEST_F(RunningRelay, WhatTheDeviceSaysIsShownAsPrintableText) {
  start("127.0.0.1:1");
  const std::string evil = "\x1b[2Jtext\n\xff";
  EXPECT_EQ(ask(1, {.operation = protocol::RelayOperation::kLog,
                    .event = static_cast<uint8_t>(protocol::RelayEvent::kAttemptFailed),
                    .error = 0xEEEE,
                    .data = base::as_bytes(evil)}),
            0);
  EXPECT_EQ(ask(2, {.operation = protocol::RelayOperation::kLog, .event = 99, .data = base::as_bytes(evil)}), 0);
  EXPECT_EQ(ask(3, {.operation = protocol::RelayOperation::kTransfer, .number = 10}),
            static_cast<int>(base::ErrorCode::kIo));  // nothing is open
  EXPECT_EQ(ask(4, {.operation = protocol::RelayOperation::kOpen, .number = 0}),
            static_cast<int>(base::ErrorCode::kCborFieldType));
  EXPECT_EQ(ask(5, {.operation = static_cast<protocol::RelayOperation>(77)}),
            static_cast<int>(base::ErrorCode::kUnsupported));
  EXPECT_EQ(ask(6, {.operation = protocol::RelayOperation::kLog,
                    .number = 1'790'000'000,
                    .event = static_cast<uint8_t>(protocol::RelayEvent::kActivated)}),
            0);
  EXPECT_EQ(relay_->wait(seconds(20)), 0);
  const std::string text = log();
  EXPECT_TRUE(contains(text, "0xeeee")) << text;
  EXPECT_TRUE(contains(text, "?[2Jtext??")) << text;
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_TRUE(contains(text, ": activated")) << text;
}

// Bytes that are no frames of ours: the agent's firmware, a console, the wrong baud rate.
TEST_F(RunningRelay, ADeviceThatTalksOfSomethingElse) {
  start("127.0.0.1:1", {"--once", "--timeout", "3"});
  for (int i = 0; i < 20 && relay_->running(); ++i) {
    cable_.send(base::as_bytes("login: \r\n"));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_EQ(relay_->wait(seconds(20)), 4);
  EXPECT_TRUE(contains(log(), "asks for no connection")) << log();
}

TEST_F(RunningRelay, WithoutOnceItRunsUntilASignal) {
  start("127.0.0.1:1", {});
  EXPECT_EQ(ask(1, {.operation = protocol::RelayOperation::kLog,
                    .event = static_cast<uint8_t>(protocol::RelayEvent::kAlreadyActivated)}),
            0);
  EXPECT_TRUE(relay_->running());
  relay_->send(SIGTERM);
  EXPECT_EQ(relay_->wait(seconds(20)), 0) << log();
}

}  // namespace
}  // namespace test
