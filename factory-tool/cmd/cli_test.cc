#include "factory-tool/cmd/cli.h"

#include <gtest/gtest.h>

namespace factory {
namespace {

template <typename Options>
Options parse(const std::vector<std::string>& arguments) {
  auto line = parse_command_line(arguments);
  if (!line) {
    ADD_FAILURE() << line.error().text;
    return {};
  }
  if (!std::holds_alternative<Options>(line->command)) {
    ADD_FAILURE() << "another command was chosen";
    return {};
  }
  return std::get<Options>(line->command);
}

TEST(CliTest, EveryCommandOfTheContract) {
  EXPECT_EQ(parse<InitOptions>({"init", "--check-in-uri", "https://h:1"}).check_in_uri, "https://h:1");
  EXPECT_EQ(parse<CaCreateOptions>({"ca", "create", "x", "--issuer", "dev-root"}).issuer, "dev-root");
  EXPECT_EQ(parse<CaImportOptions>({"ca", "import", "x", "--certificate", "c", "--key", "k"}).key, "k");
  EXPECT_EQ(parse<CaShowOptions>({"ca", "show"}).name, "");
  EXPECT_TRUE(parse<ProfileCheckOptions>({"profile", "check", "f.toml", "--explain"}).explain);
  EXPECT_EQ(parse<BatchCreateOptions>({"batch", "create", "--name", "b1"}).name, "b1");
  EXPECT_EQ(parse<BatchCreateOptions>({"batch", "create", "b1"}).name, "b1");
  parse<BatchListOptions>({"batch", "list"});
  EXPECT_EQ(parse<BatchImageOptions>({"batch", "image", "--batch", "b1", "--image", "i", "--out", "o"}).batch, "b1");
  const auto order = parse<OrderCreateOptions>({"order", "create", "o1", "--batch", "b1", "--profile", "lwm2m",
                                                "--quantity", "3", "--var", "a=1", "--var", "b=2"});
  EXPECT_EQ(order.quantity, 3);
  EXPECT_EQ(order.variables, (std::vector<std::string>{"a=1", "b=2"}));
  EXPECT_FALSE(order.serial_prefix);
  EXPECT_EQ(parse<DeviceInfoOptions>({"device", "info", "--port", "p"}).port, "p");
  const auto inject = parse<InjectOptions>({"inject", "--order", "o1", "--port", "a", "--port", "b", "--execute"});
  EXPECT_EQ(inject.ports, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(inject.execute);
  EXPECT_EQ(parse<VerifyOptions>({"verify", "--port", "p", "--baud", "921600"}).link.baud, 921600);
  EXPECT_EQ(parse<UnitListOptions>({"unit", "list", "--order", "o1"}).order, "o1");
  EXPECT_EQ(parse<UnitScrapOptions>({"unit", "scrap", "s", "--reason", "r"}).reason, "r");
  EXPECT_EQ(parse<UnitRevokeOptions>({"unit", "revoke", "s", "--reason", "r"}).serial, "s");
  parse<AuditVerifyOptions>({"audit", "verify"});
  EXPECT_EQ(parse<ServeOptions>({"serve", "--listen", "localhost:1"}).listen, "localhost:1");
  const auto relay = parse<RelayOptions>({"relay", "--port", "a", "--port", "b", "--to", "localhost:1", "--once"});
  EXPECT_EQ(relay.ports, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(relay.to, "localhost:1");
  EXPECT_TRUE(relay.once);
}

TEST(CliTest, GlobalOptionsStandBeforeOrBehindTheCommand) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--json", "--yes", "--home", "h", "unit", "list"},
        std::vector<std::string>{"unit", "list", "--json", "--yes", "--home", "h"}}) {
    const auto line = parse_command_line(arguments);
    ASSERT_TRUE(line) << line.error().text;
    EXPECT_TRUE(line->global.json);
    EXPECT_TRUE(line->global.yes);
    EXPECT_EQ(line->global.home, "h");
  }
}

TEST(CliTest, WrongLinesAreErrorsThatSayWhy) {
  const std::vector<std::vector<std::string>> lines = {
      {},
      {"nonsense"},
      {"unit"},
      {"inject", "--order", "o1"},
      {"inject", "--port", "p"},
      {"inject", "--order", "o1", "--port", "p", "--execute", "--dry-run"},
      {"order", "create", "o1", "--batch", "b", "--profile", "p", "--quantity", "0"},
      {"order", "create", "o1", "--batch", "b", "--profile", "p", "--quantity", "x"},
      {"unit", "scrap", "s"},
      {"device", "info", "--port", "p", "--baud", "1"},
      {"unit", "list", "--unknown"},
  };
  for (const auto& arguments : lines) {
    const auto line = parse_command_line(arguments);
    ASSERT_FALSE(line);
    EXPECT_TRUE(line.error().is_error);
    EXPECT_FALSE(line.error().text.empty());
  }
}

TEST(CliTest, HelpIsNoError) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--help"}, std::vector<std::string>{"inject", "--help"},
        std::vector<std::string>{"--version"}}) {
    const auto line = parse_command_line(arguments);
    ASSERT_FALSE(line);
    EXPECT_FALSE(line.error().is_error) << line.error().text;
    EXPECT_FALSE(line.error().text.empty());
  }
}

}  // namespace
}  // namespace factory
