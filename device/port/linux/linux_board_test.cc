// The board as agent and client see it, on files; and the generator's whole life on it.
#include "device/port/linux/linux_board.h"

#include <gtest/gtest.h>
#include <psa/crypto.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "device/seed_store.h"

namespace device {
namespace {

using base::ErrorCode;
using Bytes = std::vector<uint8_t>;

class LinuxBoardTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(psa_crypto_init(), PSA_SUCCESS);
    char name[] = "linux-board-test-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    folder_ = name;
    ASSERT_TRUE(config_.storage_dir.assign(folder_));
    ASSERT_TRUE(config_.chip_id.assign("0011223344556677"));
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
  LinuxConfig config_;
  Diagnostic diagnostic_;
};

TEST_F(LinuxBoardTest, OpensFreshStorage) {
  LinuxBoard board;
  ASSERT_TRUE(board.open(config_, {}, diagnostic_)) << diagnostic_.text;
  EXPECT_EQ(board.name(), "linux");
  EXPECT_TRUE(base::equal(board.chip_id(), Bytes{0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77}));
  EXPECT_EQ(board.trng(), nullptr);
  ASSERT_NE(board.noise(), nullptr);
  EXPECT_TRUE(board.batch_block().empty());
  EXPECT_TRUE(board.wipe_batch_block());
  EXPECT_EQ(board.flash().sector_size(0), 16384U);
  rot::Rot rot(board.otp(), board.flash(), board.layout(), board.chip_id());
  EXPECT_TRUE(rot.mount());
  EXPECT_EQ(board.open(config_, {}, diagnostic_).error(), ErrorCode::kBadState);
}

TEST_F(LinuxBoardTest, OneProcessAtATime) {
  LinuxBoard first;
  ASSERT_TRUE(first.open(config_, {}, diagnostic_)) << diagnostic_.text;
  LinuxBoard second;
  EXPECT_EQ(second.open(config_, {}, diagnostic_).error(), ErrorCode::kBadState);
  EXPECT_NE(std::string(diagnostic_.text).find("another process"), std::string::npos) << diagnostic_.text;
}

TEST_F(LinuxBoardTest, SaysWhatIsWrong) {
  struct {
    const char* key;
    const char* value;
    const char* what;
  } const cases[] = {
      {"flash", "/dev/null", "flash-kind"},  // a device where a file is configured
      {"flash", "no-such-folder/flash.bin", "flash"},
      {"otp", "no-such-folder/otp.bin", "otp"},
      {"otp-kind", "nvmem", "otp"},
      {"trng", "/dev/does-not-exist", "trng"},
      {"batch-block-file", "/dev/null", "batch block"},
  };
  for (const auto& c : cases) {
    LinuxConfig config = config_;
    ASSERT_TRUE(set_config(config, c.key, c.value, diagnostic_));
    LinuxBoard board;
    EXPECT_FALSE(board.open(config, {}, diagnostic_)) << c.key;
    EXPECT_NE(std::string(diagnostic_.text).find(c.what), std::string::npos) << diagnostic_.text;
  }
  for (const char* kind : {"block", "mtd"}) {
    LinuxConfig config = config_;
    std::ofstream(folder_ + "/flash.bin") << "a file";
    ASSERT_TRUE(set_config(config, "flash-kind", kind, diagnostic_));
    LinuxBoard board;
    EXPECT_EQ(board.open(config, {}, diagnostic_).error(), ErrorCode::kConfiguration);
  }
}

TEST_F(LinuxBoardTest, TrngOnlyWhenConfigured) {
  ASSERT_TRUE(set_config(config_, "trng", "getrandom", diagnostic_));
  LinuxBoard board;
  ASSERT_TRUE(board.open(config_, {}, diagnostic_)) << diagnostic_.text;
  ASSERT_NE(board.trng(), nullptr);
  Bytes out(48);
  EXPECT_TRUE(board.trng()->read(out));
  EXPECT_NE(out, Bytes(48));
}

// Blank, seeded by the factory, restarted: the seed comes back from the root of trust, never the same output.
TEST_F(LinuxBoardTest, LifeOfASeed) {
  std::set<Bytes> outputs;
  uint64_t last_boot = 0;
  for (int boot = 0; boot < 50; ++boot) {
    LinuxBoard board;
    ASSERT_TRUE(board.open(config_, {}, diagnostic_)) << diagnostic_.text;
    rot::Rot rot(board.otp(), board.flash(), board.layout(), board.chip_id());
    ASSERT_TRUE(rot.mount());
    RotSeedStore store(rot);
    entropy::Generator generator;
    generator.attach(store, board.chip_id(), board.trng(), nullptr);  // no noise, so that only the seed life counts
    const auto started = generator.start();
    if (boot == 0) {
      EXPECT_EQ(started.error(), ErrorCode::kUnseeded);
      ASSERT_TRUE(generator.inject(Bytes(entropy::kSeedSize, 0x5A)));
      std::array<uint8_t, 64> shares;
      ASSERT_TRUE(generator.generate(shares));
      ASSERT_TRUE(rot.create_root_key(shares));
      ASSERT_TRUE(generator.commit_seed());
    } else {
      ASSERT_TRUE(started);
    }
    EXPECT_GT(generator.boot_count(), last_boot);
    last_boot = generator.boot_count();
    EXPECT_EQ(rot.get_state_u64(rot::StateId::kBootCount), last_boot);
    Bytes out(16);
    ASSERT_TRUE(generator.generate(out));
    EXPECT_TRUE(outputs.insert(out).second);
  }
}

}  // namespace
}  // namespace device
