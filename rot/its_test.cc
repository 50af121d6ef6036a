// PSA Internal Trusted Storage: the standard's behaviour, and Mbed TLS's persistent keys on top of it.
#include <psa/internal_trusted_storage.h>

#include "rot/rot_test_support.h"
#include "rot/well_known.h"

extern "C" {
int its_c_test_without_store(void);
int its_c_test_standard(void);
int its_c_test_fill(void);
}

namespace rot {
namespace {

class ItsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    test::start_psa();
    restart();
    ASSERT_SUCCESS(rot_->create_root_key(test::root_random()));
    ASSERT_SUCCESS(rot_->advance_lifecycle(Lifecycle::kPsaRotProvisioning));
  }
  void TearDown() override { set_its_store(nullptr); }
  void restart() {
    set_its_store(nullptr);
    rot_.reset();
    mbedtls_psa_crypto_free();
    test::start_psa();
    rot_ = test::make_rot(chip_);
    ASSERT_SUCCESS(rot_->mount());
    set_its_store(rot_.get());
  }
  static psa_status_t make_identity_key() {
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_set_key_id(&attributes, kIdentityKeyId);
    psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
    psa_set_key_bits(&attributes, 256);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_MESSAGE | PSA_KEY_USAGE_SIGN_HASH);
    psa_set_key_algorithm(&attributes, PSA_ALG_ECDSA(PSA_ALG_SHA_256));
    psa_key_id_t id = 0;
    return psa_generate_key(&attributes, &id);
  }
  static void sign_and_verify(std::span<uint8_t> public_key) {
    const std::array<uint8_t, 5> message{1, 2, 3, 4, 5};
    std::array<uint8_t, 64> signature;
    size_t size = 0;
    ASSERT_EQ(psa_sign_message(kIdentityKeyId, PSA_ALG_ECDSA(PSA_ALG_SHA_256), message.data(), message.size(),
                               signature.data(), signature.size(), &size),
              PSA_SUCCESS);
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1));
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_VERIFY_MESSAGE);
    psa_set_key_algorithm(&attributes, PSA_ALG_ECDSA(PSA_ALG_SHA_256));
    psa_key_id_t id = 0;
    ASSERT_EQ(psa_import_key(&attributes, public_key.data(), public_key.size(), &id), PSA_SUCCESS);
    EXPECT_EQ(psa_verify_message(id, PSA_ALG_ECDSA(PSA_ALG_SHA_256), message.data(), message.size(), signature.data(),
                                 size),
              PSA_SUCCESS);
    ASSERT_EQ(psa_destroy_key(id), PSA_SUCCESS);
  }

  ram::Chip chip_{{}, 1};
  std::unique_ptr<Rot> rot_;
};

TEST_F(ItsTest, WithoutAStoreEverythingFailsCleanly) {
  set_its_store(nullptr);
  EXPECT_EQ(its_c_test_without_store(), 0);
}

TEST_F(ItsTest, KeepsTheStandardBeforeLock) { EXPECT_EQ(its_c_test_standard(), 0); }

TEST_F(ItsTest, KeepsTheStandardAfterLock) {
  ASSERT_SUCCESS(rot_->lock());
  EXPECT_EQ(its_c_test_standard(), 0);
  restart();
  char out[3];
  size_t size = 0;
  EXPECT_EQ(psa_its_get(0x123456789abcdef0u, 0, 3, out, &size), PSA_SUCCESS);
  EXPECT_EQ(std::string(out, size), "one");
}

TEST_F(ItsTest, FullStoreBeforeLock) { EXPECT_EQ(its_c_test_fill(), 0); }

TEST_F(ItsTest, FullStoreAfterLockLeavesRoomForTheSeed) {
  ASSERT_SUCCESS(rot_->lock());
  EXPECT_EQ(its_c_test_fill(), 0);
  for (int i = 0; i < 500; ++i) ASSERT_SUCCESS(rot_->put_state(StateId::kSeed, std::array<uint8_t, 48>{}));
}

TEST_F(ItsTest, WithoutARootKeyNothingIsStored) {
  ram::Chip blank({}, 1);
  auto rot = test::make_rot(blank);
  ASSERT_SUCCESS(rot->mount());
  set_its_store(rot.get());
  EXPECT_EQ(psa_its_set(1, 1, "a", 0), PSA_ERROR_STORAGE_FAILURE);
  EXPECT_EQ(blank.counters().operations, 0u);
  set_its_store(nullptr);
}

