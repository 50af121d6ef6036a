// Profiles: every field of a good one, every error of bad ones with its place, and the example of the documentation.
#include "cert-templates/src/profile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "cert-templates/src/certificate_test_support.h"
#include "cert-templates/src/profile_data.h"
#include "tests/support/temp_dir.h"

namespace cert {
namespace {

using base::ErrorCode;

const std::filesystem::path kSource = FACTORY_LINE_SOURCE_DIR;

std::string read_text(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string error_lines(const std::vector<ProfileError>& errors) {
  std::string text;
  for (const ProfileError& error : errors) {
    text += std::to_string(error.line) + " | " + error.field + " | " + error.what + " | " + error.next + "\n";
  }
  return text;
}

// ---- bad profiles ----
// Each file of testdata names the errors it must give, in order, in comments of this form:
//   #! LINE | FIELD | WHAT | NEXT
// LINE, FIELD and WHAT are whole (WHAT of a syntax error is its start); NEXT is a part of what the reader is told to
// change.

struct ExpectedError {
  int line = 0;
  std::string field, what, next;
};

std::vector<ExpectedError> expected_errors(const std::string& text) {
  std::vector<ExpectedError> expected;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("#! ")) continue;
    std::vector<std::string> parts;
    std::string rest = line.substr(3);
    for (size_t at = rest.find(" | "); at != std::string::npos; at = rest.find(" | ")) {
      parts.push_back(rest.substr(0, at));
      rest.erase(0, at + 3);
    }
    parts.push_back(rest);
    EXPECT_EQ(parts.size(), 4U) << line;
    expected.push_back({std::stoi(parts.at(0)), parts.at(1), parts.at(2), parts.at(3)});
  }
  return expected;
}

std::vector<std::string> bad_profiles() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kSource / "cert-templates/testdata")) {
    if (entry.path().extension() == ".toml") names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class BadProfile : public testing::TestWithParam<std::string> {};

TEST_P(BadProfile, GivesEveryErrorWithItsPlace) {
  const auto file = kSource / "cert-templates/testdata" / GetParam();
  const auto expected = expected_errors(read_text(file));
  ASSERT_FALSE(expected.empty());
  std::vector<ProfileError> errors;
  const auto profile = Profile::load(file, &errors);
  ASSERT_FALSE(profile);
  const bool is_syntax = GetParam() == "syntax.toml";
  EXPECT_EQ(profile.error().code, is_syntax ? ErrorCode::kProfileSyntax : ErrorCode::kProfileField);
  ASSERT_EQ(errors.size(), expected.size()) << error_lines(errors);
  for (size_t i = 0; i < errors.size(); ++i) {
    EXPECT_EQ(errors[i].file, file.string());
    EXPECT_EQ(errors[i].line, expected[i].line) << errors[i].field << " " << errors[i].what;
    EXPECT_EQ(errors[i].field, expected[i].field) << errors[i].what;
    // What is wrong with the syntax is in the words of the TOML library.
    EXPECT_TRUE(is_syntax ? errors[i].what.starts_with(expected[i].what) : errors[i].what == expected[i].what)
        << errors[i].what;
    EXPECT_NE(errors[i].next.find(expected[i].next), std::string::npos) << errors[i].field << ": " << errors[i].next;
    EXPECT_FALSE(errors[i].next.empty());
  }
  // The failure itself points to the first.
  EXPECT_EQ(profile.error().where, file.string() + ":" + std::to_string(expected[0].line));
  EXPECT_NE(profile.error().what.find(expected[0].what), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Testdata, BadProfile, testing::ValuesIn(bad_profiles()), [](const auto& each) {
  std::string name = each.param.substr(0, each.param.find('.'));
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(ProfileFile, ThatCannotBeRead) {
  std::vector<ProfileError> errors;
  const auto profile = Profile::load("/nonexistent/profile.toml", &errors);
  ASSERT_FALSE(profile);
  EXPECT_EQ(profile.error().code, ErrorCode::kProfileSyntax);
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].file, "/nonexistent/profile.toml");
}

TEST(ProfileFile, ThatIsTooLongOrTooDeep) {
  EXPECT_EQ(Profile::parse(std::string(300 * 1024, '#'), "p").error().code, ErrorCode::kProfileSyntax);
  const std::string deep = "a = " + std::string(100, '[') + std::string(100, ']');
  EXPECT_EQ(Profile::parse(deep, "p").error().code, ErrorCode::kProfileSyntax);
}

// ---- the documentation ----

TEST(Documentation, ExampleIsAGoodProfileThatUsesEveryField) {
  const std::string document = read_text(kSource / "docs/profiles.md");
  const size_t start = document.find("```toml\n");
  ASSERT_NE(start, std::string::npos);
  const size_t end = document.find("```", start + 8);
  const std::string example = document.substr(start + 8, end - start - 8);
  const ::test::TempDir directory;
  std::ofstream(directory / "vendor-root.der", std::ios::binary) << "any bytes";
  const std::string file = (directory / "example.toml").string();
  std::vector<ProfileError> errors;
  const auto profile = Profile::parse(example, file, &errors);
  ASSERT_TRUE(profile) << error_lines(errors);
  std::set<ItemKind> kinds;
  for (const ItemSpec& item : profile->data().items) kinds.insert(item.kind);
  EXPECT_EQ(kinds.size(), 11U);
  for (const char* field : {"name", "version", "production", "board", "origin", "curve", "subject", "san", "key-usage",
                            "extended-key-usage", "policies", "validity", "not-before", "basic-constraints",
                            "subject-key-identifier", "authority-key-identifier", "read-protection"}) {
    EXPECT_NE(example.find("\n" + std::string(field) + " = "), std::string::npos) << field;
    EXPECT_NE(document.find("`" + std::string(field) + "`"), std::string::npos) << field;
  }
}

// ---- values ----

TEST(Shipped, LwM2M) {
  const Profile profile = cert::test::shipped_profile("lwm2m.toml");
  EXPECT_EQ(profile.name(), "lwm2m");
  EXPECT_EQ(profile.version(), 1);
  EXPECT_FALSE(profile.production());
  EXPECT_FALSE(profile.board());
  EXPECT_EQ(profile.key_origin(), KeyOrigin::kDevice);
  EXPECT_EQ(profile.source(), read_text(kSource / "cert-templates/profiles/lwm2m.toml"));
  EXPECT_EQ(profile.data().items.front().name, "mbed.UseBootstrap");  // the order of the file
}

constexpr std::string_view kBase = R"([profile]
name = "p"
version = 3
production = true
board = "NUCLEO-F411RE"
[variables]
v = "{serial}/{order}"
n = "7"
empty = ""
[key]
origin = "factory"
[certificate]
subject = [{ CN = "{serial}" }]
key-usage = ["digital-signature"]
validity = "10 years"
[items]
)";

base::Outcome<std::vector<Item>> items_of(const std::string& lines,
                                          const std::map<std::string, std::string>& variables = {}) {
  std::vector<ProfileError> errors;
  const auto profile = Profile::parse(std::string(kBase) + lines, "p.toml", &errors);
  EXPECT_TRUE(profile) << error_lines(errors);
  if (!profile) return base::failure(profile.error().code, "profile");
  UnitValues unit{"S1", "00ff", "o1", "b1", variables, 1795329678};
  CertificateSet certificates{{1, 2}, {{3}, {4, 5}}, {6}, "https://h:1"};
  return profile->items(unit, certificates);
}

base::Bytes value_of(const std::string& item, const std::map<std::string, std::string>& variables = {}) {
  const auto items = items_of("x = { " + item + " }\n", variables);
  EXPECT_TRUE(items) << items.error().to_string();
  return items && items->size() == 1 ? items->at(0).value : base::Bytes();
}

base::Bytes bytes_of(std::string_view text) { return base::to_bytes(base::as_bytes(text)); }

TEST(ItemValues, EveryKind) {
  EXPECT_EQ(value_of("text = \"{serial} {chip-id} {batch} {v} {{}}\""), bytes_of("S1 00ff b1 S1/o1 {}"));
  EXPECT_EQ(value_of("text = \"{check-in-uri}/x\""), bytes_of("https://h:1/x"));
  EXPECT_EQ(value_of("hex = \"00fFa5\""), (base::Bytes{0x00, 0xFF, 0xA5}));
  EXPECT_EQ(value_of("hex = \"{chip-id}\""), (base::Bytes{0x00, 0xFF}));
  EXPECT_EQ(base::to_hex(value_of("uuid = \"01234567-89ab-cdef-0123-456789ABCDEF\"")),
            "0123456789abcdef0123456789abcdef");
  EXPECT_EQ(value_of("u32 = 4294967295"), (base::Bytes{0xFF, 0xFF, 0xFF, 0xFF}));
  EXPECT_EQ(value_of("u32 = \"{n}\""), (base::Bytes{0, 0, 0, 7}));
  EXPECT_EQ(value_of("u32 = \"{n}\"", {{"n", "258"}}), (base::Bytes{0, 0, 1, 2}));
  EXPECT_EQ(value_of("u64 = 1"), (base::Bytes{0, 0, 0, 0, 0, 0, 0, 1}));
  EXPECT_EQ(base::load_be<uint64_t>(value_of("time = \"now\"").data()), 1795329678U);
  EXPECT_EQ(base::load_be<uint64_t>(value_of("time = 2026-01-01T02:00:00+02:00").data()), 1767225600U);
  EXPECT_EQ(base::load_be<uint64_t>(value_of("time = \"2026-01-01T00:00:00Z\"").data()), 1767225600U);
  EXPECT_EQ(value_of("certificate = true"), (base::Bytes{1, 2}));
  EXPECT_EQ(value_of("chain = true"), (base::Bytes{3, 4, 5}));
  EXPECT_EQ(value_of("server-ca = true"), (base::Bytes{6}));
  EXPECT_EQ(value_of("check-in-uri = true"), bytes_of("https://h:1"));
}

TEST(ItemValues, OrderAndFlags) {
  const auto items = items_of(
      "zz = { text = \"1\" }\naa = { text = \"2\", write-once = false }\nmm = { text = \"{empty}\", optional = true "
      "}\n");
  ASSERT_TRUE(items);
  ASSERT_EQ(items->size(), 2U);
  EXPECT_EQ(items->at(0).name, "zz");
  EXPECT_TRUE(items->at(0).write_once);
  EXPECT_EQ(items->at(1).name, "aa");
  EXPECT_FALSE(items->at(1).write_once);
}

TEST(ItemValues, ThatDoNotFitTheUnit) {
  const auto refused = [](const std::string& item, const std::map<std::string, std::string>& variables,
                          std::string_view part, ErrorCode code) {
    const auto items = items_of("x = { " + item + " }\n", variables);
    ASSERT_FALSE(items) << item;
    EXPECT_EQ(items.error().code, code);
    EXPECT_NE(items.error().what.find(part), std::string::npos) << items.error().to_string();
    EXPECT_EQ(items.error().where, code == ErrorCode::kItemRule ? "p.toml:17" : "p.toml");
  };
  refused("text = \"{empty}\"", {}, "is empty", ErrorCode::kItemRule);
  refused("u32 = \"{n}\"", {{"n", "-1"}}, "no whole number", ErrorCode::kItemRule);
  refused("u32 = \"{n}\"", {{"n", "4294967296"}}, "no whole number", ErrorCode::kItemRule);
  refused("text = \"{n}\"", {{"n", std::string(2049, 'x')}}, "2048 at most", ErrorCode::kItemRule);
  refused("text = \"{n}\"", {{"m", "1"}}, "does not declare", ErrorCode::kInvalidArgument);
}

TEST(ItemValues, OfFiles) {
  const ::test::TempDir directory;
  std::ofstream(directory / "blob.bin", std::ios::binary) << "content";
  std::ofstream(directory / "large.bin", std::ios::binary) << std::string(2049, 'x');
  std::vector<ProfileError> errors;
  const std::string file = (directory / "p.toml").string();
  const auto profile = Profile::parse(std::string(kBase) + "x = { file = \"blob.bin\" }\n", file, &errors);
  ASSERT_TRUE(profile) << error_lines(errors);
  EXPECT_EQ(profile->items({}, {})->at(0).value, bytes_of("content"));
  EXPECT_FALSE(Profile::parse(std::string(kBase) + "x = { file = \"large.bin\" }\n", file, &errors));
  EXPECT_NE(errors.at(0).what.find("longer than 2048"), std::string::npos);
  EXPECT_FALSE(Profile::parse(std::string(kBase) + "x = { file = \"../blob.bin\" }\n", file, &errors));
  EXPECT_FALSE(Profile::parse(std::string(kBase) + "x = { file = \"/etc/hostname\" }\n", file, &errors));
}

TEST(ProfileFields, AreRead) {
  const auto profile = Profile::parse(kBase, "p.toml");
  ASSERT_TRUE(profile) << profile.error().to_string();
  EXPECT_EQ(profile->version(), 3);
  EXPECT_TRUE(profile->production());
  EXPECT_EQ(profile->board(), "NUCLEO-F411RE");
  EXPECT_EQ(profile->key_origin(), KeyOrigin::kFactory);
  EXPECT_EQ(profile->data().certificate.validity.years, 10);
  EXPECT_EQ(profile->read_protection(), 0);
}

TEST(ProfileFields, ReadProtectionLevels) {
  for (const char* level : {"0", "1", "2"}) {
    const auto profile = Profile::parse(std::string(kBase) + "[lock]\nread-protection = " + level + "\n", "p.toml");
    ASSERT_TRUE(profile) << profile.error().to_string();
    EXPECT_EQ(std::to_string(profile->read_protection()), level);
  }
  const auto empty = Profile::parse(std::string(kBase) + "[lock]\n", "p.toml");
  ASSERT_TRUE(empty) << empty.error().to_string();
  EXPECT_EQ(empty->read_protection(), 0);
  for (const char* line : {"read-protection = 3", "read-protection = -1", "read-protection = \"2\"",
                           "read-protection = true", "read_protection = 1"}) {
    const auto refused = Profile::parse(std::string(kBase) + "[lock]\n" + line + "\n", "p.toml");
    ASSERT_FALSE(refused) << line;
    EXPECT_EQ(refused.error().code, ErrorCode::kProfileField);
    EXPECT_EQ(refused.error().where, "p.toml:18") << line;
  }
}

}  // namespace
}  // namespace cert
