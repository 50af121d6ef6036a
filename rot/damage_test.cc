// What is not a power cut: bits that flip, images that are put back, cells that are worn, storage that fails.
#include <algorithm>

#include "rot/rot_test_support.h"

namespace rot {
namespace {

using test::make_rot;

class DamageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    test::start_psa();
    rot_ = make_rot(chip_);
    ASSERT_SUCCESS(rot_->mount());
    ASSERT_SUCCESS(rot_->create_root_key(test::root_random()));
    ASSERT_SUCCESS(rot_->advance_lifecycle(Lifecycle::kPsaRotProvisioning));
    ASSERT_SUCCESS(rot_->put_state_u64(StateId::kSessionCount, 1));
    ASSERT_SUCCESS(rot_->put_item("name", 0, base::as_bytes("value")));
  }
  std::string mount_again() {
    rot_ = make_rot(chip_);
    return test::error_of(rot_->mount());
  }
  std::string item() {
    std::array<uint8_t, 64> out;
    const auto size = rot_->get_item("name", out);
    return size ? std::string(base::as_text(ByteView(out).first(*size))) : test::error_of(size);
  }
  // Writes until the state moves into the other sector.
  void change_sectors() {
    const uint64_t before = chip_.counters().sectors_erased;
    for (uint64_t i = 0; chip_.counters().sectors_erased == before; ++i) {
      ASSERT_SUCCESS(rot_->put_state_u64(StateId::kSessionCount, 100 + i));
    }
  }

  ram::Chip chip_{{{2048, 1024, 1024}, 4}, 1};
  std::unique_ptr<Rot> rot_;
};

// Every single bit of all three sectors and of OTP: noticed, or without effect; never a wrong value.
TEST_F(DamageTest, NoFlippedBitIsTakenForData) {
  const ram::Image good = chip_.snapshot();
  int refused = 0, unreadable = 0, harmless = 0;
  const auto check = [&] {
    const std::string mounted = mount_again();
    if (mounted != "success") {
      ++refused;
      return;
    }
    if (rot_->lifecycle() == Lifecycle::kDecommissioned) return;  // a burnt bit of that word means it
    const std::string found = item();
    const auto count = rot_->get_state_u64(StateId::kSessionCount);
    EXPECT_TRUE(found == "value" || found == "kStoreCorrupt") << found;
    EXPECT_TRUE(!count || *count == 1);
    if (found == "value" && count && *count == 1) {
      ++harmless;
    } else {
      ++unreadable;
    }
  };
  for (size_t sector = 0; sector < 3; ++sector) {
    for (size_t bit = 0; bit < good.sectors[sector].data.size() * 8; ++bit) {
      if (good.sectors[sector].data[bit / 8] == 0xff && bit % 8 != 0) continue;  // one bit of a blank byte will do
      chip_.restore(good);
      uint8_t& cell = chip_.image().sectors[sector].data[bit / 8];
      cell = static_cast<uint8_t>(cell ^ (1u << (bit % 8)));
      check();
    }
  }
  for (size_t bit = 0; bit < good.otp.size() * 8; ++bit) {
    chip_.restore(good);
    chip_.image().otp[bit / 8] = static_cast<uint8_t>(chip_.image().otp[bit / 8] ^ (1u << (bit % 8)));
    check();
  }
  std::printf("flipped bits: %d refused at mount, %d found when read, %d without effect\n", refused, unreadable,
              harmless);
  EXPECT_GT(refused, 1000);
  EXPECT_GT(unreadable, 300);
}

TEST_F(DamageTest, StateFromBeforeAChangeOfSectorsIsRefused) {
  const ram::Image old = chip_.snapshot();
  change_sectors();
  ram::Image mixed = chip_.snapshot();
  mixed.sectors = old.sectors;  // OTP cannot be put back
  chip_.restore(mixed);
  EXPECT_EQ(mount_again(), "kStoreRollback");
  const uint64_t before = chip_.counters().operations;
  EXPECT_EQ(mount_again(), "kStoreRollback");
  EXPECT_EQ(chip_.counters().operations, before) << "a refused store is left as it is";
}

TEST_F(DamageTest, ErasedFlashIsNotABlankChip) {
  for (auto& sector : chip_.image().sectors) std::fill(sector.data.begin(), sector.data.end(), uint8_t{0xff});
  EXPECT_EQ(mount_again(), "kStoreRollback");
  EXPECT_ERROR(rot_->put_state_u64(StateId::kBootCount, 1), "kNotMounted");
  EXPECT_ERROR(rot_->create_root_key(test::root_random()), "kNotMounted");
}

TEST_F(DamageTest, StateOfBeforeTheRootKeyIsRefusedOnAChipThatHasOne) {
  ram::Chip other({{2048, 1024, 1024}, 4}, 1);
  auto rot = make_rot(other);
  ASSERT_SUCCESS(rot->mount());
  for (int i = 0; other.counters().sectors_erased < 3; ++i) {
    ASSERT_SUCCESS(rot->put_state_u64(StateId::kSessionCount, 5));
  }
  ram::Image forged = chip_.snapshot();
  forged.sectors = other.snapshot().sectors;  // epoch 3, under a key that is no secret
  chip_.restore(forged);
  EXPECT_EQ(mount_again(), "kStoreRollback");
}