TEST_F(ItsTest, ItemsOfTheFactoryCannotBeChangedAfterLock) {
  ASSERT_EQ(psa_its_set(7, 3, "abc", 0), PSA_SUCCESS);
  ASSERT_EQ(psa_its_set(7, 3, "def", 0), PSA_SUCCESS);
  ASSERT_SUCCESS(rot_->lock());
  EXPECT_EQ(psa_its_set(7, 3, "ghi", 0), PSA_ERROR_NOT_PERMITTED);
  EXPECT_EQ(psa_its_remove(7), PSA_ERROR_NOT_PERMITTED);
  char out[3];
  size_t size = 0;
  EXPECT_EQ(psa_its_get(7, 0, 3, out, &size), PSA_SUCCESS);
  EXPECT_EQ(std::string(out, size), "def");
}

TEST_F(ItsTest, EveryBitOfAStoredItemIsAuthenticated) {
  ASSERT_SUCCESS(rot_->lock());
  ASSERT_EQ(psa_its_set(7, 3, "abc", 0), PSA_SUCCESS);
  const ram::Image before = chip_.snapshot();
  // Find the record by what changes when it is written again.
  ASSERT_EQ(psa_its_set(7, 3, "abd", 0), PSA_SUCCESS);
  const ram::Image after = chip_.snapshot();
  size_t sector = 0, first = 0, last = 0;
  for (const size_t candidate : {size_t{1}, size_t{2}}) {
    for (size_t i = 0; i < after.sectors[candidate].data.size(); ++i) {
      if (before.sectors[candidate].data[i] == after.sectors[candidate].data[i]) continue;
      if (first == 0) first = i;
      sector = candidate;
      last = i;
    }
  }
  ASSERT_NE(first, 0u);
  // Name, tag and value: header 16, uid 8, tag 16, value 3; then the padding and markers.
  for (size_t byte = first + 16; byte < first + 16 + 8 + 16 + 3; ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      chip_.restore(after);
      uint8_t& cell = chip_.image().sectors[sector].data[byte];
      cell = static_cast<uint8_t>(cell ^ (1 << bit));
      char out[3];
      size_t size = 0;
      const psa_status_t status = psa_its_get(7, 0, 3, out, &size);
      if (byte < first + 24) {
        // Another name: the item before it shows, as it would if the newer one had never been written.
        EXPECT_TRUE(status == PSA_ERROR_DATA_CORRUPT || (status == PSA_SUCCESS && std::string(out, size) == "abc"));
      } else {
        EXPECT_EQ(status, PSA_ERROR_DATA_CORRUPT) << "byte " << byte - first << " bit " << bit;
      }
    }
  }
  EXPECT_LT(first + 42, last);
}

TEST_F(ItsTest, PersistentKeysOfMbedTlsLiveHere) {
  ASSERT_EQ(make_identity_key(), PSA_SUCCESS);
  EXPECT_EQ(make_identity_key(), PSA_ERROR_ALREADY_EXISTS);
  std::array<uint8_t, 65> first, second;
  size_t size = 0;
  ASSERT_EQ(psa_export_public_key(kIdentityKeyId, first.data(), first.size(), &size), PSA_SUCCESS);
  restart();
  ASSERT_EQ(psa_export_public_key(kIdentityKeyId, second.data(), second.size(), &size), PSA_SUCCESS);
  EXPECT_EQ(first, second);
  sign_and_verify(first);
  std::array<uint8_t, 32> secret;
  EXPECT_EQ(psa_export_key(kIdentityKeyId, secret.data(), secret.size(), &size), PSA_ERROR_NOT_PERMITTED);

  ASSERT_SUCCESS(rot_->lock());
  restart();
  sign_and_verify(first);
  EXPECT_NE(psa_destroy_key(kIdentityKeyId), PSA_SUCCESS);
  restart();
  sign_and_verify(first);
}

TEST_F(ItsTest, AKeyCanBeDestroyedBeforeLockAndAfterLockWhenItIsYounger) {
  ASSERT_EQ(make_identity_key(), PSA_SUCCESS);
  EXPECT_EQ(psa_destroy_key(kIdentityKeyId), PSA_SUCCESS);
  restart();
  std::array<uint8_t, 65> out;
  size_t size = 0;
  EXPECT_EQ(psa_export_public_key(kIdentityKeyId, out.data(), out.size(), &size), PSA_ERROR_INVALID_HANDLE);
  ASSERT_SUCCESS(rot_->lock());
  ASSERT_EQ(make_identity_key(), PSA_SUCCESS);
  restart();
  EXPECT_EQ(psa_destroy_key(kIdentityKeyId), PSA_SUCCESS);
}

}  // namespace
}  // namespace rot
