// SPEC.md against the code: an image made byte for byte by vectors.txt, and the numbers of the tables.
#include <fstream>
#include <sstream>

#include "base/hex.h"
#include "rot/rot_test_support.h"

namespace rot {
namespace {

constexpr std::array<uint8_t, 12> kId{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

// Runs of what is not blank, 16 bytes aligned.
std::string dump(std::string_view place, ByteView bytes) {
  std::string text;
  for (size_t at = 0; at < bytes.size(); at += 16) {
    const ByteView line = bytes.subspan(at, 16);
    if (all_bytes(line, 0xff)) continue;
    std::array<char, 32> hex;
    char prefix[32];
    std::snprintf(prefix, sizeof(prefix), "%s %03zx ", std::string(place).c_str(), at);
    text += prefix + std::string(*base::hex_encode(line, hex)) + "\n";
  }
  return text;
}

TEST(Layout, TheImageOfTheVectors) {
  test::start_psa();
  ram::Chip chip({{512, 512, 512}, 4}, 1);
  Rot rot(chip.otp(), chip.flash(), {}, kId);
  ASSERT_SUCCESS(rot.mount());
  ASSERT_SUCCESS(rot.put_state_u64(StateId::kSessionCount, 5));
  std::array<uint8_t, 64> random;
  for (size_t i = 0; i < random.size(); ++i) random[i] = static_cast<uint8_t>(i);
  ASSERT_SUCCESS(rot.create_root_key(random));
  ASSERT_SUCCESS(rot.put_item("name", kWriteOnce, base::as_bytes("value")));
  std::string made = dump("otp", chip.image().otp);
  for (size_t i = 0; i < 3; ++i) made += dump("sector" + std::to_string(i), chip.image().sectors[i].data);

  std::ifstream file(FACTORY_LINE_SOURCE_DIR "/rot/vectors.txt");
  ASSERT_TRUE(file);
  std::string expected, line;
  while (std::getline(file, line)) {
    if (!line.empty() && line[0] != '#') expected += line + "\n";
  }
  EXPECT_EQ(made, expected);
}

TEST(Layout, NumbersOfTheTables) {
  EXPECT_EQ(otp_layout::kEpochBits, 2560u);
  EXPECT_EQ(kSectorHeaderSize, 88u);
  EXPECT_EQ(record_size(0, 48), 96u);
  EXPECT_EQ(record_size(0, 8), 56u);
  EXPECT_EQ(16384 - kSectorHeaderSize, 16296u);
  std::ifstream file(FACTORY_LINE_SOURCE_DIR "/rot/SPEC.md");
  std::stringstream spec;
  spec << file.rdbuf();
  for (const char* phrase : {"2,560 epochs", "Sector header, 88 bytes", "8 (rule 7) + 56 + 96 = 160 bytes", "16,296"}) {
    EXPECT_NE(spec.str().find(phrase), std::string::npos) << phrase;
  }
}

TEST(Layout, OtpWords) {
  test::start_psa();
  ram::Chip chip({{512, 512, 512}, 4}, 1);
  Rot rot(chip.otp(), chip.flash(), {}, kId);
  ASSERT_SUCCESS(rot.mount());
  const auto& otp = chip.image().otp;
  ASSERT_SUCCESS(rot.advance_lifecycle(Lifecycle::kPsaRotProvisioning));
  EXPECT_TRUE(all_bytes(ByteView(otp).first(4), 0) && all_bytes(ByteView(otp).subspan(4), 0xff));
  ASSERT_SUCCESS(rot.put_state_u64(StateId::kBootCount, 1));
  EXPECT_EQ(otp[6 * 32], 0x7f);  // epoch 1
  ASSERT_SUCCESS(rot.create_root_key(test::root_random()));
  EXPECT_EQ(otp[6 * 32], 0x3f);
  EXPECT_TRUE(all_bytes(ByteView(otp).subspan(4 * 32, 12), 0));  // root key exists, slot 1 opened and valid
  EXPECT_TRUE(all_bytes(ByteView(otp).subspan(4 * 32 + 12, 20), 0xff));
  EXPECT_TRUE(base::equal(ByteView(otp).subspan(32, 32), ByteView(test::root_random()).first(32)));
  ASSERT_SUCCESS(rot.lock());
  EXPECT_TRUE(all_bytes(ByteView(otp).first(8), 0) && all_bytes(ByteView(otp).subspan(8, 24), 0xff));
}

}  // namespace
}  // namespace rot
