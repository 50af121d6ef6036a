// Profiles with errors: every one with file, line and what to change, exit code 2, and no order made of them.
#include <fstream>

#include "tests/user_errors/expectations.h"

namespace test {
namespace {

class ProfileErrors : public testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& text) {
    const auto path = floor_.directory() / name;
    std::ofstream(path) << text;
    return path.string();
  }
  CommandResult order_of(const std::string& profile, const std::vector<std::string>& more = {}) {
    std::vector<std::string> command = {"order",     "create", "o9",         "--batch", "b1",
                                        "--profile", profile,  "--quantity", "1"};
    command.insert(command.end(), more.begin(), more.end());
    return floor_.tool(command);
  }

  FactoryFloor floor_{0};
};

TEST_F(ProfileErrors, Syntax) {
  const std::string path = file("syntax.toml", "[profile]\nname = \"x\"\nversion = = 1\n");
  const StandsStill still(floor_, nullptr);
  EXPECT_TRUE(refused(floor_.tool({"profile", "check", path}), kUsage, "kProfileSyntax", {path + ":3"}));
  EXPECT_TRUE(refused(order_of(path), kUsage, "kProfileSyntax", {path + ":3"}));
  EXPECT_TRUE(still.holds());
}

TEST_F(ProfileErrors, EveryOneWithItsLine) {
  const std::string path = file("fields.toml",
                                "[profile]\n"
                                "name = \"x\"\n"
                                "version = 1\n"
                                "bord = \"linux\"\n"
                                "[key]\n"
                                "curve = \"p521\"\n"
                                "[certificate]\n"
                                "subject = [{ CN = \"{nobody}\" }]\n"
                                "validity = \"sometimes\"\n");
  const StandsStill still(floor_, nullptr);
  for (const auto& result : {floor_.tool({"profile", "check", path}), order_of(path)}) {
    EXPECT_TRUE(refused(result, kUsage, "kProfileField",
                        {path + ":4: ", "did you mean \"board\"", path + ":6: key.curve: ", "write \"p256\"",
                         path + ":8: ", "{nobody}", path + ":9: certificate.validity: ", "write \"no-expiry\""}));
  }
  EXPECT_TRUE(still.holds());
}

TEST_F(ProfileErrors, ItemsThatBreakARule) {
  // A server that is not reached over TLS: found before any unit is contacted.
  std::ostringstream text;
  text << std::ifstream(floor_.home() / "profiles/lwm2m.toml").rdbuf();
  std::string profile = text.str();
  const std::string uri = "\"mbed.BootstrapServerURI\" = { check-in-uri = true }";
  ASSERT_NE(profile.find(uri), std::string::npos);
  profile.replace(profile.find(uri), uri.size(), "\"mbed.BootstrapServerURI\" = { text = \"coap://clear.example\" }");
  const std::string path = file("clear.toml", profile);
  const StandsStill still(floor_, nullptr);
  for (const auto& result : {floor_.tool({"profile", "check", path}), order_of(path)}) {
    EXPECT_TRUE(refused(result, kUsage, "kItemRule", {"mbed.BootstrapServerURI", "profile ", "coaps://"}));
  }
  EXPECT_TRUE(still.holds());
}

TEST_F(ProfileErrors, MissingOrMisnamed) {
  const StandsStill still(floor_, nullptr);
  EXPECT_TRUE(refused(order_of("nope"), kUsage, "kConfiguration", {"`nope`", "profiles", "Give a file"}));
  EXPECT_TRUE(refused(order_of("lwm2m", {"--var", "nonsense"}), kUsage, "kUsage", {"NAME=VALUE"}));
  EXPECT_TRUE(refused(order_of("lwm2m", {"--var", "nobody=1"}), kUsage, "kInvalidArgument",
                      {"\"nobody\"", "lwm2m.toml", "known here: account-id"}));
  EXPECT_TRUE(refused(order_of("lwm2m", {"--ca", "nope"}), kUsage, "kConfiguration", {"`nope`", "ca show"}));
  EXPECT_TRUE(still.holds());
}

}  // namespace
}  // namespace test
