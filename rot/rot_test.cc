// The facade: what agent and client rely on.
#include "rot/rot.h"

#include <vector>

#include "rot/rot_test_support.h"

namespace rot {
namespace {

using test::kChipId;
using test::make_rot;

class RotTest : public ::testing::Test {
 protected:
  void SetUp() override {
    test::start_psa();
    restart();
  }
  void restart() {
    rot_.reset();
    rot_ = make_rot(chip_);
    ASSERT_SUCCESS(rot_->mount());
  }
  void make_root_key() { ASSERT_SUCCESS(rot_->create_root_key(test::root_random())); }
  void provision() {
    make_root_key();
    ASSERT_SUCCESS(rot_->advance_lifecycle(Lifecycle::kPsaRotProvisioning));
    ASSERT_SUCCESS(rot_->put_state(StateId::kSeed, std::vector<uint8_t>(48, 0x11)));
    ASSERT_SUCCESS(rot_->put_item("mbed.Manufacturer", kWriteOnce, base::as_bytes("maker")));
    ASSERT_SUCCESS(rot_->put_item("~tx", 0, base::as_bytes("transaction")));
  }
  std::string item(std::string_view name) {
    std::array<uint8_t, kMaxValueSize> out;
    const auto size = rot_->get_item(name, out);
    return size ? std::string(base::as_text(ByteView(out).first(*size))) : test::error_of(size);
  }