TEST_F(DamageTest, IdentityErasedOrPutBackIsRefused) {
  const ram::Image first = chip_.snapshot();
  ASSERT_SUCCESS(rot_->erase_identity());
  ASSERT_SUCCESS(rot_->put_item("name", 0, base::as_bytes("second")));
  const ram::Image second = chip_.snapshot();

  chip_.image().sectors[0] = first.sectors[0];
  EXPECT_EQ(mount_again(), "kStoreRollback");
  chip_.restore(second);
  std::fill(chip_.image().sectors[0].data.begin(), chip_.image().sectors[0].data.end(), uint8_t{0xff});
  EXPECT_EQ(mount_again(), "kStoreRollback");
}

TEST_F(DamageTest, IdentityShortenedAfterLockIsRefused) {
  const ram::Image shorter = chip_.snapshot();
  ASSERT_SUCCESS(rot_->put_item("other", 0, base::as_bytes("more")));
  ASSERT_SUCCESS(rot_->lock());
  chip_.image().sectors[0].data = shorter.sectors[0].data;
  EXPECT_EQ(mount_again(), "kStoreRollback");
}

TEST_F(DamageTest, RecordsCannotChangePlacesOrSectors) {
  ASSERT_SUCCESS(rot_->put_item("nam2", 0, base::as_bytes("VALUE")));
  // Two records of the same shape, after the header and the first record's 8 + 16 + 8 + 16 + 8 + 16 bytes.
  auto& data = chip_.image().sectors[0].data;
  constexpr size_t kRecord = record_size(4, 5);
  const auto first = data.begin() + kSectorHeaderSize;
  std::swap_ranges(first, first + kRecord, first + kRecord);
  EXPECT_EQ(mount_again(), "kStoreCorrupt");
}

TEST_F(DamageTest, UnknownLayoutsAreLeftAlone) {
  chip_.image().otp[otp_layout::kLayoutWord] = 0xfe;
  EXPECT_EQ(mount_again(), "kLayoutVersion");
}

TEST_F(DamageTest, WornWordsAreSkippedInTheIdentity) {
  // The next two places fail in their value; the third attempt finds good cells.
  const size_t next = kSectorHeaderSize + record_size(4, 5);
  chip_.fail_programs(0, next + 40, next + 44, 1);
  chip_.fail_programs(0, next + 160, next + 164, 1);
  ASSERT_SUCCESS(rot_->put_item("more", 0, base::as_bytes(std::string(40, 'x'))));
  EXPECT_EQ(mount_again(), "success");
  EXPECT_EQ(item(), "value");
  EXPECT_EQ(rot_->item_info("more")->size, 40);
}

TEST_F(DamageTest, WornWordsMakeTheStateChangeSectors) {
  chip_.fail_programs(1, 0, 1024, 1);
  chip_.fail_programs(2, 0, 1024, 1);
  const uint64_t before = chip_.counters().sectors_erased;
  bool stored = false;
  for (int attempt = 0; attempt < 3 && !stored; ++attempt) {
    stored = rot_->put_state_u64(StateId::kSessionCount, 2).has_value();
  }
  EXPECT_TRUE(stored);
  EXPECT_GT(chip_.counters().sectors_erased, before);
  EXPECT_EQ(mount_again(), "success");
  EXPECT_EQ(*rot_->get_state_u64(StateId::kSessionCount), 2u);
}

// A word that stays bad in both state sectors, where the copied records go: every write still finds a place.
TEST_F(DamageTest, AWordThatIsGoneForGoodDoesNotStopTheState) {
  for (const size_t sector : {size_t{1}, size_t{2}}) {
    chip_.fail_programs(sector, kSectorHeaderSize + 40, kSectorHeaderSize + 44, UINT64_MAX);
  }
  const uint64_t before = chip_.counters().sectors_erased;
  for (uint64_t i = 2; i < 60; ++i) ASSERT_SUCCESS(rot_->put_state_u64(StateId::kSessionCount, i));
  EXPECT_GT(chip_.counters().sectors_erased, before + 2);
  EXPECT_EQ(mount_again(), "success");
  EXPECT_EQ(*rot_->get_state_u64(StateId::kSessionCount), 59u);
  EXPECT_EQ(item(), "value");
}

TEST_F(DamageTest, WornOutSectorsGiveAnErrorAndKeepTheOldValue) {
  for (size_t sector = 0; sector < 3; ++sector) chip_.wear_out(sector);
  const auto state = rot_->put_state_u64(StateId::kSessionCount, 2);
  EXPECT_FALSE(state);
  EXPECT_FALSE(rot_->put_item("name", 0, base::as_bytes("other")));
  for (size_t sector = 0; sector < 3; ++sector) chip_.wear_out(sector, false);
  EXPECT_EQ(mount_again(), "success");
  EXPECT_EQ(item(), "value");
  EXPECT_EQ(*rot_->get_state_u64(StateId::kSessionCount), 1u);
}

