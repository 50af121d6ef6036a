// Programs that are not ours: `openssl verify` and `openssl x509` judge the certificates that the real tool issued to a
// real unit, `openssl s_client` speaks to the service, and socat is the line between station and unit.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "tests/support/factory_floor.h"

namespace test {
namespace {

namespace fs = std::filesystem;

class ThirdParty : public testing::TestWithParam<const char*> {
 protected:
  ThirdParty() : floor_(2, GetParam()) {}

  // A provisioned unit, and its certificate and chain as files.
  void provision() {
    unit_ = floor_.new_unit();
    unit_->power_on();
    const auto injected = floor_.inject(unit_->port());
    ASSERT_EQ(injected.exit_code, 0) << injected.err;
    const auto shown = floor_.tool({"unit", "show", "o1-000001", "--certificate"});
    ASSERT_EQ(shown.exit_code, 0) << shown.err;
    const std::string end = "-----END CERTIFICATE-----\n";
    const size_t first = shown.out.find(end) + end.size();
    leaf_ = write("leaf.pem", shown.out.substr(0, first));
    chain_ = write("chain.pem", shown.out.substr(first));
    EXPECT_NE(shown.out.substr(first), "") << "the issuing CA is part of the chain";
    root_ = pem_of_ca("dev-root");
  }
  std::string write(const std::string& name, const std::string& text) {
    const fs::path file = floor_.directory() / name;
    std::ofstream(file) << text;
    return file.string();
  }
  std::string pem_of_ca(const std::string& name) {
    const auto pem =
        run({"openssl", "x509", "-inform", "DER", "-in", (floor_.home() / "ca" / name / "cert.der").string()});
    EXPECT_EQ(pem.exit_code, 0) << pem.err;
    return write(name + ".pem", pem.out);
  }

