// Chip id, noise, TRNG and a batch block in a file of its own.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "device/batch_section.h"
#include "device/port/linux/batch_source.h"
#include "device/port/linux/chip_id.h"
#include "device/port/linux/noise.h"
#include "device/port/linux/trng.h"

namespace device {
namespace {

using base::ByteView;
using base::ErrorCode;
using Bytes = std::vector<uint8_t>;

class File {
 public:
  explicit File(std::string_view contents) {
    char name[] = "linux-parts-test-XXXXXX";
    ::close(::mkstemp(name));
    path_ = name;
    std::ofstream(path_, std::ios::binary) << contents;
  }
  ~File() { ::unlink(path_.c_str()); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

base::Result<Bytes> chip_id_of(std::string_view contents) {
  const File file(contents);
  LinuxConfig config;
  EXPECT_TRUE(config.chip_id_file.assign(file.path()));
  ChipId id{};
  Diagnostic diagnostic;
  BASE_ASSIGN(const ByteView view, read_chip_id(config, id, diagnostic));
  return Bytes(view.begin(), view.end());
}

TEST(ChipIdSource, AsConfigured) {
  LinuxConfig config;
  Diagnostic diagnostic;
  ASSERT_TRUE(set_config(config, "chip-id", "00a1B2c3", diagnostic));
  ChipId id{};
  const auto view = read_chip_id(config, id, diagnostic);
  ASSERT_TRUE(view);
  EXPECT_TRUE(base::equal(*view, Bytes{0x00, 0xA1, 0xB2, 0xC3}));
}

TEST(ChipIdSource, HashOfAFile) {
  const auto id = chip_id_of("0123456789abcdef0123456789abcdef\n");
  ASSERT_TRUE(id);
  // First 16 bytes of SHA-256("factory-line chip id v1" || "0123456789abcdef0123456789abcdef"), so that an update of
  // this program never gives a unit another name.
  EXPECT_EQ(*id,
            (Bytes{0x3E, 0x68, 0xC7, 0x75, 0xB1, 0x53, 0x9F, 0x86, 0x44, 0x90, 0x08, 0xF7, 0x3D, 0x4A, 0x8A, 0x05}));
  EXPECT_EQ(chip_id_of("  0123456789abcdef0123456789abcdef \r\n"), id);              // spaces do not count
  EXPECT_EQ(chip_id_of(std::string("0123456789abcdef0123456789abcdef\0", 33)), id);  // device tree
  EXPECT_NE(chip_id_of("0123456789abcdef0123456789abcdee\n"), id);
}

TEST(ChipIdSource, RefusesWhatManyUnitsShare) {
  for (const std::string_view filler : {"", "\n", "0", "00000000-0000-0000-0000-000000000000\n", "ffffffff",
                                        "uninitialized\n", "To Be Filled By O.E.M.\n", "Default string\n"}) {
    EXPECT_EQ(chip_id_of(filler).error(), ErrorCode::kConfiguration) << filler;
  }
  EXPECT_EQ(chip_id_of(std::string(5000, 'a') + "b").error(), ErrorCode::kConfiguration);
  LinuxConfig config;
  ASSERT_TRUE(config.chip_id_file.assign("does-not-exist"));
  ChipId id{};
  Diagnostic diagnostic;
  EXPECT_EQ(read_chip_id(config, id, diagnostic).error(), ErrorCode::kConfiguration);
  EXPECT_NE(std::string(diagnostic.text).find("does-not-exist"), std::string::npos);
}

TEST(Noise, DiffersFromCallToCallAndFitsItsBuffer) {
  LinuxNoise noise;
  Bytes a(64);
  Bytes b(64);
  ASSERT_EQ(noise.collect(a), 32U);
  ASSERT_EQ(noise.collect(b), 32U);
  EXPECT_NE(a, b);
  Bytes small(5);
  EXPECT_EQ(noise.collect(small), 5U);
  EXPECT_EQ(noise.collect({}), 0U);
}

TEST(Trng, OnlyWhereConfigured) {
  Diagnostic diagnostic;
  LinuxTrng trng;
  ASSERT_TRUE(trng.open("none", diagnostic));
  EXPECT_FALSE(trng.present());
  for (const char* name : {"getrandom", "/dev/urandom"}) {
    ASSERT_TRUE(trng.open(name, diagnostic)) << diagnostic.text;
    EXPECT_TRUE(trng.present());
    Bytes a(48);
    Bytes b(48);
    EXPECT_TRUE(trng.read(a));
    EXPECT_TRUE(trng.read(b));
    EXPECT_NE(a, b);
  }
  ASSERT_TRUE(trng.open("/dev/null", diagnostic));
  Bytes out(48, 1);
  EXPECT_EQ(trng.read(out).error(), ErrorCode::kTrngFailed);
  EXPECT_EQ(out, Bytes(48));
  EXPECT_EQ(trng.open("/dev/does-not-exist", diagnostic).error(), ErrorCode::kConfiguration);
  const File file("not random");
  EXPECT_EQ(trng.open(file.path().c_str(), diagnostic).error(), ErrorCode::kConfiguration);
  EXPECT_FALSE(trng.present());
}

TEST(BatchFile, IsReadAndDestroyed) {
  const std::string contents(protocol::kBatchBlockSize, 'B');
  const File file(contents);
  const int watcher = ::open(file.path().c_str(), O_RDONLY);  // sees the inode after its name is gone
  ASSERT_GE(watcher, 0);
  BatchSource source;
  Diagnostic diagnostic;
  ASSERT_TRUE(source.open_file(file.path().c_str(), diagnostic)) << diagnostic.text;
  EXPECT_EQ(base::as_text(source.block()), contents);
  ASSERT_TRUE(source.wipe());
  EXPECT_TRUE(source.block().empty());
  EXPECT_NE(::access(file.path().c_str(), F_OK), 0);
  Bytes left(protocol::kBatchBlockSize, 1);
  ASSERT_EQ(::pread(watcher, left.data(), left.size(), 0), static_cast<ssize_t>(left.size()));
  ::close(watcher);
  EXPECT_EQ(left, Bytes(protocol::kBatchBlockSize));
  EXPECT_TRUE(source.wipe());  // again

  BatchSource after_restart;
  ASSERT_TRUE(after_restart.open_file(file.path().c_str(), diagnostic));
  EXPECT_TRUE(after_restart.block().empty());
  EXPECT_TRUE(after_restart.wipe());
}

TEST(BatchFile, RefusesAnotherSizeAndReportsAFailedWipe) {
  Diagnostic diagnostic;
  for (const size_t size : {size_t{0}, protocol::kBatchBlockSize - 1, protocol::kBatchBlockSize + 1}) {
    const File file(std::string(size, 'B'));
    BatchSource source;
    EXPECT_EQ(source.open_file(file.path().c_str(), diagnostic).error(), ErrorCode::kConfiguration) << size;
  }
  const File file(std::string(protocol::kBatchBlockSize, 'B'));
  BatchSource source;
  ASSERT_TRUE(source.open_file(file.path().c_str(), diagnostic));
  ASSERT_EQ(::unlink(file.path().c_str()), 0);
  ASSERT_EQ(::mkdir(file.path().c_str(), 0700), 0);  // cannot be opened for writing, whoever runs the test
  EXPECT_EQ(source.wipe().error(), ErrorCode::kIo);
  EXPECT_FALSE(source.block().empty());  // nothing is claimed that was not done
  ::rmdir(file.path().c_str());
}

TEST(BatchSection, IsBlankUntilPatched) {
  EXPECT_TRUE(batch_block_is_blank(batch_section()));
  Bytes block(batch_section().begin(), batch_section().end());
  block.back() = 1;
  EXPECT_FALSE(batch_block_is_blank(block));
  block.back() = 0;
  block.front() ^= 1;
  EXPECT_FALSE(batch_block_is_blank(block));
  EXPECT_FALSE(batch_block_is_blank({}));
  BatchSource none;
  none.use_image({});
  EXPECT_TRUE(none.block().empty());
  EXPECT_TRUE(none.wipe());
}

}  // namespace
}  // namespace device
