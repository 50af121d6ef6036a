#include "device-agent/src/csr.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_host.h"

namespace agent {
namespace {

using base::Bytes;
using base::ByteView;

class CsrTest : public testing::Test {
 protected:
  CsrTest() : random_(7), scope_(&random_) {
    EXPECT_EQ(psa_crypto_init(), PSA_SUCCESS);
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
    psa_set_key_bits(&attributes, 256);
    psa_set_key_algorithm(&attributes, PSA_ALG_ECDSA(PSA_ALG_SHA_256));
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_HASH);
    EXPECT_EQ(psa_generate_key(&attributes, &key_), PSA_SUCCESS);
    size_t size = 0;
    EXPECT_EQ(psa_export_public_key(key_, public_key_.data(), public_key_.size(), &size), PSA_SUCCESS);
  }
  ~CsrTest() override { psa_destroy_key(key_); }

  // What OpenSSL says of `csr`. Its exit code does not tell a wrong signature in every version; verifies() does.
  static test::CommandResult openssl_verify(ByteView csr) {
    const test::TempDir dir;
    std::ofstream(dir / "csr.der", std::ios::binary)
        .write(reinterpret_cast<const char*>(csr.data()), static_cast<std::streamsize>(csr.size()));
    return test::run({"openssl", "req", "-inform", "DER", "-in", (dir / "csr.der").string(), "-verify", "-noout", "-subject",
                      "-nameopt", "RFC2253"});
  }

  static bool verifies(ByteView csr) {
    const test::CommandResult said = openssl_verify(csr);
    return said.exit_code == 0 && said.err.find("verify OK") != std::string::npos;
  }

  test::TestRandom random_;
  test::ScopedRandom scope_;
  psa_key_id_t key_ = PSA_KEY_ID_NULL;
  protocol::PublicKey public_key_{};
  base::ByteArray<protocol::kMaxCsrSize> out_{};
};

// A Name of one CN with `size` characters.
Bytes name_with(size_t size) {
  const auto header = [](uint8_t tag, size_t length) {
    if (length < 0x80) return Bytes{tag, static_cast<uint8_t>(length)};
    return Bytes{tag, 0x81, static_cast<uint8_t>(length)};
  };
  Bytes inner = header(0x0C, size);
  inner.insert(inner.end(), size, 'x');
  const Bytes oid = {0x06, 0x03, 0x55, 0x04, 0x03};
  inner.insert(inner.begin(), oid.begin(), oid.end());
  for (const uint8_t tag : Bytes{0x30, 0x31, 0x30}) {
    const Bytes front = header(tag, inner.size());
    inner.insert(inner.begin(), front.begin(), front.end());
  }
  return inner;
}

TEST_F(CsrTest, OpensslVerifiesIt) {
  const auto csr = write_csr(key_, public_key_, test::make_plan(5).subject, out_);
  ASSERT_TRUE(csr);
  const auto said = openssl_verify(*csr);
  EXPECT_NE(said.err.find("verify OK"), std::string::npos) << said.err;
  EXPECT_NE(said.out.find("CN=TEST-5"), std::string::npos) << said.out;
}

TEST_F(CsrTest, OpensslRefusesItWithOneBitChanged) {
  const auto csr = write_csr(key_, public_key_, test::make_plan(5).subject, out_);
  ASSERT_TRUE(csr);
  Bytes changed = base::to_bytes(*csr);
  constexpr std::string_view kText = "TEST-5";
  const auto serial = std::search(changed.begin(), changed.end(), kText.begin(), kText.end());
  ASSERT_NE(serial, changed.end());
  *serial ^= 1;
  EXPECT_TRUE(verifies(*csr));
  EXPECT_FALSE(verifies(changed));
}

// r and s come with every length of their INTEGER; 64 signatures meet short and padded ones.
TEST_F(CsrTest, EverySignatureIsWellFormed) {
  for (int i = 0; i < 64; ++i) {
    const auto csr = write_csr(key_, public_key_, test::make_plan(5).subject, out_);
    ASSERT_TRUE(csr);
    ASSERT_TRUE(verifies(*csr)) << "signature " << i;
  }
}

TEST_F(CsrTest, LongestSubjectFits) {
  const Bytes subject = name_with(239);
  ASSERT_EQ(subject.size(), protocol::kMaxSubjectSize);
  const auto csr = write_csr(key_, public_key_, subject, out_);
  ASSERT_TRUE(csr);
  EXPECT_TRUE(verifies(*csr));
}

TEST_F(CsrTest, NothingIsSignedForABadSubject) {
  const Bytes good = test::make_plan(5).subject;
  Bytes trailing = good;
  trailing.push_back(0);
  Bytes truncated(good.begin(), good.end() - 1);
  Bytes not_a_name = good;
  not_a_name[0] = 0x31;
  Bytes long_form = good;  // a length below 128 in two bytes is BER, not DER
  long_form.insert(long_form.begin() + 1, 0x81);
  const Bytes cases[] = {{}, trailing, truncated, not_a_name, long_form, name_with(240)};
  for (const Bytes& subject : cases) {
    const auto csr = write_csr(key_, public_key_, subject, out_);
    ASSERT_FALSE(csr);
    EXPECT_EQ(csr.error(), base::ErrorCode::kInvalidArgument);
  }
  EXPECT_TRUE(is_der_name(Bytes{0x30, 0x00}));
}

TEST_F(CsrTest, SmallBufferIsAnError) {
  for (const size_t size : {0UL, 20UL, 120UL, 180UL}) {
    const auto csr = write_csr(key_, public_key_, test::make_plan(5).subject, base::MutableBytes(out_).first(size));
    ASSERT_FALSE(csr);
    EXPECT_EQ(csr.error(), base::ErrorCode::kBufferTooSmall) << size;
  }
}

}  // namespace
}  // namespace agent
