#include "virtual-board/image.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

namespace virtual_board {
namespace {

namespace fs = std::filesystem;

class ImageTest : public testing::Test {
 protected:
  ImageTest() {
    std::string name = (fs::temp_directory_path() / "board-image-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    path_ = (folder_ / "board.bin").string();
  }
  ~ImageTest() override { fs::remove_all(folder_); }

  void expect_malformed() {
    const auto image = Image::open(path_, 1);
    ASSERT_FALSE(image);
    EXPECT_EQ(image.error().code, base::ErrorCode::kMalformed);
    EXPECT_EQ(image.error().where, path_);
    EXPECT_FALSE(image.error().next.empty());
  }
  void make() { ASSERT_TRUE(Image::open(path_, 1)); }
  void overwrite(std::streamoff at, char value) {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(at);
    file.put(value);
  }

  fs::path folder_;
  std::string path_;
};

void expect_factory_fresh(const ImageContent& content) {
  const auto erased = [](uint8_t cell) { return cell == 0xFF; };
  EXPECT_TRUE(std::ranges::all_of(content.flash, erased));
  EXPECT_TRUE(std::ranges::all_of(content.otp, erased));
  EXPECT_TRUE(std::ranges::all_of(content.otp_locks, erased));
  EXPECT_EQ(content.option_bytes, 0x0FFF'AAECu);
}

TEST_F(ImageTest, NewChipsAreFactoryFresh) {
  expect_factory_fresh(Image(7).content());
  const auto file = Image::open(path_, 7);
  ASSERT_TRUE(file) << file.error().to_string();
  expect_factory_fresh(file->content());
  EXPECT_EQ(file->content().unique_id, Image(7).content().unique_id);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1) << "no temporary file is left";
}

TEST_F(ImageTest, EverySeedIsAnotherChip) {
  std::set<std::array<uint8_t, 12>> ids;
  for (uint64_t seed = 0; seed < 2'000; seed++) {
    const auto id = Image(seed).content().unique_id;
    ids.insert(id);
    EXPECT_TRUE(id[4] >= 1 && id[4] <= 25) << "wafer";
    EXPECT_TRUE(std::all_of(id.begin() + 5, id.end(), [](uint8_t c) { return std::isalnum(c) != 0; })) << "lot";
  }
  ids.insert(Image(~uint64_t{0}).content().unique_id);
  ids.insert(Image(uint64_t{1} << 63).content().unique_id);
  EXPECT_EQ(ids.size(), 2'002u);
}

TEST_F(ImageTest, FileSurvivesReopening) {
  {
    auto image = Image::open(path_, 1);
    ASSERT_TRUE(image);
    image->content().flash[0] = 1;
    image->content().flash.back() = 2;
    image->content().otp[511] = 3;
    image->content().otp_locks[15] = 0;
    image->content().option_bytes = 0x0FFD'55EC;
  }
  const auto image = Image::open(path_, 2);
  ASSERT_TRUE(image) << image.error().to_string();
  EXPECT_EQ(image->content().flash[0], 1);
  EXPECT_EQ(image->content().flash.back(), 2);
  EXPECT_EQ(image->content().otp[511], 3);
  EXPECT_EQ(image->content().otp_locks[15], 0);
  EXPECT_EQ(image->content().option_bytes, 0x0FFD'55ECu);
  EXPECT_EQ(image->content().unique_id, Image(1).content().unique_id) << "a chip stays the chip that it is";
}

TEST_F(ImageTest, KilledProcessLeavesWhatItHadWritten) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto image = Image::open(path_, 1);
    if (image) image->content().flash[1234] = 0x42;
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  const auto image = Image::open(path_, 1);
  ASSERT_TRUE(image) << image.error().to_string();
  EXPECT_EQ(image->content().flash[1234], 0x42);
}

TEST_F(ImageTest, SecondOpenerIsRefused) {
  auto first = Image::open(path_, 1);
  ASSERT_TRUE(first);
  const auto second = Image::open(path_, 1);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, base::ErrorCode::kIo);
  EXPECT_EQ(second.error().where, path_);
  EXPECT_FALSE(second.error().next.empty());
  Image moved = std::move(*first);
  EXPECT_FALSE(Image::open(path_, 1)) << "the lock goes with it";
  moved = Image(3);
  EXPECT_TRUE(Image::open(path_, 1));
}

TEST_F(ImageTest, MovedImageKeepsItsContent) {
  Image image(1);
  image.content().otp[0] = 9;
  const ImageContent* content = &image.content();
  const Image moved = std::move(image);
  EXPECT_EQ(&moved.content(), content);
  EXPECT_EQ(moved.content().otp[0], 9);
}

TEST_F(ImageTest, RefusesWhatIsNoImage) {
  std::ofstream(path_) << "";
  expect_malformed();
  std::ofstream(path_) << "short";
  expect_malformed();
  std::ofstream(path_) << std::string(600'000, 'x');
  expect_malformed();
}

TEST_F(ImageTest, RefusesADamagedImage) {
  make();
  fs::resize_file(path_, fs::file_size(path_) - 1);
  expect_malformed();
  fs::resize_file(path_, fs::file_size(path_) + 2);
  expect_malformed();
  fs::resize_file(path_, 1'000);
  expect_malformed();
  fs::resize_file(path_, 16);
  expect_malformed();
  fs::remove(path_);
  make();
  overwrite(0, 'X');
  expect_malformed();
}

TEST_F(ImageTest, RefusesAnotherVersion) {
  make();
  overwrite(8, 99);
  expect_malformed();
  overwrite(8, 1);
  EXPECT_TRUE(Image::open(path_, 1));
}

TEST_F(ImageTest, RefusesAFolder) {
  const auto image = Image::open(folder_.string(), 1);
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code, base::ErrorCode::kIo);
}

TEST_F(ImageTest, SaysThatTheFolderIsMissing) {
  const auto image = Image::open((folder_ / "none" / "board.bin").string(), 1);
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code, base::ErrorCode::kIo);
  EXPECT_FALSE(image.error().next.empty());
}

}  // namespace
}  // namespace virtual_board
