// First boots that must fail: servers that are not the factory's, and units that are not fit. The client says why,
// gives the right exit code, and the next boot against the true service succeeds.
#include <fstream>
#include <thread>

#include "tests/support/test_pki.h"
#include "tests/user_errors/expectations.h"

namespace test {
namespace {

namespace fs = std::filesystem;

// Exit codes of the client as its --help gives them.
constexpr int kRefusedByService = 1;
constexpr int kUnfit = 3;
constexpr int kNoService = 4;

// `openssl s_server` on the port that the units were told.
class SServer {
 public:
  SServer(FactoryFloor& floor, const fs::path& certificate, const fs::path& key,
          const std::vector<std::string>& more = {})
      : log_(floor.directory() / "s_server.log") {
    std::error_code ignored;
    fs::remove(log_, ignored);
    std::vector<std::string> command = {
        "openssl", "s_server",   "-accept", std::to_string(floor.service_port()), "-cert", certificate.string(),
        "-key",    key.string(), "-www"};
    command.insert(command.end(), more.begin(), more.end());
    child_ = std::make_unique<Child>(command, log_.string());
    while (child_->running() && log().find("ACCEPT") == std::string::npos)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_TRUE(child_->running()) << log();
  }
  [[nodiscard]] std::string log() const {
    std::ostringstream text;
    text << std::ifstream(log_).rdbuf();
    return text.str();
  }

 private:
  fs::path log_;
  std::unique_ptr<Child> child_;
};

class FirstBootErrors : public testing::Test {
 protected:
  FirstBootErrors() {
    unit_ = answering_unit(floor_);
    const auto injected = floor_.inject(unit_->port());
    EXPECT_EQ(injected.exit_code, 0) << injected.err;
  }
  // A certificate of the CA that the units trust, for a name.
  fs::path certificate_for(const std::string& name, const std::string& days) {
    const std::string ca = (floor_.home() / "ca/check-in").string();
    const fs::path file = floor_.directory() / "server.pem";
    const std::string request = (floor_.directory() / "server.csr").string();
    const std::string extensions =
        write_file(floor_.directory() / "server.ext",
                   "subjectAltName=DNS:" + name + "\nextendedKeyUsage=serverAuth\nkeyUsage=digitalSignature\n");
    EXPECT_EQ(
        run({"openssl", "req", "-new", "-subj", "/CN=x", "-key", service_key().string(), "-out", request}).exit_code,
        0);
    const auto made = run({"openssl",
                           "x509",
                           "-req",
                           "-in",
                           request,
                           "-days",
                           days,
                           "-CAform",
                           "DER",
                           "-CA",
                           ca + "/cert.der",
                           "-CAkey",
                           ca + "/key.pem",
                           "-passin",
                           "file:" + (floor_.home() / "keys/passphrase").string(),
                           "-set_serial",
                           "7",
                           "-extfile",
                           extensions,
                           "-out",
                           file.string()});
    EXPECT_EQ(made.exit_code, 0) << made.err;
    return file;
  }
  fs::path service_key() const { return floor_.home() / "service/key.pem"; }
  fs::path service_certificate() const { return floor_.home() / "service/cert.pem"; }

  // One boot that fails. A boot always moves the seed on (that is its point), so on the unit it is the outcome of the
  // next boot that tells; the registry does not move at all.
  void expect_boot_fails(int exit_code, const std::vector<std::string>& parts) {
    const std::string before = floor_.sql(".dump");
    const auto booted = unit_->first_boot(floor_.programs().client);
    EXPECT_EQ(booted.exit_code, exit_code) << booted.out << booted.err;
    for (const std::string& part : parts)
      EXPECT_NE(booted.out.find(part), std::string::npos) << part << ": " << booted.out << booted.err;
    EXPECT_EQ(booted.out.find("activated"), std::string::npos) << booted.out;
    EXPECT_EQ(floor_.sql(".dump"), before);
  }
  void expect_boot_succeeds() {
    floor_.start_service();
    const auto booted = unit_->first_boot(floor_.programs().client);
    EXPECT_EQ(booted.exit_code, 0) << booted.out << booted.err << floor_.service_log();
    EXPECT_EQ(floor_.state_of(unit_->chip_id()), "activated");
    floor_.stop_service();
  }

