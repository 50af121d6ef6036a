#include "device/port/linux/config.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace device {
namespace {

using base::ErrorCode;

// A file with given contents for the length of a test.
class TextFile {
 public:
  explicit TextFile(const std::string& text) {
    char name[] = "config-test-XXXXXX";
    ::close(::mkstemp(name));
    path_ = name;
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~TextFile() { ::unlink(path_.c_str()); }
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct PortKey final : ConfigKeys {
  std::string port;
  base::Result<bool> set(std::string_view key, std::string_view value, Diagnostic& diagnostic) override {
    if (key != "port") return false;
    if (value.front() != '/') return diagnostic.fail(ErrorCode::kConfiguration, "port is no absolute path");
    port = value;
    return true;
  }
};

TEST(Config, DefaultsOfAnEmptyFile) {
  const TextFile file("# nothing\n\n   \n");
  LinuxConfig config;
  Diagnostic diagnostic;
  ASSERT_TRUE(read_config(file.path().c_str(), config, nullptr, diagnostic)) << diagnostic.text;
  EXPECT_TRUE(config.flash.empty());  // a command line may still change storage-dir
  ASSERT_TRUE(complete_config(config, diagnostic));
  EXPECT_EQ(config.flash.view(), "/var/lib/factory-line/flash.bin");
  EXPECT_EQ(config.otp.view(), "/var/lib/factory-line/otp.bin");
  EXPECT_EQ(config.board.view(), "linux");
  EXPECT_EQ(config.trng.view(), "none");
  EXPECT_EQ(config.chip_id_file.view(), "/etc/machine-id");
  EXPECT_EQ(config.sector_size, 16384U);
  EXPECT_TRUE(config.batch_block_file.empty());
}

TEST(Config, EveryKey) {
  const TextFile file(
      "storage-dir=/data\nflash = /dev/mtd3\nflash-kind = mtd\n  otp\t= /sys/nvmem  \r\notp-kind=nvmem\nsector-size = "
      "65536\n"
      "chip-id = 0011AAbb\nchip-id-file = /sys/serial\nboard = gateway-2\ntrng = /dev/hwrng\n"
      "batch-block-file = /data/a=b\nport = /dev/ttyS1");  // the last line without an end
  LinuxConfig config;
  PortKey own;
  Diagnostic diagnostic;
  ASSERT_TRUE(read_config(file.path().c_str(), config, &own, diagnostic)) << diagnostic.text;
  EXPECT_EQ(config.storage_dir.view(), "/data");
  EXPECT_EQ(config.flash.view(), "/dev/mtd3");
  EXPECT_EQ(config.flash_kind, FlashKind::kMtd);
  EXPECT_EQ(config.otp.view(), "/sys/nvmem");
  EXPECT_EQ(config.otp_kind, OtpKind::kNvmem);
  EXPECT_EQ(config.sector_size, 65536U);
  EXPECT_EQ(config.chip_id.view(), "0011AAbb");
  EXPECT_EQ(config.chip_id_file.view(), "/sys/serial");
  EXPECT_EQ(config.board.view(), "gateway-2");
  EXPECT_EQ(config.trng.view(), "/dev/hwrng");
  EXPECT_EQ(config.batch_block_file.view(), "/data/a=b");
  EXPECT_EQ(own.port, "/dev/ttyS1");
}

TEST(Config, EachErrorNamesFileAndLine) {
  struct {
    std::string text;
    unsigned line;
    std::string what;
  } const cases[] = {
      {"board = a\nnonsense\n", 2, "key = value"},
      {"= x\n", 1, "key is missing"},
      {"\n\nboard =\n", 3, "board has no value"},
      {"board = a\nboard = b\n", 2, "given twice"},
      {"port = /a\nboard = b\nport = /a\n", 3, "given twice"},
      {"io-limit-ms = 5\nio-limit-ms = 5\n", 2, "given twice"},
      {"on-reboot =\n", 1, "on-reboot has no value"},
      {"colour = red\n", 1, "unknown key colour"},
      {"flash-kind = nand\n", 1, "file block mtd"},
      {"otp-kind = fuse\n", 1, "file nvmem"},
      {"sector-size = 12345\n", 1, "power of two"},
      {"sector-size = 2048\n", 1, "power of two"},
      {"sector-size = 0x4000\n", 1, "power of two"},
      {"sector-size = 4294971392\n", 1, "power of two"},
      {"chip-id = 123\n", 1, "chip-id"},
      {"chip-id = 001122\n", 1, "chip-id"},
      {"chip-id = 00112g33\n", 1, "chip-id"},
      {"chip-id = 00112233445566778899aabbccddeeff00\n", 1, "chip-id"},
      {"board = " + std::string(33, 'b') + "\n", 1, "longer than 32"},
      {"storage-dir = /" + std::string(255, 'd') + "\n", 1, "longer than 255"},
      {"# " + std::string(600, 'x') + "\n", 1, "longer than 511"},
      {"port = ttyS1\n", 1, "no absolute path"},
  };
  for (const auto& c : cases) {
    const TextFile file(c.text);
    LinuxConfig config;
    PortKey own;
    Diagnostic diagnostic;
    const auto read = read_config(file.path().c_str(), config, &own, diagnostic);
    ASSERT_FALSE(read) << c.text;
    EXPECT_EQ(read.error(), ErrorCode::kConfiguration);
    const std::string start = file.path() + ":" + std::to_string(c.line) + ": ";
    EXPECT_EQ(std::string(diagnostic.text).substr(0, start.size()), start) << diagnostic.text;
    EXPECT_NE(std::string(diagnostic.text).find(c.what), std::string::npos) << diagnostic.text;
  }
}

TEST(Config, KeysOfTheOtherProgramAreLeftToIt) {
  const TextFile file("baud = fast\nport = /dev/ttyS1\nstagger-ms = soon\nboard = b\n");
  LinuxConfig config;
  PortKey own;
  Diagnostic diagnostic;
  ASSERT_TRUE(read_config(file.path().c_str(), config, &own, diagnostic)) << diagnostic.text;
  EXPECT_EQ(own.port, "/dev/ttyS1");
  EXPECT_EQ(config.board.view(), "b");
}

TEST(Config, ALineOfTheGreatestLengthIsTaken) {
  const TextFile file("# " + std::string(509, 'x') + "\nboard = b\n# " + std::string(509, 'x'));
  LinuxConfig config;
  Diagnostic diagnostic;
  ASSERT_TRUE(read_config(file.path().c_str(), config, nullptr, diagnostic)) << diagnostic.text;
  EXPECT_EQ(config.board.view(), "b");
}

TEST(Config, AMissingFile) {
  LinuxConfig config;
  Diagnostic diagnostic;
  EXPECT_EQ(read_config("does-not-exist.conf", config, nullptr, diagnostic).error(), ErrorCode::kIo);
  EXPECT_NE(std::string(diagnostic.text).find("does-not-exist.conf"), std::string::npos);
}

TEST(Config, KeysFromACommandLine) {
  LinuxConfig config;
  Diagnostic diagnostic;
  ASSERT_TRUE(set_config(config, "storage-dir", "/units/7", diagnostic));
  ASSERT_TRUE(complete_config(config, diagnostic));
  EXPECT_EQ(config.flash.view(), "/units/7/flash.bin");
  EXPECT_EQ(set_config(config, "colour", "red", diagnostic).error(), ErrorCode::kConfiguration);
  EXPECT_EQ(set_config(config, "board", "", diagnostic).error(), ErrorCode::kConfiguration);
  LinuxConfig deep;
  ASSERT_TRUE(set_config(deep, "storage-dir", "/" + std::string(250, 'd'), diagnostic));
  EXPECT_EQ(complete_config(deep, diagnostic).error(), ErrorCode::kConfiguration);
}

}  // namespace
}  // namespace device
