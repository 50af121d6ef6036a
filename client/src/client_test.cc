// The whole client on a unit in memory, against `openssl s_server` as a third party's peer: whom it trusts, and
// that a server it does not trust changes nothing.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

#include "client/port/linux/linux_stream.h"
#include "client/src/client_test_support.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_unit.h"

namespace client {
namespace {

using base::ErrorCode;

constexpr int64_t kNow = 1'790'000'000;

// A TLS server of OpenSSL on a free port; serves files as whole HTTP responses from `directory`.
class OpensslServer {
 public:
  OpensslServer(const test::TempDir& directory, const test::Certificate& certificate, const std::string& client_ca,
                const std::vector<std::string>& more, const std::string& address = "127.0.0.1") {
    const auto path = [&](const char* name) { return (directory / name).string(); };
    std::vector<std::string> arguments = {"openssl",
                                          "s_server",
                                          "-accept",
                                          address + ":0",
                                          "-cert",
                                          test::write_file(directory / "server.pem", certificate.pem()),
                                          "-key",
                                          test::write_file(directory / "server.key", certificate.key.pem()),
                                          "-CAfile",
                                          test::write_file(directory / "client-ca.pem", client_ca),
                                          "-Verify",
                                          "3",
                                          "-verify_return_error",
                                          "-HTTP"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    // s_server serves from its working directory.
    std::vector<std::string> command = {"env", "-C", directory.path().string()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    log_ = path("server.log");
    child_.emplace(command, log_);
    for (int i = 0; i < 1000 && port_ == 0; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      const std::string text = log();
      const size_t at = text.find("ACCEPT ");
      const size_t end = at == std::string::npos ? at : text.find('\n', at);
      if (end != std::string::npos) port_ = std::stoi(text.substr(text.rfind(':', end) + 1));
    }
  }
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string log() const {
    std::ifstream file(log_);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }

 private:
  std::string log_;
  std::optional<test::Child> child_;
  int port_ = 0;
};

// A TCP peer on loopback that takes one connection after the other and says `greeting`, or nothing.
class RawPeer {
 public:
  explicit RawPeer(std::string greeting) : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, 4), 0);
    EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, greeting = std::move(greeting)] {
      const int connection = accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      (void)!::write(connection, greeting.data(), greeting.size());
      char byte[256];
      while (::read(connection, byte, sizeof(byte)) > 0) {
      }
      ::close(connection);
    });
  }
  ~RawPeer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  [[nodiscard]] std::string uri() const { return "https://127.0.0.1:" + std::to_string(port_); }

 private:
  int listener_;
  int port_ = 0;
  std::thread thread_;
};

