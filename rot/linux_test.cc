// The Linux port on files: the semantics of flash and OTP, locks between processes, restarts, a full disk.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "rot/port/linux/linux_storage.h"
#include "rot/rot_test_support.h"

namespace rot {
namespace {

namespace fs = std::filesystem;

class LinuxTest : public ::testing::Test {
 protected:
  void SetUp() override {
    test::start_psa();
    std::string pattern = (fs::temp_directory_path() / "rot-linux-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    flash_path_ = (directory_ / "flash").string();
    otp_path_ = (directory_ / "otp").string();
  }
  void TearDown() override { fs::remove_all(directory_); }
  LinuxFlashSettings flash_settings() const { return {.path = flash_path_.c_str(), .sector_size = 4096}; }
  LinuxOtpSettings otp_settings() const { return {.path = otp_path_.c_str()}; }

  fs::path directory_;
  std::string flash_path_, otp_path_;
};

TEST_F(LinuxTest, AUnitIsProvisionedAndStartsAgain) {
  for (int start = 0; start < 3; ++start) {
    LinuxFlash flash;
    LinuxOtp otp;
    ASSERT_SUCCESS(flash.open(flash_settings()));
    ASSERT_SUCCESS(otp.open(otp_settings()));
    Rot rot(otp, flash, {}, test::kChipId);
    ASSERT_SUCCESS(rot.mount());
    std::array<uint8_t, 16> out;
    if (start == 0) {
      const auto begin = std::chrono::steady_clock::now();
      ASSERT_SUCCESS(rot.create_root_key(test::root_random()));
      ASSERT_SUCCESS(rot.put_item("name", kWriteOnce, base::as_bytes("value")));
      for (int i = 0; i < 20; ++i) {
        ASSERT_SUCCESS(rot.put_item("item" + std::to_string(i), 0, std::vector<uint8_t>(20)));
      }
      ASSERT_SUCCESS(rot.lock());
      const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - begin;
      std::printf("root key, 21 items and lock, all durable: %.1f ms\n", taken.count());
    }
    EXPECT_EQ(*rot.get_item("name", out), 5u);
    EXPECT_TRUE(rot.is_locked());
    EXPECT_ERROR(flash.erase(0), "kFlashProtected");
    EXPECT_ERROR(flash.program(0, 4000, std::array<uint8_t, 4>{}), "kFlashProtected");
    EXPECT_ERROR(otp.program_word(32, 0), "kOtpLocked");
    ASSERT_SUCCESS(rot.put_state_u64(StateId::kBootCount, static_cast<uint64_t>(start)));
  }
  for (const std::string& path : {flash_path_, otp_path_, flash_path_ + ".protect"}) {
    struct stat info {};
    ASSERT_EQ(::stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u) << path;
  }
}

TEST_F(LinuxTest, FlashKeepsTheRulesOfFlash) {
  LinuxFlash flash;
  ASSERT_SUCCESS(flash.open(flash_settings()));
  const std::array<uint8_t, 8> ones{1, 2, 3, 4, 5, 6, 7, 8};
  std::array<uint8_t, 8> out;
  ASSERT_SUCCESS(flash.program(1, 8, ones));
  ASSERT_SUCCESS(flash.read(1, 8, out));
  EXPECT_EQ(out, ones);
  EXPECT_ERROR(flash.program(1, 8, ones), "kFlashNotErased");
  EXPECT_ERROR(flash.program(1, 10, ones), "kFlashAlignment");
  EXPECT_ERROR(flash.program(1, 16, ByteView(ones).first(3)), "kFlashAlignment");
  EXPECT_ERROR(flash.program(1, 4092, ones), "kFlashAlignment");
  EXPECT_ERROR(flash.read(3, 0, out), "kFlashAlignment");
  ASSERT_SUCCESS(flash.program(1, 8, std::array<uint8_t, 8>{}));
  ASSERT_SUCCESS(flash.erase(1));
  ASSERT_SUCCESS(flash.read(1, 8, out));
  EXPECT_TRUE(all_bytes(out, 0xff));
}

TEST_F(LinuxTest, OtpBitsNeverComeBack) {
  {
    LinuxOtp otp;
    ASSERT_SUCCESS(otp.open(otp_settings()));
    ASSERT_SUCCESS(otp.program_word(4, 0xfffffff0));
    ASSERT_SUCCESS(otp.program_word(4, 0x0fffffff));
    ASSERT_SUCCESS(otp.lock_block(0));
    EXPECT_ERROR(otp.program_word(8, 0), "kOtpLocked");
    ASSERT_SUCCESS(otp.program_word(32, 0));
  }
  LinuxOtp otp;
  ASSERT_SUCCESS(otp.open(otp_settings()));
  std::array<uint8_t, 4> word;
  ASSERT_SUCCESS(otp.read(4, word));
  EXPECT_EQ(base::load_be<uint32_t>(word.data()), 0x0ffffff0u);
  EXPECT_TRUE(*otp.is_locked(0));
  EXPECT_FALSE(*otp.is_locked(1));
  EXPECT_ERROR(otp.program_word(2, 0), "kFlashAlignment");
  EXPECT_ERROR(otp.program_word(512, 0), "kFlashAlignment");
}

TEST_F(LinuxTest, NvmemWithFusesThatBurnToOne) {
  // An nvmem device is a file of raw bytes; here one whose fuses read 0 when blank, after 64 bytes of others.
  std::ofstream(otp_path_) << std::string(64, 'v') + std::string(512, '\0');
  const std::string locks = otp_path_ + ".lock";
  LinuxOtp otp;
  ASSERT_SUCCESS(
      otp.open({.path = otp_path_.c_str(), .lock_path = locks.c_str(), .first_byte = 64, .burns_to_one = true}));
  std::array<uint8_t, 4> word;
  ASSERT_SUCCESS(otp.read(508, word));
  EXPECT_TRUE(all_bytes(word, 0xff));
  ASSERT_SUCCESS(otp.program_word(508, 0xfffffffe));
  ASSERT_SUCCESS(otp.read(508, word));
  EXPECT_EQ(base::load_be<uint32_t>(word.data()), 0xfffffffeu);
  ASSERT_SUCCESS(otp.lock_block(15));
  EXPECT_ERROR(otp.program_word(508, 0), "kOtpLocked");
  otp.close();
  std::ifstream file(otp_path_);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  EXPECT_EQ(bytes, std::string(64, 'v') + std::string(511, '\0') + '\1');
}

TEST_F(LinuxTest, AStoreBelongsToOneProcess) {
  LinuxFlash flash;
  LinuxOtp otp;
  ASSERT_SUCCESS(flash.open(flash_settings()));
  ASSERT_SUCCESS(otp.open(otp_settings()));
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    LinuxFlash other_flash;
    LinuxOtp other_otp;
    const auto first = other_flash.open(flash_settings());
    const auto second = other_otp.open(otp_settings());
    const bool refused = !first && first.error() == base::ErrorCode::kBadState && !second &&
                         second.error() == base::ErrorCode::kBadState;
    ::_exit(refused ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  flash.close();
  otp.close();
  EXPECT_SUCCESS(flash.open(flash_settings()));
  EXPECT_SUCCESS(otp.open(otp_settings()));
}

TEST_F(LinuxTest, AFullDiskLeavesNothingHalfMade) {
  std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  struct rlimit small = before;
  small.rlim_cur = 5000;  // a write beyond fails as it does on a full disk
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  LinuxFlash flash;
  EXPECT_ERROR(flash.open(flash_settings()), "kFlashIo");
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_FALSE(fs::exists(flash_path_));
  EXPECT_FALSE(fs::exists(flash_path_ + ".new"));
  EXPECT_SUCCESS(flash.open(flash_settings()));
}

TEST_F(LinuxTest, WrongSettingsAreRefused) {
  LinuxFlash flash;
  LinuxFlashSettings settings = flash_settings();
  settings.write_unit = 3;
  EXPECT_ERROR(flash.open(settings), "kInvalidArgument");
  settings.write_unit = 16;
  EXPECT_ERROR(flash.open(settings), "kInvalidArgument");
  ASSERT_SUCCESS(flash.open(flash_settings()));
  flash.close();
  settings = flash_settings();
  settings.sector_size = 8192;  // not what the file was made with
  EXPECT_ERROR(flash.open(settings), "kInvalidArgument");
  settings.path = "/dev/null";
  EXPECT_ERROR(flash.open(settings), "kInvalidArgument");
  const std::string missing = (directory_ / "no" / "flash").string();
  settings.path = missing.c_str();
  EXPECT_ERROR(flash.open(settings), "kFlashIo");
  std::ofstream(otp_path_) << "short";
  LinuxOtp otp;
  EXPECT_ERROR(otp.open(otp_settings()), "kInvalidArgument");
}

// The raw block device path runs where the tester names one that may be overwritten: ROT_TEST_BLOCK_DEVICE.
TEST_F(LinuxTest, BlockDevice) {
  const char* device = std::getenv("ROT_TEST_BLOCK_DEVICE");
  if (!device) GTEST_SKIP() << "set ROT_TEST_BLOCK_DEVICE to a block device (e.g. a loop device) to overwrite";
  const std::string protection = flash_path_ + ".protect";
  LinuxFlashSettings settings{.path = device, .protection_path = protection.c_str(), .sector_size = 4096};
  {
    LinuxFlash flash;
    ASSERT_SUCCESS(flash.open(settings));
    for (size_t sector = 0; sector < 3; ++sector) ASSERT_SUCCESS(flash.erase(sector));
  }
  for (int start = 0; start < 2; ++start) {
    LinuxFlash flash;
    LinuxOtp otp;
    ASSERT_SUCCESS(flash.open(settings));
    ASSERT_SUCCESS(otp.open(otp_settings()));
    Rot rot(otp, flash, {}, test::kChipId);
    ASSERT_SUCCESS(rot.mount());
    if (start == 0) {
      ASSERT_SUCCESS(rot.create_root_key(test::root_random()));
      ASSERT_SUCCESS(rot.put_item("name", 0, base::as_bytes("value")));
      ASSERT_SUCCESS(rot.lock());
    }
    EXPECT_EQ(rot.item_info("name")->size, 5);
    EXPECT_ERROR(flash.erase(0), "kFlashProtected");
  }
}

}  // namespace
}  // namespace rot