  FactoryFloor floor_;
  std::unique_ptr<UnitProcess> unit_;
  std::string leaf_;
  std::string chain_;
  std::string root_;
};

INSTANTIATE_TEST_SUITE_P(ShippedProfiles, ThirdParty, testing::Values("lwm2m", "idevid"),
                         [](const auto& profile) { return std::string(profile.param); });

TEST_P(ThirdParty, OpensslVerifiesWhatWasIssued) {
  provision();
  const auto verify = [&](const std::vector<std::string>& more, const std::string& root) {
    std::vector<std::string> command = {"openssl",    "verify",      "-x509_strict", "-check_ss_sig",
                                        "-no-CApath", "-no-CAstore", "-CAfile",      root};
    command.insert(command.end(), more.begin(), more.end());
    command.push_back(leaf_);
    return run(command);
  };
  const auto good = verify({"-untrusted", chain_, "-purpose", "sslclient"}, root_);
  EXPECT_EQ(good.exit_code, 0) << good.out << good.err;
  // In fifty years too: 4102444800 is 2100.
  EXPECT_EQ(verify({"-untrusted", chain_, "-attime", "4102444800"}, root_).exit_code, 0);
  // The judge does say no.
  EXPECT_NE(verify({"-untrusted", chain_}, pem_of_ca("check-in")).exit_code, 0);
  if (std::string(GetParam()) == "lwm2m") {  // it names the purposes of its key
    EXPECT_NE(verify({"-untrusted", chain_, "-purpose", "sslserver"}, root_).exit_code, 0);
  }

  // Every CA of the home, and the certificate of the service.
  for (const char* ca : {"dev-root", "check-in"}) {
    const auto own =
        run({"openssl", "verify", "-x509_strict", "-check_ss_sig", "-CAfile", pem_of_ca(ca), pem_of_ca(ca)});
    EXPECT_EQ(own.exit_code, 0) << ca << own.out << own.err;
  }
  const auto service =
      run({"openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "localhost", "-CAfile",
           pem_of_ca("check-in"), (floor_.home() / "service/cert.pem").string()});
  EXPECT_EQ(service.exit_code, 0) << service.out << service.err;
}

TEST_P(ThirdParty, OpensslReadsWhatTheProfileSays) {
  provision();
  const auto shown = run({"openssl", "x509", "-in", leaf_, "-noout", "-text", "-nameopt", "RFC2253"});
  ASSERT_EQ(shown.exit_code, 0) << shown.err;
  const auto says = [&](const std::string& text) {
    EXPECT_NE(shown.out.find(text), std::string::npos) << text << "\n" << shown.out;
  };
  says("Version: 3 (0x2)");
  says("Signature Algorithm: ecdsa-with-SHA256");
  says("Not After : Dec 31 23:59:59 9999 GMT");
  says("ASN1 OID: prime256v1");
  says("CA:FALSE");
  says("Digital Signature");
  says("o1-000001");
  if (std::string(GetParam()) == "lwm2m") says("TLS Web Client Authentication");
  if (std::string(GetParam()) == "idevid") says("othername");

  // The key in it is the one that the unit made and the registry holds.
  const auto key =
      run({"sh", "-c",
           "openssl x509 -in '" + leaf_ +
               "' -noout -pubkey | openssl pkey -pubin -outform DER | tail -c 65 | od -An -v -tx1 | tr -d ' \\n'"});
  EXPECT_EQ(key.out, floor_.sql("SELECT lower(hex(public_key)) FROM keys"));
  const auto fingerprint = run({"sh", "-c", "openssl x509 -in '" + leaf_ + "' -outform DER | sha256sum | cut -c1-64"});
  EXPECT_EQ(fingerprint.out,
            floor_.sql("SELECT lower(hex(fingerprint)) FROM certificates WHERE certificate IS NOT NULL") + "\n");
}

TEST(ThirdPartyService, SClientSeesTheServiceAsAUnitDoes) {
  FactoryFloor floor(1);
  floor.start_service();
  const std::string port = std::to_string(floor.service_port());
  const fs::path ca = floor.home() / "ca/check-in/cert.der";
  const auto connect = [&](std::vector<std::string> more) {
    std::vector<std::string> command = {"openssl",
                                        "s_client",
                                        "-connect",
                                        "localhost:" + port,
                                        "-CAfile",
                                        (floor.directory() / "ca.pem").string(),
                                        "-verify_return_error",
                                        "-verify_hostname",
                                        "localhost",
                                        "-brief"};
    command.insert(command.end(), more.begin(), more.end());
    return run(command);
  };
  ASSERT_EQ(
      run({"openssl", "x509", "-inform", "DER", "-in", ca.string(), "-out", (floor.directory() / "ca.pem").string()})
          .exit_code,
      0);
  // The server is who the units are told to trust...
  const auto modern = connect({"-tls1_3"});
  EXPECT_NE(modern.err.find("Protocol version: TLSv1.3"), std::string::npos) << modern.err;
  EXPECT_NE(modern.err.find("Verification: OK"), std::string::npos) << modern.err;
  // ... and without a certificate of this factory nobody gets further than the handshake.
  const auto nameless = connect({"-tls1_2"});
  EXPECT_NE(nameless.exit_code, 0);
  EXPECT_NE(nameless.err.find("alert handshake failure"), std::string::npos) << nameless.err;
  const auto old = connect({"-tls1_1", "-cipher", "ALL:@SECLEVEL=0"});
  EXPECT_NE(old.exit_code, 0);
  EXPECT_NE(old.err.find("alert protocol version"), std::string::npos) << old.err;
  const auto offered = run({"openssl", "s_client", "-connect", "localhost:" + port, "-tls1_3"});
  EXPECT_NE(offered.out.find("Acceptable client certificate CA names"), std::string::npos) << offered.out;
  EXPECT_NE(offered.out.find("Development issuing CA"), std::string::npos) << offered.out;
}

TEST(ThirdPartyLine, SocatCarriesAWholeInjection) {
  FactoryFloor floor(1);
  auto unit = floor.new_unit();
  unit->power_on();
  const std::string station = (floor.directory() / "station").string();
  const std::string log = (floor.directory() / "socat.log").string();
  Child socat({"socat", "-d", "-d", "pty,raw,echo=0,link=" + station, unit->port() + ",raw,echo=0"}, log);
  while (socat.running() && !fs::exists(station)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  ASSERT_TRUE(socat.running());
  const auto injected = floor.inject(station);
  EXPECT_EQ(injected.exit_code, 0) << injected.err;
  EXPECT_EQ(floor.state_of(unit->chip_id()), "provisioned");
  EXPECT_EQ(floor.tool({"verify", "--port", station}).exit_code, 0);
}

}  // namespace
}  // namespace test
