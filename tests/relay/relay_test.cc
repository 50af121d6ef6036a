// First boots through the relay: the client on a serial line, the real tool as relay and service, and everything that
// may go away in the middle of it.
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <optional>
#include <sstream>
#include <thread>

#include "tests/relay/relayed_unit.h"
#include "tests/support/line.h"
#include "tests/support/seed.h"

namespace test {
namespace {

using base::ErrorCode;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class RelayTest : public testing::Test {
 protected:
  // A unit that is provisioned and switched off.
  std::unique_ptr<UnitProcess> provisioned() {
    auto unit = floor_.new_unit();
    unit->power_on();
    const auto injected = floor_.inject(unit->port());
    EXPECT_EQ(injected.exit_code, 0) << injected.err;
    unit->power_off();
    return unit;
  }
  void start_relay(const std::string& port, int service, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {
        "--json", "relay", "--port", port, "--to", "localhost:" + std::to_string(service), "--once"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    relay_.emplace(floor_.tool_command(arguments), relay_log().string());
  }
  std::filesystem::path relay_log() const { return floor_.directory() / "relay.log"; }
  void expect_activated(const UnitProcess& unit, const BootResult& boot) {
    EXPECT_TRUE(boot.status) << base::error_name(boot.status.error()) << '\n' << text_of(relay_log());
    EXPECT_EQ(floor_.state_of(unit.chip_id()), "activated") << floor_.service_log();
    EXPECT_EQ(relay_->wait(seconds(20)), 0) << text_of(relay_log());
    EXPECT_NE(text_of(relay_log()).find("\"result\":\"activated\""), std::string::npos) << text_of(relay_log());
  }

  FactoryFloor floor_{3};
  PtySerial serial_;
  std::optional<Child> relay_;
};

TEST_F(RelayTest, AUnitWithoutANetworkIsActivated) {
  floor_.start_service();
  const auto unit = provisioned();
  start_relay(serial_.path(), floor_.service_port());
  const auto boot = boot_through(serial_, *unit, 1);
  expect_activated(*unit, boot);
  EXPECT_EQ(boot.version, "TLSv1.3");
  const std::string log = text_of(relay_log());
  EXPECT_NE(log.find("\"event\":\"connected\",\"text\":\"TLSv1.3\""), std::string::npos) << log;
  EXPECT_NE(log.find("\"asked\":\"localhost:" + std::to_string(floor_.service_port())), std::string::npos) << log;
  std::printf("first boot through the relay: %zu bytes on the line\n", serial_.passed());

  // Once more: nothing is left to do, and the relay hears so.
  start_relay(serial_.path(), floor_.service_port());
  EXPECT_EQ(boot_through(serial_, *unit, 1).status.error(), ErrorCode::kAlreadyActivated);
  EXPECT_EQ(relay_->wait(seconds(20)), 0) << text_of(relay_log());
}

TEST_F(RelayTest, ANoisyLineCostsResendsAndNothingElse) {
  const uint64_t seed = announce_seed("relay on a noisy line");
  floor_.start_service();
  const auto unit = provisioned();
  Line line(serial_.path(), {.seed = seed, .faults = {.flip = 300, .drop = 300, .doubled = 300, .delay = 100}});
  start_relay(line.host_path(), floor_.service_port());
  const auto boot = boot_through(serial_, *unit, 20);
  expect_activated(*unit, boot);
  std::printf("noisy line: %llu faults, %zu attempts failed\n", static_cast<unsigned long long>(line.counts().faults),
              boot.failures);
}

TEST_F(RelayTest, TheServiceMayBeKilledAndComeBack) {
  floor_.start_service();
  const auto unit = provisioned();
  start_relay(serial_.path(), floor_.service_port());
  size_t failed_at = 0;
  serial_.after(1500, [&] {  // in the middle of the handshake
    floor_.stop_service();
    serial_.after(serial_.passed() + 300, [&] {
      failed_at = serial_.passed();
      floor_.start_service();
    });
  });
  const auto boot = boot_through(serial_, *unit, 20);
  expect_activated(*unit, boot);
  EXPECT_GT(failed_at, 0U);
  EXPECT_GT(boot.failures, 0U);
}

TEST_F(RelayTest, TheRelayMayBeKilledAndComeBack) {
  floor_.start_service();
  for (const size_t after : {40U, 900U, 2500U}) {
    const auto unit = provisioned();
    start_relay(serial_.path(), floor_.service_port());
    serial_.after(serial_.passed() + after, [&] {
      relay_->send(SIGKILL);
      relay_->wait(seconds(5));
      serial_.free_port();
      start_relay(serial_.path(), floor_.service_port());
    });
    const auto boot = boot_through(serial_, *unit, 20);
    expect_activated(*unit, boot);
  }
}

// A third party's server with the service's own certificate, which speaks 1.2 only; it knows no check-in, so the
// attempt ends as a failure of HTTP and not of TLS.
TEST_F(RelayTest, Tls12PassesAsWell) {
  const auto unit = provisioned();
  const std::string service = (floor_.home() / "service").string();
  const std::string log = (floor_.directory() / "s_server.log").string();
  const Child server({"openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", service + "/cert.pem", "-cert_chain",
                      service + "/cert.pem", "-key", service + "/key.pem", "-verify", "3", "-tls1_2", "-WWW"},
                     log);
  int port = 0;
  for (int i = 0; i < 1000 && port == 0; ++i) {
    std::this_thread::sleep_for(milliseconds(10));
    const std::string text = text_of(log);
    const size_t at = text.find("ACCEPT ");
    const size_t end = at == std::string::npos ? at : text.find('\n', at);
    if (end != std::string::npos) port = std::stoi(text.substr(text.rfind(':', end) + 1));
  }
  ASSERT_NE(port, 0) << text_of(log);
  start_relay(serial_.path(), port, {"--timeout", "8"});
  const auto boot = boot_through(serial_, *unit, 1);
  EXPECT_EQ(boot.version, "TLSv1.2") << text_of(relay_log()) << text_of(log);
  EXPECT_EQ(boot.last_error, ErrorCode::kHttp) << base::error_name(boot.last_error);
  EXPECT_EQ(relay_->wait(seconds(20)), 1);
}

// Whoever answers at --to: the device tells the true service by the CA that was injected.
TEST_F(RelayTest, AnotherServiceIsRefusedByTheDevice) {
  const auto unit = provisioned();
  FactoryFloor other(0);
  other.start_service();
  start_relay(serial_.path(), other.service_port(), {"--timeout", "8"});
  const auto boot = boot_through(serial_, *unit, 1);
  EXPECT_EQ(boot.last_error, ErrorCode::kServerCertificate) << base::error_name(boot.last_error);
  EXPECT_EQ(floor_.state_of(unit->chip_id()), "provisioned");
  EXPECT_EQ(relay_->wait(seconds(20)), 1);
  const std::string log = text_of(relay_log());
  EXPECT_NE(log.find("kServerCertificate"), std::string::npos) << log;
  // It asked for the port that it was provisioned with, and was connected where the operator said.
  EXPECT_NE(log.find("\"asked\":\"localhost:" + std::to_string(floor_.service_port()) +
                     "\",\"to\":\"localhost:" + std::to_string(other.service_port()) + "\""),
            std::string::npos)
      << log;
}

}  // namespace
}  // namespace test
