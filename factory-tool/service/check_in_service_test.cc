// The service with the real client and with `openssl s_client` as peers, over loopback.
#include "factory-tool/service/check_in_service.h"

#include <gtest/gtest.h>
#include <psa/crypto.h>

#include <cstdlib>
#include <ctime>
#include <iterator>
#include <mutex>
#include <sstream>

#include "client/port/linux/linux_stream.h"
#include "client/src/client_test_support.h"
#include "db/src/registry_test_support.h"
#include "device/port/linux/linux_board.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_unit.h"

namespace factory {
namespace {

using base::ErrorCode;

class ServiceTest : public testing::Test {
 protected:
  ServiceTest() {
    const auto certificate = test::make_certificate(
        {.common_name = "check-in", .alt_names = {"DNS:localhost", "IP:127.0.0.1"}, .extended_key_usage = "serverAuth"},
        server_ca_);
    config_.certificate_chain = test::write_file(files_ / "chain.pem", certificate.pem());
    config_.private_key = test::write_file(files_ / "key.pem", certificate.key.pem());
    config_.client_issuers = {device_ca_.der};
    config_.log = [this](const std::string& line) {
      const std::lock_guard lock(log_mutex_);
      log_ += line + "\n";
    };
    auto service = CheckInService::start(config_, registry_);
    EXPECT_TRUE(service) << service.error().to_string();
    if (service) service_ = *std::move(service);
  }
  ~ServiceTest() override {
    service_.reset();
    test::restart_psa();
  }

  struct Device {
    test::KeyPair key;
    test::Certificate certificate;
    test::UnitContents contents;
    db::Unit unit;
  };

  // A unit that the registry knows as provisioned, and its board to match.
  Device make_device(device::Board& board) {
    auto reserved = registry_.reserve_unit("order-1", values_.array<16>());
    EXPECT_OK(reserved);
    Device device{.key = test::KeyPair::generate(), .certificate = device_ca_, .contents = {}, .unit = {}};
    device.certificate = test::make_certificate({.common_name = reserved->serial, .extended_key_usage = "clientAuth"},
                                                device_ca_, device.key);
    device.contents = contents_for(device.certificate, reserved->serial);
    const auto record = test::provision(board, device.contents, device.key);

    auto contact = registry_.contact(*reserved, board.chip_id(), "ram", "1.0.0", "test");
    EXPECT_OK(contact);
    device.unit = contact->unit;
    EXPECT_OK(db::test::step(registry_, device.unit, db::UnitState::kSeeded, values_));
    EXPECT_OK(registry_.record_key(device.unit, device.key.public_point()));
    EXPECT_OK(registry_.record_certificate(device.unit, device.certificate.der, values_.array<20>(),
                                           values_.array<20>(), device.certificate.fingerprint()));
    EXPECT_OK(registry_.record_committed(device.unit, record.items_digest, record.item_count));
    EXPECT_OK(registry_.record_provisioned(device.unit, values_.bytes(120)));
    return device;
  }
  test::UnitContents contents_for(const test::Certificate& certificate, const std::string& serial) {
    return {.serial = serial,
            .uri = "https://localhost:" + std::to_string(service_->port()),
            .certificate = certificate.der,
            .server_ca = server_ca_.der,
            .current_time = std::time(nullptr) - 100};
  }

  base::Status boot(test::TestBoard& board) {
    test::restart_psa();
    client::Client client(board, stream_, clock_, observer_, {.once = true});
    auto status = client.prepare();
    if (status) status = client.run();
    return status;
  }
  db::Unit unit_of(const Device& device) { return registry_.unit(device.unit.serial).value(); }
  std::string log() {
    const std::lock_guard lock(log_mutex_);
    return log_;
  }

  // Sends `request` through openssl s_client; its output.
  test::CommandResult s_client(const std::string& request, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"openssl", "s_client", "-quiet", "-connect",
                                          "127.0.0.1:" + std::to_string(service_->port())};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return test::run(arguments, {.input = request});
  }
  std::vector<std::string> certificate_arguments(const test::Certificate& certificate) {
    return {"-cert", test::write_file(files_ / "client.pem", certificate.pem()), "-key",
            test::write_file(files_ / "client.key", certificate.key.pem())};
  }

