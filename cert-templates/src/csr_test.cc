// PKCS #10 requests: our own making, the openssl program's, and broken ones.
#include <gtest/gtest.h>

#include <fstream>

#include "cert-templates/src/der_writer.h"
#include "cert-templates/src/issuer.h"
#include "cert-templates/src/oids.h"
#include "cert-templates/src/certificate_test_support.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace cert {
namespace {

using cert::test::TestKey;

struct RequestParts {
  base::Bytes version = {0x02, 0x01, 0x00};
  base::Bytes subject = cert::test::name({cert::test::rdn(oids::kCommonName, der::kUtf8String, "unit-1")});
  base::Bytes public_key_info;
  base::Bytes attributes = {0xA0, 0x00};
  base::Bytes algorithm = der::sequence({der::oid(oids::kEcdsaWithSha256)});

  base::Bytes encode(const TestKey& signer) const {
    const base::Bytes info = der::sequence({version, subject, public_key_info, attributes});
    const base::Bytes no_unused_bits = {0};
    return der::sequence({info, algorithm, der::tlv(der::kBitString, der::join({no_unused_bits, signer.sign(info)}))});
  }
};

class Csr : public testing::Test {
 protected:
  Csr() { parts_.public_key_info = cert::test::public_key_info(key_.point()); }
  void refused(const base::Bytes& csr, std::string_view part, base::ByteView subject = {}) {
    const auto point = verify_csr(csr, subject);
    ASSERT_FALSE(point) << part;
    EXPECT_EQ(point.error().code, base::ErrorCode::kCsrInvalid);
    EXPECT_NE(point.error().what.find(part), std::string::npos) << point.error().to_string();
  }

  TestKey key_;
  RequestParts parts_;
};

TEST_F(Csr, IsAccepted) {
  const auto point = verify_csr(parts_.encode(key_));
  ASSERT_TRUE(point) << point.error().to_string();
  EXPECT_EQ(*point, key_.point());
  EXPECT_TRUE(verify_csr(parts_.encode(key_), parts_.subject));
}

TEST_F(Csr, OfOpensslIsAccepted) {
  const ::test::TempDir directory;
  const std::string key = (directory / "key.pem").string(), csr = (directory / "csr.der").string();
  ASSERT_EQ(::test::run({"openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key})
                .exit_code,
            0);
  const auto made =
      ::test::run({"openssl", "req", "-new", "-key", key, "-subj", "/CN=unit-9", "-outform", "DER", "-out", csr});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  std::ifstream in(csr, std::ios::binary);
  const base::Bytes bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  EXPECT_TRUE(verify_csr(bytes)) << verify_csr(bytes).error().to_string();
  // And openssl accepts ours.
  std::ofstream(csr, std::ios::binary) << base::as_text(parts_.encode(key_));
  const auto verified = ::test::run({"openssl", "req", "-verify", "-in", csr, "-inform", "DER", "-noout"});
  EXPECT_EQ(verified.exit_code, 0) << verified.err;
}

TEST_F(Csr, SignedByAnotherKeyIsRefused) { refused(parts_.encode(TestKey()), "signature is wrong"); }

TEST_F(Csr, ChangedAnywhereIsRefused) {
  const base::Bytes good = parts_.encode(key_);
  for (size_t i = 0; i < good.size(); ++i) {
    base::Bytes changed = good;
    changed[i] ^= 0x01;
    EXPECT_FALSE(verify_csr(changed)) << "offset " << i;
  }
  for (size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(verify_csr(base::ByteView(good).first(size))) << size;
  base::Bytes longer = good;
  longer.push_back(0);
  refused(longer, "malformed");
}

TEST_F(Csr, OtherFormsAreRefused) {
  RequestParts parts = parts_;
  parts.version = {0x02, 0x01, 0x01};
  refused(parts.encode(key_), "malformed");
  parts = parts_;
  parts.attributes = {};
  refused(parts.encode(key_), "malformed");
  parts = parts_;
  parts.algorithm = der::sequence({der::oid(oids::kRsaEncryption)});
  refused(parts.encode(key_), "not signed by ECDSA");
  parts = parts_;
  base::ByteArray<65> point = key_.point();
  point[64] ^= 1;
  parts.public_key_info = cert::test::public_key_info(point);
  refused(parts.encode(key_), "no point on P-256");
  parts = parts_;
  parts.subject = cert::test::name({cert::test::rdn(oids::kCommonName, der::kUtf8String, "unit-2")});
  refused(parts.encode(key_), "another subject", parts_.subject);
}

}  // namespace
}  // namespace cert