bool has_ipv6_loopback() {
  const int probe = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return false;
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  const bool bound = bind(probe, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  ::close(probe);
  return bound;
}

class ClientTest : public testing::Test {
 protected:
  ClientTest() {
    device_key_ = test::KeyPair::generate();
    device_ = test::make_certificate({.common_name = "T-000001", .extended_key_usage = "clientAuth"}, device_ca_,
                                     *device_key_);
  }
  ~ClientTest() override { test::restart_psa(); }

  test::Certificate server_certificate(std::vector<std::string> names, std::string usage = "serverAuth",
                                       int64_t not_before = kNow - 1000, int64_t not_after = kNow + 100'000) {
    return test::make_certificate({.common_name = "check-in",
                                   .alt_names = std::move(names),
                                   .extended_key_usage = std::move(usage),
                                   .not_before = not_before,
                                   .not_after = not_after},
                                  server_ca_);
  }

  void provision(const std::string& uri) {
    contents_.uri = uri;
    contents_.certificate = device_->der;
    contents_.issuer_chain = device_ca_.der;
    contents_.server_ca = server_ca_.der;
    contents_.current_time = kNow - 10;
    record_ = test::provision(board_, contents_, *device_key_);
  }

  // Provisions for the server and makes one attempt.
  base::Status attempt(const OpensslServer& server, const std::string& host) {
    EXPECT_NE(server.port(), 0) << server.log();
    provision("https://" + host + ":" + std::to_string(server.port()));
    return run_once();
  }
  base::Status run_once() {
    Client client(board_, stream_, clock_, observer_,
                  {.connect_limit = connect_limit_, .io_limit = 5'000, .once = true});
    auto status = client.prepare();
    if (status) status = client.run();
    return status;
  }

  // No activation, and the time floor is what the factory injected.
  void expect_untouched() {
    test::restart_psa();
    ASSERT_EQ(psa_crypto_init(), PSA_SUCCESS);
    rot::Rot rot(board_.otp(), board_.flash(), board_.layout(), board_.chip_id());
    ASSERT_TRUE(rot.mount());
    base::ByteArray<256> buffer{};
    EXPECT_EQ(rot.get_state(rot::StateId::kActivated, buffer).error(), ErrorCode::kItemNotFound);
    EXPECT_EQ(*rot.get_state_u64(rot::StateId::kTimeFloor), 0u);
  }

  void expect_refused(const test::Certificate& server, const std::string& host, ErrorCode code,
                      const std::vector<std::string>& more = {}) {
    OpensslServer peer(directory_, server, device_ca_.pem(), more);
    const auto status = attempt(peer, host);
    ASSERT_FALSE(status);
    EXPECT_EQ(base::error_name(status.error()), base::error_name(code)) << observer_.detail << "\n" << peer.log();
    EXPECT_FALSE(observer_.has(Observer::Event::kConnected));
    expect_untouched();
  }

  test::TempDir directory_;
  test::Certificate server_ca_ = test::make_root("server CA");
  test::Certificate device_ca_ = test::make_root("device CA");
  std::optional<test::KeyPair> device_key_;
  std::optional<test::Certificate> device_;
  test::TestBoard board_{"client-test-chip"};
  test::UnitContents contents_;
  test::UnitRecord record_;
  uint32_t connect_limit_ = 10'000;
  LinuxStream stream_;
  TestClock clock_{kNow};
  Recorder observer_;
};

// The peer that is trusted: the handshake completes, and the challenge is fetched (s_server answers no POST, so
// the attempt ends there, as a failure of HTTP and not of TLS).
class TrustedPeer : public ClientTest {
 protected:
  void expect_accepted(const test::Certificate& server, const std::string& host, const std::string& version,
                       const std::vector<std::string>& more, const std::string& address = "127.0.0.1") {
    std::filesystem::create_directory(directory_ / "v1");
    const std::string body = "\xA1\x01\x58\x20" + std::string(32, 'c');
    test::write_file(directory_ / "v1" / "challenge",
                     "HTTP/1.1 200 OK\r\nContent-Type: application/cbor\r\nContent-Length: 36\r\n\r\n" + body);
    OpensslServer peer(directory_, server, device_ca_.pem(), more, address);
    const auto status = attempt(peer, host);
    ASSERT_FALSE(status);
    EXPECT_TRUE(observer_.has(Observer::Event::kConnected))
        << base::error_name(status.error()) << " " << observer_.detail << "\n"
        << peer.log();
    EXPECT_EQ(observer_.version, version);
    EXPECT_NE(peer.log().find("FILE:v1/challenge"), std::string::npos) << peer.log();
    expect_untouched();
  }
};

TEST_F(TrustedPeer, Tls13ByName) {
  expect_accepted(server_certificate({"DNS:localhost"}), "localhost", "TLSv1.3", {"-tls1_3"});
}
TEST_F(TrustedPeer, Tls12ByAddress) {
  expect_accepted(server_certificate({"IP:127.0.0.1"}), "127.0.0.1", "TLSv1.2", {"-tls1_2"});
}
TEST_F(TrustedPeer, Tls13ByAddress) {
  expect_accepted(server_certificate({"IP:127.0.0.1"}), "127.0.0.1", "TLSv1.3", {});
}
TEST_F(TrustedPeer, ByIpv6Address) {
  if (!has_ipv6_loopback()) GTEST_SKIP() << "this machine has no IPv6";
  expect_accepted(server_certificate({"IP:::1"}), "[::1]", "TLSv1.3", {}, "[::1]");
}
// The name may lead to several addresses (::1 first, as a rule), of which one answers.
TEST_F(TrustedPeer, TriesEveryAddressOfAName) {
  addrinfo hints{};
  hints.ai_family = AF_INET6;
  addrinfo* found = nullptr;
  const bool named = getaddrinfo("localhost", nullptr, &hints, &found) == 0;
  if (named) freeaddrinfo(found);
  if (!named || !has_ipv6_loopback()) GTEST_SKIP() << "localhost has no IPv6 address on this machine";
  expect_accepted(server_certificate({"DNS:localhost"}), "localhost", "TLSv1.2", {"-tls1_2"}, "[::1]");
}
TEST_F(TrustedPeer, WithoutAClockTheFloorCounts) {
  clock_.wall = std::nullopt;
  // Made after the injection: nobody can say that it is not valid yet.
  expect_accepted(server_certificate({"DNS:localhost"}, "serverAuth", kNow + 50), "localhost", "TLSv1.3", {});
}
TEST_F(TrustedPeer, AClockBeforeTheFloorIsNotBelieved) {
  clock_.wall = 5;
  expect_accepted(server_certificate({"DNS:localhost"}), "localhost", "TLSv1.3", {});
  EXPECT_TRUE(observer_.has(Observer::Event::kClockBehind));
}

TEST_F(ClientTest, RefusesAnotherName) {
  expect_refused(server_certificate({"DNS:other.example", "IP:127.0.0.1"}), "localhost", ErrorCode::kServerCertificate);
  EXPECT_EQ(observer_.detail, "the server's certificate is for another name");
}
TEST_F(ClientTest, RefusesAnotherAddress) {
  expect_refused(server_certificate({"IP:127.0.0.2", "DNS:127.0.0.1"}), "127.0.0.1", ErrorCode::kServerCertificate);
}
TEST_F(ClientTest, RefusesANameInPlaceOfAnAddress) {
  expect_refused(server_certificate({"DNS:127.0.0.1"}), "127.0.0.1", ErrorCode::kServerCertificate, {"-tls1_2"});
}
TEST_F(ClientTest, RefusesAnotherCa) {
  const auto other = test::make_root("server CA");  // the same name, another key
  expect_refused(test::make_certificate({.alt_names = {"DNS:localhost"}, .extended_key_usage = "serverAuth"}, other),
                 "localhost", ErrorCode::kServerCertificate);
  EXPECT_EQ(observer_.detail, "the server's certificate does not lead to the injected CA");
}
TEST_F(ClientTest, RefusesAnExpiredServer) {
  expect_refused(server_certificate({"DNS:localhost"}, "serverAuth", kNow - 1000, kNow - 1), "localhost",
                 ErrorCode::kServerCertificate);
  EXPECT_EQ(observer_.detail, "a certificate of the server's chain is expired");
}
TEST_F(ClientTest, RefusesAServerThatExpiredBeforeTheFloor) {
  clock_.wall = std::nullopt;
  expect_refused(server_certificate({"DNS:localhost"}, "serverAuth", kNow - 1000, kNow - 11), "localhost",
                 ErrorCode::kServerCertificate);
}
TEST_F(ClientTest, RefusesAServerOfTheFuture) {
  expect_refused(server_certificate({"DNS:localhost"}, "serverAuth", kNow + 1), "localhost",
                 ErrorCode::kServerCertificate);
}
TEST_F(ClientTest, RefusesACertificateForClients) {
  expect_refused(server_certificate({"DNS:localhost"}, "clientAuth"), "localhost", ErrorCode::kServerCertificate);
}
TEST_F(ClientTest, RefusesACertificateForAnything) {
  expect_refused(server_certificate({"DNS:localhost"}, ""), "localhost", ErrorCode::kServerCertificate);
  EXPECT_EQ(observer_.detail, "the server's certificate is not for server authentication");
}
TEST_F(ClientTest, RefusesOldTls) {
  expect_refused(server_certificate({"DNS:localhost"}), "localhost", ErrorCode::kTlsHandshake,
                 {"-tls1_1", "-cipher", "ALL:@SECLEVEL=0"});
}
TEST_F(ClientTest, RefusesSuitesWithoutAead) {
  expect_refused(server_certificate({"DNS:localhost"}), "localhost", ErrorCode::kTlsHandshake,
                 {"-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"});
}

TEST_F(ClientTest, ReportsAServerThatIsNotThere) {
  provision("https://localhost:1");
  EXPECT_EQ(run_once().error(), ErrorCode::kConnect);
  expect_untouched();
}
TEST_F(ClientTest, ReportsANameThatDoesNotExist) {
  provision("https://name.invalid:1");
  EXPECT_EQ(run_once().error(), ErrorCode::kNameResolution);
  expect_untouched();
}

TEST_F(ClientTest, DoesNotWaitForEverForASilentServer) {
  RawPeer peer("");
  provision(peer.uri());
  connect_limit_ = 300;
  EXPECT_EQ(run_once().error(), ErrorCode::kTimeout);
  expect_untouched();
}
TEST_F(ClientTest, RefusesAServerThatSpeaksNoTls) {
  RawPeer peer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  provision(peer.uri());
  EXPECT_EQ(run_once().error(), ErrorCode::kTlsHandshake);
  expect_untouched();
}

TEST_F(ClientTest, RefusesAUriWithoutTls) {
  provision("coap://localhost:5683");
  EXPECT_EQ(run_once().error(), ErrorCode::kUriNotTls);
  EXPECT_TRUE(observer_.events.empty());
}
TEST_F(ClientTest, SaysThatItDoesNotSpeakCoaps) {
  provision("coaps://localhost:5684");
  EXPECT_EQ(run_once().error(), ErrorCode::kUnsupported);
  EXPECT_TRUE(observer_.events.empty());
}
TEST_F(ClientTest, RefusesABlankUnit) {
  EXPECT_EQ(run_once().error(), ErrorCode::kNotProvisioned);
  EXPECT_EQ(board_.chip().counters().operations, 0u) << "a blank chip was changed";
}
TEST_F(ClientTest, RefusesAUnitThatIsNotLocked) {
  contents_.lock = false;
  provision("https://localhost:1");
  EXPECT_EQ(run_once().error(), ErrorCode::kNotProvisioned);
}
TEST_F(ClientTest, RefusesItemsThatWereNotCommitted) {
  contents_.wrong_commit = true;
  provision("https://localhost:1");
  EXPECT_EQ(run_once().error(), ErrorCode::kDigestMismatch);
}
TEST_F(ClientTest, RefusesAUnitWithoutACertificate) {
  contents_.uri = "https://localhost:1";
  test::provision(board_, contents_, *device_key_);
  EXPECT_EQ(run_once().error(), ErrorCode::kNotProvisioned);
}

TEST_F(ClientTest, RefusesAUnitWithoutItsKey) {
  contents_.import_key = false;
  provision("https://localhost:1");
  EXPECT_EQ(run_once().error(), ErrorCode::kNotProvisioned);
}
// Trying again would not help: run() comes back although it may try for ever.
TEST_F(ClientTest, GivesUpOnACertificateThatCannotBeRead) {
  RawPeer peer("");
  contents_.uri = peer.uri();
  contents_.certificate = base::Bytes(400, 0x30);
  contents_.server_ca = server_ca_.der;
  test::provision(board_, contents_, *device_key_);
  Client client(board_, stream_, clock_, observer_, {});
  clock_.most_sleeps = 5;
  ASSERT_TRUE(client.prepare());
  EXPECT_EQ(client.run().error(), ErrorCode::kMalformed);
  EXPECT_EQ(clock_.slept.size(), 1u);
}

// Every wait comes from the unit's own generator, within the bounds of the back-off.
TEST_F(ClientTest, WaitsLongerAfterEachFailure) {
  provision("https://localhost:1");
  clock_.most_sleeps = 6;
  Client client(board_, stream_, clock_, observer_, {});
  ASSERT_TRUE(client.prepare());
  EXPECT_EQ(client.run().error(), ErrorCode::kTimeout);
  ASSERT_EQ(clock_.slept.size(), 6u);
  EXPECT_LE(clock_.slept[0], 20'000u);
  EXPECT_GE(clock_.slept[1], 20'000u);
  EXPECT_LE(clock_.slept[1], 100'000u);
  for (size_t i = 2; i < 6; ++i) EXPECT_GT(clock_.slept[i], clock_.slept[i - 1]);
}

}  // namespace
}  // namespace client