  test::TempDir files_;
  db::test::TemporaryFolder folder_;
  db::Registry registry_ = db::test::make_registry(folder_.registry());
  db::test::Values values_{db::test::seed()};
  test::Certificate server_ca_ = test::make_root("server CA");
  test::Certificate device_ca_ = test::make_root("device CA");
  ServiceConfig config_;
  std::mutex log_mutex_;
  std::string log_;
  std::unique_ptr<CheckInService> service_;
  client::LinuxStream stream_;
  client::TestClock clock_{static_cast<uint64_t>(std::time(nullptr))};
  client::Recorder observer_;
};

const std::string kGet = "GET /v1/challenge HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

TEST_F(ServiceTest, ActivatesAUnitOnce) {
  test::TestBoard board("chip-one");
  const auto device = make_device(board);
  const auto status = boot(board);
  ASSERT_TRUE(status) << base::error_name(status.error()) << " " << observer_.detail << "\n" << log();
  EXPECT_EQ(observer_.version, "TLSv1.3");
  EXPECT_EQ(unit_of(device).state, db::UnitState::kActivated);
  EXPECT_NE(log().find(R"("event":"activate")"), std::string::npos);

  const auto operations = board.chip().counters().operations;
  EXPECT_EQ(boot(board).error(), ErrorCode::kAlreadyActivated);
  EXPECT_EQ(board.chip().counters().operations, operations) << "the second boot changed something";

  test::restart_psa();
  ASSERT_EQ(psa_crypto_init(), PSA_SUCCESS);
  rot::Rot rot(board.otp(), board.flash(), board.layout(), board.chip_id());
  ASSERT_TRUE(rot.mount());
  const auto floor = rot.get_state_u64(rot::StateId::kTimeFloor);
  ASSERT_TRUE(floor);
  EXPECT_GE(*floor + 60, static_cast<uint64_t>(std::time(nullptr)));
}

TEST_F(ServiceTest, TakesTheSameChipAgain) {
  test::TestBoard board("chip-one");
  const auto device = make_device(board);
  const auto before = board.chip().snapshot();
  ASSERT_TRUE(boot(board)) << log();
  // As after a power cut between the service's answer and the store.
  board.chip().restore(before);
  EXPECT_TRUE(boot(board)) << log();
  EXPECT_EQ(unit_of(device).state, db::UnitState::kActivated);
  EXPECT_FALSE(unit_of(device).clone_suspected);
}

TEST_F(ServiceTest, RefusesAndFlagsAClone) {
  test::TestBoard board("chip-one");
  const auto device = make_device(board);
  ASSERT_TRUE(boot(board)) << log();
  test::TestBoard clone("chip-two");
  test::provision(clone, device.contents, device.key);
  EXPECT_EQ(boot(clone).error(), ErrorCode::kClone);
  EXPECT_TRUE(unit_of(device).clone_suspected);
  EXPECT_EQ(unit_of(device).state, db::UnitState::kActivated);
  EXPECT_NE(log().find(base::to_hex(base::as_bytes("chip-two"))), std::string::npos);
}

TEST_F(ServiceTest, RefusesACertificateThatIsNotInTheRegistry) {
  test::TestBoard board("chip-one");
  const auto key = test::KeyPair::generate();
  const auto certificate =
      test::make_certificate({.common_name = "X", .extended_key_usage = "clientAuth"}, device_ca_, key);
  test::provision(board, contents_for(certificate, "X"), key);
  EXPECT_EQ(boot(board).error(), ErrorCode::kRefusedByServer);
  EXPECT_EQ(observer_.detail, "this factory did not issue the certificate");
}

TEST_F(ServiceTest, RefusesARevokedUnit) {
  test::TestBoard board("chip-one");
  const auto device = make_device(board);
  EXPECT_OK(registry_.record_revoked(device.unit, "stolen"));
  EXPECT_EQ(boot(board).error(), ErrorCode::kRefusedByServer);
  EXPECT_EQ(observer_.detail, "the unit is recorded as revoked");
  EXPECT_EQ(unit_of(device).state, db::UnitState::kRevoked);
}

TEST_F(ServiceTest, RefusesACertificateOfAnotherCa) {
  test::TestBoard board("chip-one");
  const auto other_ca = test::make_root("device CA");
  const auto key = test::KeyPair::generate();
  const auto certificate =
      test::make_certificate({.common_name = "X", .extended_key_usage = "clientAuth"}, other_ca, key);
  test::provision(board, contents_for(certificate, "X"), key);
  // With TLS 1.3 the client is through with its handshake by then: it hears the alert, or the reset that follows it.
  const auto error = boot(board).error();
  EXPECT_TRUE(error == ErrorCode::kTlsHandshake || error == ErrorCode::kIo) << base::error_name(error);
  service_->stop();  // its threads have said all they had to say
  EXPECT_NE(log().find(R"("event":"tls-refused")"), std::string::npos) << log();
}

// The program itself on storage files. FACTORY_LINE_CLIENT names another build of it, e.g. "qemu-mips PATH".
TEST_F(ServiceTest, TheProgramActivatesAUnit) {
  const char* other = std::getenv("FACTORY_LINE_CLIENT");
  std::istringstream words(other != nullptr ? other : FACTORY_LINE_CLIENT_PROGRAM);
  std::vector<std::string> command{std::istream_iterator<std::string>(words), {}};
  if (!std::filesystem::exists(command.back())) GTEST_SKIP() << command.back() << " is not built";

  device::LinuxConfig config;
  device::Diagnostic diagnostic;
  const std::string storage = files_ / "unit";
  std::filesystem::create_directory(storage);
  const std::vector<std::string> settings = {"storage-dir=" + storage, "chip-id=00112233445566aa"};
  for (const std::string& setting : settings) {
    const size_t equals = setting.find('=');
    ASSERT_TRUE(device::set_config(config, setting.substr(0, equals), setting.substr(equals + 1), diagnostic));
  }
  ASSERT_TRUE(device::complete_config(config, diagnostic));
  auto board = std::make_unique<device::LinuxBoard>();
  ASSERT_TRUE(board->open(config, {}, diagnostic)) << diagnostic.text;
  const auto device = make_device(*board);
  // The unit's own file, with what only the agent knows.
  std::string lines = "port = pty\nbaud = 921600\non-reboot = exit\nlocked-linger-s = 60\nstagger-ms = 0\n";
  for (const std::string& setting : settings) lines += setting + "\n";
  command.insert(command.end(), {"--config", test::write_file(files_ / "unit.conf", lines), "--once", "--figures"});
  EXPECT_EQ(test::run(command).exit_code, 5);  // the storage has one user at a time: later
  board.reset();
  ASSERT_EQ(psa_crypto_init(), PSA_SUCCESS);  // make_device() left PSA off, and the service verifies with it

  const auto first = test::run(command);
  EXPECT_EQ(first.exit_code, 0) << first.out << first.err << log();
  EXPECT_NE(first.out.find("activated at "), std::string::npos) << first.out;
  EXPECT_EQ(unit_of(device).state, db::UnitState::kActivated);
  std::printf("%s", first.out.c_str());

  const auto second = test::run(command);
  EXPECT_EQ(second.exit_code, 0);
  EXPECT_EQ(second.out, "already activated\n") << second.err;
}

TEST_F(ServiceTest, SClientWithAGoodCertificateGetsAChallenge) {
  test::TestBoard board("chip-one");
  const auto device = make_device(board);
  for (const char* version : {"-tls1_2", "-tls1_3"}) {
    auto arguments = certificate_arguments(device.certificate);
    arguments.push_back(version);
    const auto result = s_client(kGet, arguments);
    EXPECT_NE(result.out.find("HTTP/1.1 200"), std::string::npos) << version << result.err << log();
  }
}

TEST_F(ServiceTest, SClientIsRefusedWithoutWhatItTakes) {
  test::TestBoard board("chip-one");
  const auto device = make_device(board);
  const auto good = certificate_arguments(device.certificate);
  const auto refused = [&](const std::vector<std::string>& arguments, const std::string& what) {
    const auto result = s_client(kGet, arguments);
    EXPECT_EQ(result.out.find("HTTP/"), std::string::npos) << what << result.out;
    EXPECT_NE(result.err.find("alert"), std::string::npos) << what << result.err;
  };
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.end(), good.begin(), good.end());
    return more;
  };
  refused({"-tls1_2"}, "no certificate, 1.2");
  refused({"-tls1_3"}, "no certificate, 1.3");
  refused(with({"-tls1_1", "-cipher", "ALL:@SECLEVEL=0"}), "TLS 1.1");
  refused(with({"-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"}), "no AEAD");
  const auto foreign = test::make_certificate({.extended_key_usage = "clientAuth"}, test::make_root("device CA"));
  refused(certificate_arguments(foreign), "foreign CA");
  const auto server_only = test::make_certificate({.extended_key_usage = "serverAuth"}, device_ca_);
  refused(certificate_arguments(server_only), "a certificate for servers");
  EXPECT_EQ(unit_of(device).state, db::UnitState::kProvisioned);
}

