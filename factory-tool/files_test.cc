#include "factory-tool/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "factory-tool/home.h"

namespace factory {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;

class FilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/factory-home-test-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    directory_ = name;
  }
  void TearDown() override { fs::remove_all(directory_); }

  static unsigned mode_of(const fs::path& file) {
    struct stat info {};
    return ::stat(file.c_str(), &info) == 0 ? info.st_mode & 0777U : 0U;
  }
  [[nodiscard]] size_t entries() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(directory_), fs::directory_iterator()));
  }

  fs::path directory_;
};

TEST_F(FilesTest, CreatesOnceAndLeavesNothingElse) {
  const fs::path file = directory_ / "a";
  ASSERT_TRUE(create_file(file, base::as_bytes("one"), kSecretFileMode));
  EXPECT_EQ(mode_of(file), 0600U);
  auto again = create_file(file, base::as_bytes("two"), kSecretFileMode);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kConfiguration);
  EXPECT_EQ(base::as_text(*read_file(file)), "one");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(FilesTest, ReplacesWhole) {
  const fs::path file = directory_ / "a";
  ASSERT_TRUE(replace_file(file, base::as_bytes("long text"), kPublicFileMode));
  ASSERT_TRUE(replace_file(file, base::as_bytes("x"), kPublicFileMode));
  EXPECT_EQ(base::as_text(*read_file(file)), "x");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(FilesTest, RefusesAMissingDirectoryAndALongFile) {
  EXPECT_EQ(create_file(directory_ / "no" / "a", {}, kSecretFileMode).error().code, ErrorCode::kIo);
  ASSERT_TRUE(create_file(directory_ / "a", base::as_bytes("12345"), kSecretFileMode));
  EXPECT_EQ(read_file(directory_ / "a", 4).error().code, ErrorCode::kMalformed);
  EXPECT_TRUE(read_file(directory_ / "a", 5));
  EXPECT_EQ(read_file(directory_, 5).error().code, ErrorCode::kIo);
}

TEST_F(FilesTest, ASecretThatOthersCanReadIsRefused) {
  const fs::path file = directory_ / "secret";
  ASSERT_TRUE(create_file(file, base::as_bytes("s"), kSecretFileMode));
  EXPECT_TRUE(read_secret_file(file));
  ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
  EXPECT_EQ(read_secret_file(file).error().code, ErrorCode::kConfiguration);
}

TEST_F(FilesTest, AHomeIsWholeOrNotThere) {
  const fs::path home = directory_ / "home";
  auto failed = Home::create(
      home, {}, [](const Home&) -> base::Outcome<void> { return base::failure(ErrorCode::kRegistryFull, "full"); });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kRegistryFull);
  EXPECT_EQ(entries(), 0U);

  auto made = Home::create(home, {"https://host:1", "station-7"}, [](const Home& draft) {
    return create_file(draft.registry(), base::as_bytes("r"), kSecretFileMode);
  });
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_EQ(made->directory(), home);
  EXPECT_EQ(mode_of(home), 0700U);
  EXPECT_EQ(mode_of(made->ca()), 0700U);
  EXPECT_EQ(mode_of(made->registry()), 0600U);
  EXPECT_EQ(entries(), 1U);

  auto opened = Home::open(home);
  ASSERT_TRUE(opened) << opened.error().to_string();
  EXPECT_EQ(opened->settings().check_in_uri, "https://host:1");
  EXPECT_EQ(opened->settings().station, "station-7");

  auto second = Home::create(home, {}, [](const Home&) -> base::Outcome<void> { return {}; });
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kConfiguration);
  EXPECT_TRUE(Home::open(home));
}

TEST_F(FilesTest, AnEmptyDirectoryBecomesAHome) {
  const fs::path home = directory_ / "empty";
  fs::create_directory(home);
  EXPECT_TRUE(Home::create(home.string() + "/", {}, [](const Home&) -> base::Outcome<void> { return {}; }));
  EXPECT_TRUE(Home::open(home));
}

TEST_F(FilesTest, WrongHomesAreNamed) {
  EXPECT_EQ(Home::open(directory_ / "nothing").error().code, ErrorCode::kHomeMissing);
  const fs::path home = directory_ / "home";
  ASSERT_TRUE(Home::create(home, {}, [](const Home&) -> base::Outcome<void> { return {}; }));
  const auto with_settings = [&](std::string_view text) {
    EXPECT_TRUE(replace_file(home / "home.toml", base::as_bytes(text), kSecretFileMode));
    return Home::open(home);
  };
  auto unknown = with_settings("check-in-uri = \"https://a\"\nstaton = \"x\"\n");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kConfiguration);
  EXPECT_NE(unknown.error().where.find("home.toml:2"), std::string::npos) << unknown.error().where;
  EXPECT_EQ(with_settings("check-in-uri = \"http://a\"\n").error().code, ErrorCode::kConfiguration);
  EXPECT_EQ(with_settings("check-in-uri = [\n").error().code, ErrorCode::kConfiguration);
  EXPECT_TRUE(with_settings("check-in-uri = \"https://a\"\n"));
  ASSERT_EQ(::chmod(home.c_str(), 0755), 0);
  EXPECT_EQ(Home::open(home).error().code, ErrorCode::kConfiguration);
}

TEST(NameTest, OnlyWhatIsSafeInAPath) {
  for (const char* good : {"a", "lot-7", "A.b_c", "_x"}) EXPECT_TRUE(check_name("a batch", good)) << good;
  for (const char* bad : {"", ".", "..", "-x", "a/b", "a b", "../x", "\xC3\xBC"}) {
    EXPECT_EQ(check_name("a batch", bad).error().code, ErrorCode::kUsage) << bad;
  }
  EXPECT_FALSE(check_name("a batch", std::string(65, 'a')));
}

}  // namespace
}  // namespace factory