TEST_F(DamageTest, StorageThatIsGoneIsReportedAndNothingIsLost) {
  chip_.fail_io(true);
  EXPECT_ERROR(rot_->put_state_u64(StateId::kSessionCount, 2), "kFlashIo");
  chip_.fail_io(false);
  EXPECT_ERROR(rot_->get_state_u64(StateId::kSessionCount), "kNotMounted") << "and not 0";
  EXPECT_EQ(item(), "kNotMounted");
  chip_.fail_io(true);
  EXPECT_EQ(mount_again(), "kFlashIo");
  chip_.fail_io(false);
  EXPECT_EQ(mount_again(), "success");
  EXPECT_EQ(item(), "value");
  EXPECT_EQ(*rot_->get_state_u64(StateId::kSessionCount), 1u);
}

TEST_F(DamageTest, ARootKeyWhoseShareWasTornUsesTheNextSlot) {
  ram::Chip chip({{2048, 1024, 1024}, 4}, 1);
  for (int slot = 0; slot < 2; ++slot) {
    auto rot = make_rot(chip);
    ASSERT_SUCCESS(rot->mount());
    chip.cut_at(5, ram::Cut::kTorn);  // one "opened" word, then within the eight words of the share
    EXPECT_ERROR(rot->create_root_key(test::root_random()), "kFlashPowerLost");
    chip.power_on();
  }
  auto rot = make_rot(chip);
  ASSERT_SUCCESS(rot->mount());
  ASSERT_SUCCESS(rot->create_root_key(test::root_random()));
  std::array<uint8_t, 16> expected, key;
  ASSERT_SUCCESS(rot_->derive_key("k", {}, expected));
  ASSERT_SUCCESS(rot->derive_key("k", {}, key));
  EXPECT_EQ(key, expected);

  ram::Chip used_up({{2048, 1024, 1024}, 4}, 1);
  for (const size_t slot : {0u, 1u, 2u}) used_up.image().otp[otp_layout::kRootKeyWord + 4 + slot * 8] = 0;
  auto last = make_rot(used_up);
  ASSERT_SUCCESS(last->mount());
  EXPECT_ERROR(last->create_root_key(test::root_random()), "kOtpExhausted");
  EXPECT_FALSE(last->has_root_key());
}

// 20 years of a boot an hour: a seed and a boot count each, on 16 KiB sectors. Scaled to a 60th, exactly.
TEST(Wear, TwentyYearsOfHourlyBootsStayInsideEnduranceAndCounter) {
  test::start_psa();
  ram::Chip chip({{16384, 16384, 16384}, 4}, 1);
  auto rot = make_rot(chip);
  ASSERT_SUCCESS(rot->mount());
  ASSERT_SUCCESS(rot->create_root_key(test::root_random()));
  ASSERT_SUCCESS(rot->advance_lifecycle(Lifecycle::kPsaRotProvisioning));
  ASSERT_SUCCESS(rot->put_item("name", 0, base::as_bytes("value")));
  ASSERT_SUCCESS(rot->lock());
  constexpr uint64_t kBoots = 20 * 365 * 24 + 5 * 24;
  constexpr uint64_t kScale = 60;
  const uint64_t before = chip.erases(1) + chip.erases(2);
  for (uint64_t boot = 0; boot < kBoots / kScale; ++boot) {
    rot = make_rot(chip);
    ASSERT_SUCCESS(rot->mount());
    ASSERT_SUCCESS(rot->put_state_u64(StateId::kBootCount, boot));
    ASSERT_SUCCESS(rot->put_state(StateId::kSeed, std::array<uint8_t, 48>{}));
  }
  const uint64_t erases = (chip.erases(1) + chip.erases(2) - before) * kScale;
  std::printf("%llu boots: about %llu erases, %llu a sector, of 10000; %zu epochs in OTP\n",
              static_cast<unsigned long long>(kBoots), static_cast<unsigned long long>(erases),
              static_cast<unsigned long long>(erases / 2), otp_layout::kEpochBits);
  EXPECT_LT(erases / 2, 10000u);
  EXPECT_LT(erases + kScale, otp_layout::kEpochBits) << "each change of sectors burns one epoch";
}

TEST(Wear, AStoreGoesOnWhenTheEpochsAreUsedUp) {
  test::start_psa();
  ram::Chip chip({{512, 512, 512}, 8}, 1);
  auto rot = make_rot(chip);
  ASSERT_SUCCESS(rot->mount());
  uint64_t value = 0;
  while (chip.counters().sectors_erased < otp_layout::kEpochBits + 20) {
    ASSERT_SUCCESS(rot->put_state_u64(StateId::kBootCount, ++value));
  }
  EXPECT_TRUE(all_bytes(ByteView(chip.image().otp).subspan(otp_layout::kFirstEpochBlock * Otp::kBlockSize), 0));
  rot = make_rot(chip);
  ASSERT_SUCCESS(rot->mount());
  EXPECT_EQ(*rot->get_state_u64(StateId::kBootCount), value);
}

}  // namespace
}  // namespace rot