  FactoryFloor floor_{3};
  std::unique_ptr<UnitProcess> unit_;
};

TEST_F(FirstBootErrors, NoService) {
  expect_boot_fails(kNoService, {"localhost", "[kConnect]"});
  expect_boot_succeeds();
}

TEST_F(FirstBootErrors, ServerWithAnotherName) {
  {
    const SServer server(floor_, certificate_for("elsewhere.example", "30"), service_key());
    expect_boot_fails(kNoService, {"[kServerCertificate]", "name"});
  }
  {
    // The same certificate for the right name is taken: it was the name.
    const SServer server(floor_, certificate_for("localhost", "30"), service_key());
    const auto booted = unit_->first_boot(floor_.programs().client);
    EXPECT_NE(booted.out.find("connected with TLSv1.3"), std::string::npos) << booted.out << server.log();
    EXPECT_EQ(booted.exit_code, kNoService) << booted.out;  // s_server is no check-in service
  }
  expect_boot_succeeds();
}

TEST_F(FirstBootErrors, ServerOfAnotherCa) {
  {
    const Certificate certificate = make_certificate(
        {.common_name = "check-in", .alt_names = {"DNS:localhost"}, .extended_key_usage = "serverAuth"},
        make_root("Development check-in CA"));
    const SServer server(floor_, write_file(floor_.directory() / "other.pem", certificate.pem()),
                         write_file(floor_.directory() / "other.key", certificate.key.pem()));
    expect_boot_fails(kNoService, {"[kServerCertificate]"});
  }
  expect_boot_succeeds();
}

TEST_F(FirstBootErrors, ServerWithAnExpiredCertificate) {
  {
    const SServer server(floor_, certificate_for("localhost", "-1"), service_key());
    expect_boot_fails(kNoService, {"[kServerCertificate]", "expired"});
  }
  expect_boot_succeeds();
}

TEST_F(FirstBootErrors, ServerWithAnOldVersionOrWeakSuites) {
  const std::vector<std::vector<std::string>> old = {
      {"-tls1_1", "-cipher", "ALL:@SECLEVEL=0"},
      {"-tls1", "-cipher", "ALL:@SECLEVEL=0"},
      {"-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA"},
  };
  for (const auto& options : old) {
    const SServer server(floor_, service_certificate(), service_key(), options);
    expect_boot_fails(kNoService, {"[kTlsHandshake]"});
  }
  {
    // TLS 1.2 with a modern suite is fine.
    const SServer server(floor_, service_certificate(), service_key(), {"-tls1_2"});
    const auto booted = unit_->first_boot(floor_.programs().client);
    EXPECT_NE(booted.out.find("connected with TLSv1.2"), std::string::npos) << booted.out << server.log();
  }
  expect_boot_succeeds();
}

TEST_F(FirstBootErrors, ARevokedUnit) {
  ASSERT_EQ(floor_.tool({"--yes", "unit", "revoke", "o1-000001", "--reason", "stolen"}).exit_code, 0);
  floor_.start_service();
  expect_boot_fails(kRefusedByService, {"recorded as revoked", "[kRefusedByServer]"});
  EXPECT_EQ(floor_.state_of(unit_->chip_id()), "revoked");
}

TEST_F(FirstBootErrors, AUnitThatIsNotProvisioned) {
  floor_.start_service();
  auto blank = floor_.new_unit();
  blank->power_on();
  std::swap(unit_, blank);
  expect_boot_fails(kUnfit, {"[kNotProvisioned]"});
  // Everything but the lock is not enough.
  unit_->power_on();
  ASSERT_EQ(floor_.tool({"inject", "--order", "o1", "--port", unit_->port()}).exit_code, 0);
  expect_boot_fails(kUnfit, {"[kNotProvisioned]"});
  EXPECT_EQ(floor_.state_of(unit_->chip_id()), "committed");
  unit_->power_on();
  ASSERT_EQ(floor_.inject(unit_->port()).exit_code, 0);
  floor_.stop_service();
  expect_boot_succeeds();
}

TEST_F(FirstBootErrors, AServiceThatCannotStart) {
  floor_.start_service();
  const auto second = floor_.tool({"serve", "--listen", "localhost:" + std::to_string(floor_.service_port())});
  EXPECT_TRUE(refused(second, kUsage, "kIo", {std::to_string(floor_.service_port()), "in use"}));
  EXPECT_TRUE(refused(floor_.tool({"serve", "--listen", "nonsense"}), kUsage, "kUsage", {"HOST:PORT"}));
  floor_.stop_service();
  fs::rename(service_certificate(), floor_.directory() / "kept.pem");
  EXPECT_TRUE(
      refused(floor_.tool({"serve", "--listen", "localhost:0"}), kUsage, "kConfiguration", {"service/cert.pem"}));
}

}  // namespace
}  // namespace test
