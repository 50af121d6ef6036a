// Certificate authorities that cannot sign for devices: refused at import, and again at the injection if they went
// bad since the order.
#include <fstream>

#include "tests/support/test_pki.h"
#include "tests/user_errors/expectations.h"

namespace test {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kPast = 1609459200;    // 2021-01-01
constexpr int64_t kFuture = 4070908800;  // 2099-01-01

class CaErrors : public testing::Test {
 protected:
  CommandResult import(const Certificate& ca, const std::string& key_pem) {
    const std::string certificate = write_file(floor_.directory() / "ca.pem", ca.pem());
    const std::string key = write_file(floor_.directory() / "ca-key.pem", key_pem);
    fs::permissions(key, fs::perms::owner_read | fs::perms::owner_write);
    return floor_.tool({"ca", "import", "plant", "--certificate", certificate, "--key", key});
  }
  // Refused, and the home has not one file more or less.
  void expect_import_refused(const Certificate& ca, const std::string& key_pem, int exit_code, const std::string& code,
                             const std::vector<std::string>& parts) {
    const Files before = files_below(floor_.home() / "ca");
    EXPECT_TRUE(refused(import(ca, key_pem), exit_code, code, parts));
    EXPECT_TRUE(same_files(before, files_below(floor_.home() / "ca")));
  }

