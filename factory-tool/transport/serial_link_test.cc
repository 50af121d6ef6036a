#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "factory-tool/transport/link.h"

namespace factory {
namespace {

using base::ErrorCode;
using std::chrono::milliseconds;

// A pseudo-terminal: the link opens `path`, the test plays the device on `master`.
class SerialLinkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    master_ = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    ASSERT_GE(master_, 0);
    ASSERT_EQ(::grantpt(master_), 0);
    ASSERT_EQ(::unlockpt(master_), 0);
    path_ = ::ptsname(master_);
  }
  void TearDown() override { hang_up(); }
  void hang_up() {
    if (master_ >= 0) ::close(master_);
    master_ = -1;
  }

  int master_ = -1;
  std::string path_;
};

TEST_F(SerialLinkTest, BytesPassUnchangedBothWays) {
  auto link = open_serial(path_, {921600});
  ASSERT_TRUE(link) << link.error().to_string();
  base::Bytes all(256);
  for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<uint8_t>(i);  // among them what a cooked terminal eats
  ASSERT_TRUE((*link)->write(all));
  base::Bytes seen(all.size());
  size_t count = 0;
  while (count < seen.size()) {
    const ssize_t got = ::read(master_, seen.data() + count, seen.size() - count);
    ASSERT_GT(got, 0);
    count += static_cast<size_t>(got);
  }
  EXPECT_EQ(seen, all);

  ASSERT_EQ(::write(master_, all.data(), all.size()), static_cast<ssize_t>(all.size()));
  base::Bytes back;
  while (back.size() < all.size()) {
    auto piece = (*link)->read(milliseconds(5000));
    ASSERT_TRUE(piece);
    ASSERT_FALSE(piece->empty());
    back.insert(back.end(), piece->begin(), piece->end());
  }
  EXPECT_EQ(back, all);
}

TEST_F(SerialLinkTest, SilenceIsNotAnError) {
  auto link = open_serial(path_, {});
  ASSERT_TRUE(link);
  const auto piece = (*link)->read(milliseconds(1));
  ASSERT_TRUE(piece);
  EXPECT_TRUE(piece->empty());
}

TEST_F(SerialLinkTest, AHangUpIsALostLink) {
  auto link = open_serial(path_, {});
  ASSERT_TRUE(link);
  hang_up();
  EXPECT_EQ((*link)->read(milliseconds(5000)).error().code, ErrorCode::kLinkLost);
  EXPECT_EQ((*link)->write(base::as_bytes("x")).error().code, ErrorCode::kLinkLost);
}

TEST_F(SerialLinkTest, OnePortHasOneUser) {
  auto first = open_serial(path_, {});
  ASSERT_TRUE(first);
  const auto second = open_serial(path_, {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kPortBusy);
  first->reset();
  EXPECT_TRUE(open_serial(path_, {}));
}

TEST_F(SerialLinkTest, TheHolderIsNamedAndItsDeathFreesThePort) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto link = open_serial(path_, {});
    const char state = link ? 'y' : 'n';
    if (::write(ready[1], &state, 1) == 1) ::pause();
    ::_exit(0);
  }
  char state = 0;
  ASSERT_EQ(::read(ready[0], &state, 1), 1);
  ASSERT_EQ(state, 'y');
  const auto refused = open_serial(path_, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kPortBusy);
  EXPECT_NE(refused.error().what.find("process " + std::to_string(child)), std::string::npos) << refused.error().what;
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(open_serial(path_, {}));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(SerialLinkTest, LinksAreFollowed) {
  const std::string alias = "/tmp/factory-serial-link-test-" + std::to_string(::getpid());
  std::filesystem::create_symlink(path_, alias);
  {
    auto link = open_serial(alias, {});
    EXPECT_TRUE(link);
    EXPECT_EQ(open_serial(path_, {}).error().code, ErrorCode::kPortBusy);
  }
  std::filesystem::remove(alias);
}

TEST_F(SerialLinkTest, WhatIsNoPortIsRefused) {
  EXPECT_EQ(open_serial("/dev/no-such-port", {}).error().code, ErrorCode::kPortMissing);
  EXPECT_EQ(open_serial("/tmp", {}).error().code, ErrorCode::kPortMissing);
  EXPECT_EQ(open_serial("/dev/null", {}).error().code, ErrorCode::kPortMissing);
}

}  // namespace
}  // namespace factory
