// The batch block inside a program: this test is its own unit. It copies its program file, patches the block as
// the factory tool does, and runs the copy, which finds the block in its memory and destroys it in its file.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "device/batch_section.h"
#include "device/port/linux/batch_source.h"

namespace device {
namespace {

constexpr const char* kRole = "BATCH_IMAGE_TEST_ROLE";
constexpr uint8_t kFill = 0xC5;

std::string read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Runs the copy with its part of the test only; its exit code.
int run_copy(const std::string& path, const char* role) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::setenv(kRole, role, 1);
    ::execl(path.c_str(), path.c_str(), "--gtest_filter=Copy.*", static_cast<char*>(nullptr));
    ::_exit(127);
  }
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Image, BlockIsFoundAndDestroyed) {
  const std::string original = read_whole("/proc/self/exe");
  // The place, as a tool finds it: the magic with zeros behind it.
  std::string blank(reinterpret_cast<const char*>(protocol::kBatchMagic.data()), protocol::kBatchMagicSize);
  blank.resize(protocol::kBatchBlockSize, '\0');
  const size_t place = original.find(blank);
  ASSERT_NE(place, std::string::npos);
  ASSERT_EQ(original.find(blank, place + 1), std::string::npos);  // there is one

  char folder[] = "batch-image-test-XXXXXX";
  ASSERT_NE(::mkdtemp(folder), nullptr);
  const std::string unit = std::string(folder) + "/unit";
  std::string patched = original;
  std::fill_n(patched.begin() + static_cast<ptrdiff_t>(place + protocol::kBatchMagicSize),
              protocol::kBatchBlockSize - protocol::kBatchMagicSize, static_cast<char>(kFill));
  std::ofstream(unit, std::ios::binary) << patched;
  ASSERT_EQ(::chmod(unit.c_str(), 0750), 0);
  std::ofstream(unit + ".wiped") << "left by a wipe that the power cut";

  EXPECT_EQ(run_copy(unit, "patched"), 0);
  EXPECT_TRUE(read_whole(unit) == original);  // nothing but the block was changed
  struct stat info {};
  ASSERT_EQ(::stat(unit.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0750U);
  EXPECT_FALSE(std::filesystem::exists(unit + ".wiped"));

  EXPECT_EQ(run_copy(unit, "blank"), 0);  // restarted: it still runs, and wiping again succeeds
  EXPECT_TRUE(read_whole(unit) == original);

  // The file was replaced by an update while the unit ran: not this process's to change.
  std::ofstream(unit, std::ios::binary | std::ios::trunc) << patched;
  EXPECT_EQ(run_copy(unit, "updated"), 0);
  std::filesystem::remove_all(folder);
}

// What the copies do.
TEST(Copy, DoesItsPart) {
  const char* const role = std::getenv(kRole);
  if (role == nullptr) GTEST_SKIP() << "runs in the copy";
  BatchSource source;
  source.use_image(batch_section());
  const auto block = source.block();
  ASSERT_EQ(block.size(), protocol::kBatchBlockSize);
  if (role == std::string("blank")) {
    EXPECT_TRUE(batch_block_is_blank(block));
    EXPECT_TRUE(source.wipe());
    return;
  }
  EXPECT_EQ(std::count(block.begin() + protocol::kBatchMagicSize, block.end(), kFill),
            static_cast<ptrdiff_t>(protocol::kBatchBlockSize - protocol::kBatchMagicSize));
  if (role == std::string("updated")) {
    // Another image under our name: /proc/self/exe now points to a file that is gone.
    const std::string self = std::filesystem::read_symlink("/proc/self/exe");
    std::filesystem::remove(self);
    EXPECT_EQ(source.wipe().error(), base::ErrorCode::kIo);
    EXPECT_FALSE(source.block().empty());
    return;
  }
  EXPECT_TRUE(source.wipe());
  EXPECT_TRUE(source.block().empty());
  EXPECT_TRUE(batch_block_is_blank(batch_section()));  // in memory, too
  EXPECT_TRUE(source.wipe());
}

}  // namespace
}  // namespace device