  ram::Chip chip_{{}, 1};
  std::unique_ptr<Rot> rot_;
};

class Collector final : public ItemVisitor {
 public:
  base::Status item(std::string_view name, uint8_t flags, ByteView value) override {
    text += std::string(name) + ":" + std::to_string(flags) + "=" + std::string(base::as_text(value)) + ";";
    return {};
  }
  std::string text;
};

TEST_F(RotTest, MountingABlankChipChangesNothing) {
  EXPECT_EQ(chip_.counters().operations, 0u);
  EXPECT_EQ(rot_->lifecycle(), Lifecycle::kAssemblyAndTest);
  EXPECT_FALSE(rot_->has_root_key());
  EXPECT_EQ(*rot_->get_state_u64(StateId::kSessionCount), 0u);
  std::array<uint8_t, 32> key;
  EXPECT_ERROR(rot_->derive_key("x", {}, key), "kNoRootKey");
  EXPECT_ERROR(rot_->put_item("a", 0, {}), "kNoRootKey");
  EXPECT_ERROR(rot_->get_item("a", key), "kItemNotFound");
}

TEST_F(RotTest, SessionCountLivesBeforeAndAcrossTheRootKey) {
  ASSERT_SUCCESS(rot_->put_state_u64(StateId::kSessionCount, 7));
  restart();
  EXPECT_EQ(*rot_->get_state_u64(StateId::kSessionCount), 7u);
  make_root_key();
  EXPECT_EQ(*rot_->get_state_u64(StateId::kSessionCount), 7u);
  restart();
  EXPECT_EQ(*rot_->get_state_u64(StateId::kSessionCount), 7u);
  EXPECT_TRUE(rot_->has_root_key());
}

TEST_F(RotTest, RootKeyIsTheSameAfterARestartAndDependsOnBothSharesAndTheChip) {
  make_root_key();
  EXPECT_ERROR(rot_->create_root_key(test::root_random()), "kRootKeyExists");
  std::array<uint8_t, 32> first, second;
  ASSERT_SUCCESS(rot_->derive_key("a", {}, first));
  restart();
  ASSERT_SUCCESS(rot_->derive_key("a", {}, second));
  EXPECT_EQ(first, second);
  ASSERT_SUCCESS(rot_->derive_key("b", {}, second));
  EXPECT_NE(first, second);
  ASSERT_SUCCESS(rot_->derive_key("a", base::as_bytes("context"), second));
  EXPECT_NE(first, second);

  auto random = test::root_random();
  for (const size_t changed : {size_t{0}, size_t{63}}) {
    random[changed] ^= 1;
    ram::Chip other({}, 1);
    auto rot = make_rot(other);
    ASSERT_SUCCESS(rot->mount());
    ASSERT_SUCCESS(rot->create_root_key(random));
    ASSERT_SUCCESS(rot->derive_key("a", {}, second));
    EXPECT_NE(first, second);
    random[changed] ^= 1;
  }
  ram::Chip other({}, 1);
  auto rot = make_rot(other, ByteView(kChipId).first(11));
  ASSERT_SUCCESS(rot->mount());
  ASSERT_SUCCESS(rot->create_root_key(random));
  ASSERT_SUCCESS(rot->derive_key("a", {}, second));
  EXPECT_NE(first, second);
}

TEST_F(RotTest, AnImageMovedToAnotherChipIsRefused) {
  provision();
  auto moved = make_rot(chip_, ByteView(kChipId).first(8));
  EXPECT_ERROR(moved->mount(), "kStoreCorrupt");
}

TEST_F(RotTest, ItemsAreKeptReplacedAndWriteOnce) {
  provision();
  EXPECT_EQ(item("mbed.Manufacturer"), "maker");
  const uint64_t before = chip_.counters().operations;
  ASSERT_SUCCESS(rot_->put_item("mbed.Manufacturer", kWriteOnce, base::as_bytes("maker")));
  EXPECT_EQ(chip_.counters().operations, before) << "the same again must not touch the flash";
  EXPECT_ERROR(rot_->put_item("mbed.Manufacturer", kWriteOnce, base::as_bytes("other")), "kItemWriteOnce");
  EXPECT_ERROR(rot_->put_item("mbed.Manufacturer", 0, base::as_bytes("maker")), "kItemWriteOnce");
  ASSERT_SUCCESS(rot_->put_item("x", 0, base::as_bytes("1")));
  ASSERT_SUCCESS(rot_->put_item("x", 0, base::as_bytes("22")));
  EXPECT_EQ(item("x"), "22");
  restart();
  EXPECT_EQ(item("x"), "22");
  EXPECT_EQ(rot_->item_info("x")->size, 2);
  EXPECT_EQ(rot_->item_info("mbed.Manufacturer")->flags, kWriteOnce);
  EXPECT_ERROR(rot_->item_info("y"), "kItemNotFound");
  std::array<uint8_t, 1> small;
  EXPECT_ERROR(rot_->get_item("x", small), "kBufferTooSmall");
}

TEST_F(RotTest, NamesAndSizesHaveLimits) {
  make_root_key();
  for (const std::string& name : {std::string(), std::string("~"), std::string("a b"), std::string("a~"),
                                  std::string("a/b"), std::string(101, 'a'), "~" + std::string(100, 'a')}) {
    EXPECT_ERROR(rot_->put_item(name, 0, {}), "kItemName") << name;
  }
  ASSERT_SUCCESS(rot_->put_item(std::string(100, 'a'), 0, std::vector<uint8_t>(kMaxValueSize, 3)));
  EXPECT_EQ(item(std::string(100, 'a')), std::string(kMaxValueSize, 3));
  EXPECT_ERROR(rot_->put_item("b", 0, std::vector<uint8_t>(kMaxValueSize + 1)), "kItemTooLarge");
  EXPECT_ERROR(rot_->put_state(StateId::kSeed, std::vector<uint8_t>(257)), "kItemTooLarge");
  ASSERT_SUCCESS(rot_->put_item("empty", 0, {}));
  EXPECT_EQ(item("empty"), "");
}

TEST_F(RotTest, FullIdentityKeepsWhatItHas) {
  make_root_key();
  const std::vector<uint8_t> value(1000, 4);
  int stored = 0;
  Status status;
  while (status) {
    status = rot_->put_item("item" + std::to_string(stored), 0, value);
    if (status) ++stored;
  }
  EXPECT_ERROR(status, "kStoreFull");
  EXPECT_LT(rot_->free_bytes(), record_size(6, 1000));
  EXPECT_GE(stored, 15);
  restart();
  for (int i = 0; i < stored; ++i) EXPECT_EQ(item("item" + std::to_string(i)).size(), 1000u);
}

TEST_F(RotTest, VisitsLiveItemsOfTheProductInOrder) {
  provision();
  ASSERT_SUCCESS(rot_->put_item("b", 0, base::as_bytes("1")));
  ASSERT_SUCCESS(rot_->put_item("a", 0, base::as_bytes("2")));
  ASSERT_SUCCESS(rot_->put_item("b", 0, base::as_bytes("3")));
  ASSERT_SUCCESS(rot_->its().set(5, 0, base::as_bytes("key")));
  std::array<uint8_t, 100> scratch;
  Collector collector;
  ASSERT_SUCCESS(rot_->visit_items(scratch, collector));
  EXPECT_EQ(collector.text, "mbed.Manufacturer:1=maker;a:0=2;b:0=3;");
}

TEST_F(RotTest, EraseIdentityKeepsKeyAndState) {
  provision();
  std::array<uint8_t, 32> before, after;
  ASSERT_SUCCESS(rot_->derive_key("a", {}, before));
  ASSERT_SUCCESS(rot_->erase_identity());
  EXPECT_EQ(item("mbed.Manufacturer"), "kItemNotFound");
  restart();
  EXPECT_EQ(item("mbed.Manufacturer"), "kItemNotFound");
  ASSERT_SUCCESS(rot_->derive_key("a", {}, after));
  EXPECT_EQ(before, after);
  std::array<uint8_t, 48> seed;
  EXPECT_EQ(*rot_->get_state(StateId::kSeed, seed), 48u);
  ASSERT_SUCCESS(rot_->put_item("mbed.Manufacturer", kWriteOnce, base::as_bytes("second")));
  restart();
  EXPECT_EQ(item("mbed.Manufacturer"), "second");
}

TEST_F(RotTest, LockIsForGood) {
  provision();
  ASSERT_SUCCESS(rot_->lock());
  ASSERT_SUCCESS(rot_->lock());
  EXPECT_TRUE(rot_->is_locked());
  for (int i = 0; i < 2; ++i) {
    EXPECT_ERROR(rot_->put_item("new", 0, {}), "kRotLocked");
    EXPECT_ERROR(rot_->erase_identity(), "kRotLocked");
    EXPECT_ERROR(rot_->create_root_key(test::root_random()), "kRootKeyExists");
    EXPECT_ERROR(rot_->advance_lifecycle(Lifecycle::kAssemblyAndTest), "kLifecycleOrder");
    EXPECT_EQ(item("mbed.Manufacturer"), "maker");
    ASSERT_SUCCESS(rot_->put_state_u64(StateId::kBootCount, 5));
    restart();
  }
  EXPECT_TRUE(*chip_.flash().is_protected(0));
  for (size_t block = otp_layout::kFirstShareBlock; block <= otp_layout::kMarkerBlock; ++block) {
    EXPECT_TRUE(*chip_.otp().is_locked(block));
  }
  EXPECT_FALSE(*chip_.otp().is_locked(0)) << "decommissioning must stay possible";
  EXPECT_FALSE(*chip_.otp().is_locked(otp_layout::kFirstEpochBlock));
}

TEST_F(RotTest, LifecycleMovesForwardOnlyAndAHalfBurntWordCounts) {
  ASSERT_SUCCESS(rot_->advance_lifecycle(Lifecycle::kPsaRotProvisioning));
  ASSERT_SUCCESS(rot_->advance_lifecycle(Lifecycle::kPsaRotProvisioning));
  chip_.image().otp[4] = 0xfb;
  restart();
  EXPECT_EQ(rot_->lifecycle(), Lifecycle::kSecured);
  EXPECT_EQ(chip_.image().otp[4], 0);
  EXPECT_EQ(chip_.image().otp[7], 0);
}

TEST_F(RotTest, DecommissioningDestroysTheKey) {
  provision();
  ASSERT_SUCCESS(rot_->lock());
  ASSERT_SUCCESS(rot_->advance_lifecycle(Lifecycle::kDecommissioned));
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(rot_->has_root_key());
    EXPECT_TRUE(rot_->is_locked());
    EXPECT_EQ(item("mbed.Manufacturer"), "kItemNotFound");
    EXPECT_ERROR(rot_->put_state_u64(StateId::kBootCount, 1), "kNotMounted");
    restart();
  }
  for (const size_t sector : {1u, 2u}) EXPECT_TRUE(all_bytes(chip_.image().sectors[sector].data, 0xff));
}

TEST_F(RotTest, SealedDataIsBoundToLabelCounterAndTime) {
  provision();
  std::array<uint8_t, 100> sealed, opened;
  const auto blob = rot_->seal("config", 2, base::as_bytes("hello"), sealed);
  ASSERT_SUCCESS(blob);
  EXPECT_EQ(blob->size(), 5 + Rot::kSealOverhead);
  restart();
  auto text = rot_->unseal("config", 2, *blob, opened);
  ASSERT_SUCCESS(text);
  EXPECT_EQ(base::as_text(*text), "hello");
  EXPECT_ERROR(rot_->unseal("other", 2, *blob, opened), "kSealAuth");
  EXPECT_ERROR(rot_->unseal("config", 3, *blob, opened), "kSealAuth");
  EXPECT_ERROR(rot_->unseal("config", 2, blob->first(31), opened), "kSealAuth");
  for (size_t i = 0; i < blob->size(); ++i) {
    sealed[i] ^= 1;
    EXPECT_ERROR(rot_->unseal("config", 2, *blob, opened), "kSealAuth");
    sealed[i] ^= 1;
  }
  EXPECT_EQ(*rot_->advance_counter(2), 1u);
  EXPECT_ERROR(rot_->unseal("config", 2, *blob, opened), "kSealRollback");
  EXPECT_ERROR(rot_->advance_counter(8), "kInvalidArgument");
  const auto next = rot_->seal("config", 2, base::as_bytes("again"), sealed);
  ASSERT_SUCCESS(next);
  restart();
  EXPECT_SUCCESS(rot_->unseal("config", 2, *next, opened));
}

TEST_F(RotTest, IsSmall) {
  std::printf("sizeof(Rot) = %zu bytes\n", sizeof(Rot));
  EXPECT_LT(sizeof(Rot), 3584u);
}

}  // namespace
}  // namespace rot