TEST_F(ServiceTest, BoundsAndChecksRequests) {
  test::TestBoard board("chip-one");
  const auto device = make_device(board);
  const auto arguments = certificate_arguments(device.certificate);
  const auto status_of = [&](const std::string& request) {
    const std::string out = s_client(request, arguments).out;
    return out.size() < 12 ? out : out.substr(9, 3);
  };
  EXPECT_EQ(status_of("GET /v1/other HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), "404");
  const std::string post = "POST /v1/activate HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ";
  EXPECT_EQ(status_of(post + "4096\r\n\r\n" + std::string(4096, 'x')), "413");
  EXPECT_EQ(status_of(post + "3\r\n\r\nabc"), "403");
  EXPECT_EQ(unit_of(device).state, db::UnitState::kProvisioned);
}

TEST_F(ServiceTest, StopsAndFreesItsPort) {
  const int port = service_->port();
  service_->stop();
  service_->stop();
  config_.port = port;
  const auto again = CheckInService::start(config_, registry_);
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_EQ((*again)->port(), port);
}

TEST_F(ServiceTest, SaysWhatIsWrongWithItsConfiguration) {
  ServiceConfig wrong = config_;
  wrong.certificate_chain = files_ / "missing.pem";
  EXPECT_EQ(CheckInService::start(wrong, registry_).error().code, ErrorCode::kConfiguration);
  wrong = config_;
  wrong.private_key = test::write_file(files_ / "other.pem", test::KeyPair::generate().pem());
  EXPECT_EQ(CheckInService::start(wrong, registry_).error().code, ErrorCode::kConfiguration);
  wrong = config_;
  wrong.client_issuers.clear();
  EXPECT_EQ(CheckInService::start(wrong, registry_).error().code, ErrorCode::kConfiguration);
  wrong = config_;
  wrong.listen = "192.0.2.1";
  EXPECT_EQ(CheckInService::start(wrong, registry_).error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace factory