  FactoryFloor floor_{0};
};

TEST_F(CaErrors, AtImport) {
  const StandsStill still(floor_, nullptr);
  const Certificate good = make_root("plant CA");
  const auto root = [](const CertificateOptions& options) { return make_root(options); };

  Certificate bad = root({.common_name = "old CA", .is_ca = true, .not_after = kPast});
  expect_import_refused(bad, bad.key.pem(), kSigner, "kCaExpired", {"has expired", "plant", "ca import"});
  bad = root({.common_name = "early CA", .is_ca = true, .not_before = kFuture});
  expect_import_refused(bad, bad.key.pem(), kSigner, "kCaExpired", {"not valid yet", "plant", "clock"});
  bad = make_certificate({.common_name = "no CA"}, good);
  expect_import_refused(bad, bad.key.pem(), kUsage, "kCaUnfit", {"not a CA", "plant", "issuing CA"});
  expect_import_refused(good, make_root("another").key.pem(), kSigner, "kSignerKey",
                        {"does not belong", "plant", "same CA"});
  const KeyPair rsa = KeyPair::generate(KeyKind::kRsa2048);
  bad = make_certificate({.common_name = "RSA CA", .is_ca = true}, good, rsa);
  expect_import_refused(bad, rsa.pem(), kUsage, "kCaUnfit", {"P-256", "plant"});
  EXPECT_TRUE(still.holds());

  ASSERT_EQ(import(good, good.key.pem()).exit_code, 0);
  expect_import_refused(good, good.key.pem(), kUsage, "kConfiguration", {"exists already", "Choose another name"});
}

TEST_F(CaErrors, FilesThatAreNoCertificateOrOpenToOthers) {
  const Files before = files_below(floor_.home() / "ca");
  const std::string text = write_file(floor_.directory() / "text", "no certificate\n");
  EXPECT_TRUE(refused(floor_.tool({"ca", "import", "plant", "--certificate", text}), kUsage, "kCaUnfit",
                      {"no X.509 certificate", "plant", text}));
  EXPECT_TRUE(refused(floor_.tool({"ca", "import", "plant", "--certificate", "/no/such/file"}), kUsage, "kIo",
                      {"/no/such/file"}));
  const Certificate good = make_root("plant CA");
  const std::string certificate = write_file(floor_.directory() / "ca.pem", good.pem());
  const std::string key = write_file(floor_.directory() / "ca-key.pem", good.key.pem());
  fs::permissions(key, fs::perms::owner_read | fs::perms::owner_write | fs::perms::others_read);
  EXPECT_TRUE(refused(floor_.tool({"ca", "import", "plant", "--certificate", certificate, "--key", key}), kUsage,
                      "kConfiguration", {key, "chmod"}));
  EXPECT_TRUE(same_files(before, files_below(floor_.home() / "ca")));
}

TEST_F(CaErrors, AtInjection) {
  const Certificate root = make_root("plant root");
  const Certificate ca = make_certificate({.common_name = "plant CA", .is_ca = true}, root);
  ASSERT_EQ(import(ca, ca.key.pem()).exit_code, 0);
  const auto made =
      floor_.tool({"order", "create", "o1", "--batch", "b1", "--profile", "lwm2m", "--quantity", "3", "--ca", "plant"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  settle(floor_);
  auto unit = answering_unit(floor_);
  const fs::path file = floor_.home() / "ca/plant/cert.der";
  const std::string good = files_below(floor_.home())["ca/plant/cert.der"];
  const StandsStill still(floor_, unit.get());
  const auto with = [&](const CertificateOptions& options) {
    const Certificate changed = make_certificate(options, root, ca.key);
    std::ofstream(file, std::ios::binary)
        .write(reinterpret_cast<const char*>(changed.der.data()), static_cast<std::streamsize>(changed.der.size()));
    return floor_.inject(unit->port());
  };
  EXPECT_TRUE(refused(with({.common_name = "plant CA", .is_ca = true, .not_after = kPast}), kSigner, "kCaExpired",
                      {"`plant`", "to 2021-01-01", "import a CA that is valid now"}));
  EXPECT_TRUE(refused(with({.common_name = "plant CA", .is_ca = true, .not_before = kFuture}), kSigner, "kCaExpired",
                      {"`plant`", "from 2099-01-01", "clock"}));
  EXPECT_TRUE(refused(with({.common_name = "plant CA"}), kUsage, "kCaUnfit", {"`plant`", "basicConstraints"}));

  std::ofstream(file, std::ios::binary) << good;
  const fs::path key = floor_.home() / "ca/plant/key.pem";
  const std::string good_key = files_below(floor_.home())["ca/plant/key.pem"];
  std::ofstream(key) << files_below(floor_.home())["ca/dev/key.pem"];
  EXPECT_TRUE(
      refused(floor_.inject(unit->port()), kSigner, "kSignerKey", {"does not belong", "plant/key.pem", "same CA"}));
  fs::remove(key);
  EXPECT_TRUE(refused(floor_.inject(unit->port()), kSigner, "kSignerUnavailable", {"`plant`", "ca show"}));
  EXPECT_TRUE(still.holds());

  std::ofstream(key) << good_key;
  fs::permissions(key, fs::perms::owner_read | fs::perms::owner_write);
  const auto injected = floor_.inject(unit->port());
  EXPECT_EQ(injected.exit_code, 0) << injected.err;
}

TEST_F(CaErrors, WrongPassphrase) {
  ASSERT_EQ(floor_.tool({"order", "create", "o1", "--batch", "b1", "--profile", "lwm2m", "--quantity", "1"}).exit_code,
            0);
  settle(floor_);
  auto unit = answering_unit(floor_);
  const StandsStill still(floor_, unit.get());
  const std::string wrong = write_file(floor_.directory() / "wrong", "not the passphrase\n");
  EXPECT_TRUE(
      refused(floor_.inject(unit->port(), {"--passphrase-file", wrong}), kUsage, "kConfiguration", {wrong, "chmod"}));
  fs::permissions(wrong, fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_TRUE(refused(floor_.inject(unit->port(), {"--passphrase-file", wrong}), kSigner, "kSignerKey",
                      {"passphrase", "station.pem"}));
  EXPECT_TRUE(refused(floor_.tool({"--passphrase-file", wrong, "ca", "create", "x", "--issuer", "dev-root"}), kSigner,
                      "kSignerKey", {"passphrase", "dev-root"}));
  EXPECT_FALSE(fs::exists(floor_.home() / "ca/x"));
  EXPECT_TRUE(still.holds());
}

}  // namespace
}  // namespace test
