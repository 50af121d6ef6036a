// Issuing as a whole, with the openssl program and libcrypto as third parties.
#include "cert-templates/src/issuer.h"

#include <gtest/gtest.h>
#include <openssl/x509v3.h>

#include <fstream>
#include <random>

#include "cert-templates/src/certificate_view.h"
#include "cert-templates/src/lint.h"
#include "cert-templates/src/oids.h"
#include "cert-templates/src/certificate_test_support.h"
#include "cert-templates/src/time_text.h"
#include "tests/support/process.h"
#include "tests/support/seed.h"
#include "tests/support/temp_dir.h"

namespace cert {
namespace {

using base::ErrorCode;
using cert::test::CertificateParts;
using cert::test::kNow;
using cert::test::TestAuthority;
using cert::test::TestKey;

UnitValues unit_values(const std::string& serial) {
  UnitValues unit;
  unit.serial = serial;
  unit.chip_id_hex = "00112233445566778899aabb";
  unit.order = "order-1";
  unit.batch = "batch-1";
  unit.now = kNow;
  return unit;
}

CertificateRequest request_for(const std::string& serial, const TestKey& key) {
  CertificateRequest request;
  request.unit = unit_values(serial);
  request.public_key = key.point();
  request.serial_number = {0x5A, 1, 2, 3, 4, 5, 6, 7};
  request.not_before = kNow;
  return request;
}

void write_file(const std::filesystem::path& path, base::ByteView bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

class IssuedByProfile : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    auto compiled = CertificateTemplate::compile(profile_, authority_.issuing, kNow);
    ASSERT_TRUE(compiled) << compiled.error().to_string();
    auto issued = compiled->issue(request_for("SN-0001", key_), authority_);
    ASSERT_TRUE(issued) << issued.error().to_string();
    certificate_ = *issued;
    write_file(directory_ / "root.pem", cert::test::pem(authority_.root));
    write_file(directory_ / "issuing.pem", cert::test::pem(authority_.issuing));
    write_file(directory_ / "device.pem", cert::test::pem(certificate_));
    write_file(directory_ / "device.der", certificate_);
  }

  ::test::CommandResult openssl(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "openssl");
    return ::test::run(arguments);
  }
  std::string path(const char* file) const { return (directory_ / file).string(); }

  TestAuthority authority_;
  TestKey key_;
  Profile profile_ = cert::test::shipped_profile(GetParam());
  base::Bytes certificate_;
  ::test::TempDir directory_;
};

TEST_P(IssuedByProfile, IsVerifiedByOpenssl) {
  for (const char* purpose : {"any", "sslclient"}) {
    const auto result = openssl({"verify", "-x509_strict", "-attime", std::to_string(kNow + 60), "-purpose", purpose,
                                 "-CAfile", path("root.pem"), "-untrusted", path("issuing.pem"), path("device.pem")});
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    EXPECT_NE(result.out.find("OK"), std::string::npos) << result.out;
  }
  // It still verifies in the year 9999, since it does not expire; only its CAs do (checked without them).
  const auto late = openssl(
      {"verify", "-partial_chain", "-attime", "253402300000", "-CAfile", path("device.pem"), path("device.pem")});
  EXPECT_EQ(late.exit_code, 0) << late.out << late.err;
}

TEST_P(IssuedByProfile, IsRefusedByOpensslUnderAnotherRoot) {
  const TestAuthority other;
  write_file(directory_ / "other.pem", cert::test::pem(other.root));
  const auto result = openssl({"verify", "-x509_strict", "-attime", std::to_string(kNow + 60), "-CAfile",
                               path("other.pem"), "-untrusted", path("issuing.pem"), path("device.pem")});
  EXPECT_NE(result.exit_code, 0);
}

TEST_P(IssuedByProfile, IsShownByOpenssl) {
  const auto shown = openssl({"x509", "-in", path("device.pem"), "-noout", "-text", "-nameopt", "RFC2253"});
  ASSERT_EQ(shown.exit_code, 0) << shown.err;
  for (const char* expected :
       {"Version: 3 (0x2)", "ecdsa-with-SHA256", "Issuer: CN=Test Issuing", "Not Before: Nov 22 06:41:18 2026 GMT",
        "Not After : Dec 31 23:59:59 9999 GMT", "NIST CURVE: P-256", "X509v3 Authority Key Identifier",
        "X509v3 Key Usage: critical", "Digital Signature", "CA:FALSE", "SN-0001"}) {
    EXPECT_NE(shown.out.find(expected), std::string::npos) << expected << "\n" << shown.out;
  }
  const bool has_purposes = shown.out.find("TLS Web Client Authentication") != std::string::npos;
  EXPECT_EQ(has_purposes, std::string(GetParam()) == "lwm2m.toml");
  const auto parsed = openssl({"asn1parse", "-inform", "DER", "-in", path("device.der")});
  EXPECT_EQ(parsed.exit_code, 0) << parsed.err;
  EXPECT_NE(parsed.out.find("GENERALIZEDTIME   :99991231235959Z"), std::string::npos) << parsed.out;
}

TEST_P(IssuedByProfile, PassesTheLinterAndIsSmall) {
  EXPECT_TRUE(lint(certificate_, &profile_).empty()) << findings_text(lint(certificate_, &profile_));
  EXPECT_TRUE(lint(authority_.issuing, nullptr).empty()) << findings_text(lint(authority_.issuing, nullptr));
  EXPECT_TRUE(lint(authority_.root, nullptr).empty()) << findings_text(lint(authority_.root, nullptr));
  EXPECT_EQ(authority_.signatures, 1);
  EXPECT_LE(certificate_.size(), 520U);
}

TEST_P(IssuedByProfile, IsInspected) {
  const auto info = inspect(certificate_);
  ASSERT_TRUE(info) << info.error().to_string();
  EXPECT_EQ(info->serial_number, (base::Bytes{0x5A, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(info->issuer, "CN=Test Issuing");
  EXPECT_EQ(info->not_before, kNow);
  EXPECT_EQ(info->not_after, INT64_MAX);
  EXPECT_EQ(info->public_key, key_.point());
  EXPECT_FALSE(info->is_ca);
  const auto digest = openssl({"x509", "-in", path("device.pem"), "-noout", "-fingerprint", "-sha256"});
  std::string fingerprint;
  for (uint8_t octet : info->fingerprint) {
    char text[4];
    std::snprintf(text, sizeof text, "%02X:", octet);
    fingerprint += text;
  }
  fingerprint.pop_back();
  EXPECT_NE(digest.out.find(fingerprint), std::string::npos) << digest.out;
  if (std::string(GetParam()) == "lwm2m.toml") {
    EXPECT_EQ(info->subject, "OU=000000000000,CN=SN-0001");
    EXPECT_EQ(info->common_name, "SN-0001");
    EXPECT_EQ(info->organizational_unit, "000000000000");
    EXPECT_TRUE(info->has_client_auth);
  } else {
    EXPECT_EQ(info->subject, "serialNumber=SN-0001,CN=EX-100,O=Example Ltd");
    EXPECT_FALSE(info->has_client_auth);
  }
}

TEST_P(IssuedByProfile, HoldsTheSubjectThatTheDeviceGets) {
  const auto compiled = CertificateTemplate::compile(profile_, authority_.issuing, kNow);
  const auto subject = compiled->subject(unit_values("SN-0001"));
  ASSERT_TRUE(subject) << subject.error().to_string();
  EXPECT_TRUE(base::equal(read_certificate(certificate_)->subject, *subject));
}

INSTANTIATE_TEST_SUITE_P(Shipped, IssuedByProfile, testing::Values("lwm2m.toml", "idevid.toml"),
                         [](const auto& each) { return std::string(each.param, std::string(each.param).find('.')); });

TEST(HardwareModuleName, IsReadByLibcrypto) {
  TestAuthority authority;
  const TestKey key;
  const auto compiled =
      CertificateTemplate::compile(cert::test::shipped_profile("idevid.toml"), authority.issuing, kNow);
  const auto issued = compiled->issue(request_for("SN-77", key), authority);
  ASSERT_TRUE(issued) << issued.error().to_string();
  const uint8_t* at = issued->data();
  const X509Handle parsed(d2i_X509(nullptr, &at, static_cast<long>(issued->size())));
  ASSERT_TRUE(parsed);
  auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(parsed.get(), NID_subject_alt_name, nullptr, nullptr));
  ASSERT_NE(names, nullptr);
  ASSERT_EQ(sk_GENERAL_NAME_num(names), 1);
  const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, 0);
  ASSERT_EQ(name->type, GEN_OTHERNAME);
  char oid[64];
  OBJ_obj2txt(oid, sizeof oid, name->d.otherName->type_id, 1);
  EXPECT_STREQ(oid, "1.3.6.1.5.5.7.8.4");
  ASSERT_EQ(name->d.otherName->value->type, V_ASN1_SEQUENCE);
  const ASN1_STRING* sequence = name->d.otherName->value->value.sequence;
  EXPECT_NE(
      base::as_text({ASN1_STRING_get0_data(sequence), static_cast<size_t>(ASN1_STRING_length(sequence))}).find("SN-77"),
      std::string::npos);
  GENERAL_NAMES_free(names);
}

// ---- every variable field at random lengths ----

constexpr std::string_view kWideProfile = R"(
[profile]
name = "wide"
version = 1
[variables]
o = ""
cn = ""
country = ""
dns = ""
path = ""
[key]
origin = "device"
[certificate]
subject = [
  { C = "{country}", optional = true },
  { O = "{o}", optional = true },
  { CN = "x{cn}" },
  { serialNumber = "{serial}" },
]
san = [
  { hardware-module-name = { type = "1.3.6.1.4.1.32473.1", serial = "{serial}" } },
  { dns = "{dns}" },
  { uri = "urn:example:{path}" },
]
key-usage = ["digital-signature", "key-agreement"]
extended-key-usage = ["client-auth", "1.3.6.1.4.1.32473.5"]
policies = ["1.3.6.1.4.1.32473.9"]
subject-key-identifier = true
validity = "20 years"
)";

std::string random_text(std::mt19937_64& random, size_t least, size_t most, std::string_view alphabet) {
  std::string text(std::uniform_int_distribution<size_t>(least, most)(random), ' ');
  for (char& c : text) c = alphabet[std::uniform_int_distribution<size_t>(0, alphabet.size() - 1)(random)];
  return text;
}

std::string entry_text(const X509* certificate, int nid) {
  const X509_NAME* name = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(name, nid, -1);
  if (at < 0) return "";
  const ASN1_STRING* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
  return std::string(base::as_text({ASN1_STRING_get0_data(value), static_cast<size_t>(ASN1_STRING_length(value))}));
}

TEST(CertificateTemplate, RandomValuesParseAndAgree) {
  std::mt19937_64 random(::test::announce_seed("certificate fields"));
  TestAuthority authority;
  const auto profile = Profile::parse(kWideProfile, "wide.toml");
  ASSERT_TRUE(profile) << profile.error().to_string();
  const auto compiled = CertificateTemplate::compile(*profile, authority.issuing, kNow);
  ASSERT_TRUE(compiled) << compiled.error().to_string();
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  for (int round = 0; round < 300; ++round) {
    const TestKey key;
    CertificateRequest request = request_for(random_text(random, 1, 64, kLetters), key);
    request.serial_number.resize(std::uniform_int_distribution<size_t>(1, 20)(random));
    for (uint8_t& octet : request.serial_number) octet = static_cast<uint8_t>(random());
    request.serial_number[0] = static_cast<uint8_t>((request.serial_number[0] & 0x7F) | 1);
    // Past 2030 notAfter is a GeneralizedTime, before it a UTCTime.
    request.not_before = std::uniform_int_distribution<int64_t>(0, 4102444800)(random);
    auto& variables = request.unit.variables;
    variables = {{"o", random_text(random, 0, 64, kLetters)},
                 {"cn", random_text(random, 0, 63, kLetters)},
                 {"country", random() % 2 == 0 ? "" : "NZ"},
                 {"dns", random_text(random, 1, 63, kLetters) + "." + random_text(random, 1, 63, kLetters)},
                 {"path", random_text(random, 1, 300, kLetters)}};
    if (auto subject = compiled->subject(request.unit); !subject) {
      EXPECT_EQ(subject.error().code, ErrorCode::kLint);  // over the 256 bytes that a device takes
      EXPECT_FALSE(compiled->issue(request, authority));
      continue;
    }
    const auto issued = compiled->issue(request, authority);
    ASSERT_TRUE(issued) << issued.error().to_string();
    const uint8_t* at = issued->data();
    const X509Handle parsed(d2i_X509(nullptr, &at, static_cast<long>(issued->size())));
    ASSERT_TRUE(parsed);
    ASSERT_EQ(at, issued->data() + issued->size());
    // DER has one form only: libcrypto's own encoding of what it parsed is the same.
    X509* reencoded = X509_dup(parsed.get());
    ASSERT_EQ(i2d_re_X509_tbs(reencoded, nullptr), static_cast<int>(read_certificate(*issued)->tbs.size()));
    X509_free(reencoded);
    EXPECT_EQ(entry_text(parsed.get(), NID_commonName), "x" + variables["cn"]);
    EXPECT_EQ(entry_text(parsed.get(), NID_organizationName), variables["o"]);
    EXPECT_EQ(entry_text(parsed.get(), NID_countryName), variables["country"]);
    EXPECT_EQ(entry_text(parsed.get(), NID_serialNumber), request.unit.serial);
    EXPECT_EQ(X509_check_host(parsed.get(), variables["dns"].c_str(), 0, 0, nullptr), 1);
    const ASN1_INTEGER* serial = X509_get0_serialNumber(parsed.get());
    EXPECT_TRUE(base::equal({ASN1_STRING_get0_data(serial), static_cast<size_t>(ASN1_STRING_length(serial))},
                            request.serial_number));
    std::time_t from = request.not_before;
    EXPECT_EQ(ASN1_TIME_cmp_time_t(X509_get0_notBefore(parsed.get()), from), 0);
    std::time_t to = add_years(request.not_before, 20) - 1;
    EXPECT_EQ(ASN1_TIME_cmp_time_t(X509_get0_notAfter(parsed.get()), to), 0);
    const auto info = inspect(*issued);
    ASSERT_TRUE(info);
    EXPECT_EQ(info->public_key, key.point());
    EXPECT_EQ(info->not_after, to);
    EXPECT_TRUE(info->has_client_auth);
  }
}

// ---- what is refused, and that nothing is signed then ----

class Refusals : public testing::Test {
 protected:
  // Issues from the lwm2m profile and expects `code`, a text with `part`, and no signature.
  void refused(const CertificateRequest& request, ErrorCode code, std::string_view part,
               const char* profile = "lwm2m.toml") {
    const auto compiled = CertificateTemplate::compile(cert::test::shipped_profile(profile), authority_.issuing, kNow);
    ASSERT_TRUE(compiled);
    const auto issued = compiled->issue(request, authority_);
    ASSERT_FALSE(issued);
    EXPECT_EQ(issued.error().code, code) << issued.error().to_string();
    EXPECT_NE(issued.error().what.find(part), std::string::npos) << issued.error().to_string();
    EXPECT_FALSE(issued.error().next.empty());
    EXPECT_EQ(authority_.signatures, 0);
  }

  TestAuthority authority_;
  TestKey key_;
};

TEST_F(Refusals, SerialNumbers) {
  CertificateRequest request = request_for("SN-1", key_);
  request.serial_number = {};
  refused(request, ErrorCode::kLint, "serial number is zero");
  request.serial_number = {0};
  refused(request, ErrorCode::kLint, "serial number is zero");
  request.serial_number = {0x80};
  refused(request, ErrorCode::kLint, "negative");
  request.serial_number = {0x00, 0x01};
  refused(request, ErrorCode::kLint, "INTEGER is longer");
  request.serial_number = base::Bytes(21, 0x11);
  refused(request, ErrorCode::kLint, "longer than 20");
}

TEST_F(Refusals, PublicKeys) {
  CertificateRequest request = request_for("SN-1", key_);
  request.public_key[64] ^= 1;
  refused(request, ErrorCode::kLint, "no point on P-256");
  request.public_key = {};
  refused(request, ErrorCode::kLint, "no point on P-256");
}

TEST_F(Refusals, Names) {
  refused(request_for(std::string(65, 'a'), key_), ErrorCode::kLint, "upper bound is 64");
  refused(request_for("", key_), ErrorCode::kLint, "CN is empty");
  refused(request_for("a\xC3(", key_), ErrorCode::kLint, "UTF-8");
  refused(request_for("a_b", key_), ErrorCode::kLint, "PrintableString", "idevid.toml");
}

TEST_F(Refusals, UndeclaredVariables) {
  CertificateRequest request = request_for("SN-1", key_);
  request.unit.variables["end-point"] = "x";
  refused(request, ErrorCode::kInvalidArgument, "does not declare");
  request.unit.variables = {{"endpoint", "{serail}"}};
  refused(request, ErrorCode::kInvalidArgument, "unknown placeholder {serail}");
}

TEST_F(Refusals, TimesBeyondX509) {
  CertificateRequest request = request_for("SN-1", key_);
  request.not_before = -900000000;
  refused(request, ErrorCode::kLint, "1950 to 9999");
}

TEST_F(Refusals, ASignerOfAnotherCa) {
  TestAuthority other;
  const auto compiled =
      CertificateTemplate::compile(cert::test::shipped_profile("lwm2m.toml"), authority_.issuing, kNow);
  EXPECT_EQ(compiled->issue(request_for("SN-1", key_), other).error().code, ErrorCode::kSignerKey);
  EXPECT_EQ(other.signatures, 0);
}

TEST_F(Refusals, ASignerWithTheWrongKey) {
  authority_.issuing_key = TestKey();
  const auto compiled =
      CertificateTemplate::compile(cert::test::shipped_profile("lwm2m.toml"), authority_.issuing, kNow);
  EXPECT_EQ(compiled->issue(request_for("SN-1", key_), authority_).error().code, ErrorCode::kSignerKey);
}

TEST(OrderVariables, ReachTheCertificate) {
  TestAuthority authority;
  const TestKey key;
  const Profile profile = cert::test::shipped_profile("lwm2m.toml");
  const auto compiled = CertificateTemplate::compile(profile, authority.issuing, kNow);
  CertificateRequest request = request_for("SN-5", key);
  request.unit.variables = {{"endpoint", "acme-{serial}-{batch}"}, {"account-id", ""}};
  const auto issued = compiled->issue(request, authority);
  ASSERT_TRUE(issued) << issued.error().to_string();
  EXPECT_EQ(inspect(*issued)->subject, "CN=acme-SN-5-batch-1");
  EXPECT_TRUE(profile.check_variables(request.unit.variables));
  const auto wrong = profile.check_variables({{"endpiont", "x"}});
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().next.find("did you mean \"endpoint\""), std::string::npos);
}

// ---- the CA ----

class CaChecks : public testing::Test {
 protected:
  void refused(const CertificateParts& parts, ErrorCode code, std::string_view part, int64_t now = kNow) {
    refused(parts.encode(root_key_), code, part, now);
  }
  void refused(const base::Bytes& certificate, ErrorCode code, std::string_view part, int64_t now = kNow) {
    const auto compiled = CertificateTemplate::compile(profile_, certificate, now);
    ASSERT_FALSE(compiled) << part;
    EXPECT_EQ(compiled.error().code, code) << compiled.error().to_string();
    EXPECT_NE(compiled.error().what.find(part), std::string::npos) << compiled.error().to_string();
    EXPECT_FALSE(compiled.error().next.empty());
  }

  TestKey root_key_;
  TestKey key_;
  Profile profile_ = cert::test::shipped_profile("lwm2m.toml");
  CertificateParts good_ = CertificateParts::authority(
      key_, "CA", cert::test::name({cert::test::rdn(oids::kCommonName, der::kUtf8String, "R")}), base::Bytes(20, 1));
};

TEST_F(CaChecks, AcceptsAFitOne) { EXPECT_TRUE(CertificateTemplate::compile(profile_, good_.encode(root_key_), kNow)); }

TEST_F(CaChecks, Validity) {
  refused(good_, ErrorCode::kCaExpired, "the CA is valid from", kNow - 7200);
  refused(good_, ErrorCode::kCaExpired, "the CA is valid from", add_years(kNow, 31));
}

TEST_F(CaChecks, NoAuthority) {
  CertificateParts parts = good_;
  parts.extension(oids::kBasicConstraints).value = der::sequence({});
  refused(parts, ErrorCode::kCaUnfit, "CA:TRUE");
  parts = good_;
  parts.remove(oids::kBasicConstraints);
  refused(parts, ErrorCode::kCaUnfit, "CA:TRUE");
}

TEST_F(CaChecks, KeyUsageIdentifierAndName) {
  CertificateParts parts = good_;
  parts.extension(oids::kKeyUsage).value = der::named_bits(0x8000);
  refused(parts, ErrorCode::kCaUnfit, "keyCertSign");
  parts = good_;
  parts.remove(oids::kKeyUsage);
  refused(parts, ErrorCode::kCaUnfit, "keyCertSign");
  parts = good_;
  parts.remove(oids::kSubjectKeyIdentifier);
  refused(parts, ErrorCode::kCaUnfit, "subjectKeyIdentifier");
  parts = good_;
  parts.subject = cert::test::name({});
  refused(parts, ErrorCode::kCaUnfit, "empty subject");
}

TEST_F(CaChecks, PathLengthAndCriticalExtensions) {
  CertificateParts parts = good_;
  parts.extension(oids::kBasicConstraints).value =
      der::sequence({der::boolean_true(), der::tlv(der::kInteger, base::Bytes{0xFF})});
  refused(parts, ErrorCode::kCaUnfit, "invalid");
  parts = good_;
  parts.extensions.push_back({*oids::parse("1.3.6.1.4.1.32473.3"), der::boolean_true(), {0x05, 0x00}});
  refused(parts, ErrorCode::kCaUnfit, "critical extension");
}

TEST_F(CaChecks, KeyAndForm) {
  const KeyHandle rsa(EVP_RSA_gen(2048));
  uint8_t* der_key = nullptr;
  const int size = i2d_PUBKEY(rsa.get(), &der_key);
  CertificateParts parts = good_;
  parts.public_key_info.assign(der_key, der_key + size);
  OPENSSL_free(der_key);
  refused(parts, ErrorCode::kCaUnfit, "not on P-256");
  refused(base::Bytes{1, 2, 3}, ErrorCode::kCaUnfit, "no certificate");
  base::Bytes longer = good_.encode(root_key_);
  longer.push_back(0);
  refused(longer, ErrorCode::kCaUnfit, "no certificate");
}

TEST(NotBefore, FollowsTheRuleOfTheProfile) {
  TestAuthority authority;
  const TestKey key;
  auto issued_with = [&](const std::string& rule) {
    std::string text = cert::test::shipped_profile("lwm2m.toml").source();
    text.replace(text.find("validity = "), 0, rule + "\n");
    const auto profile = Profile::parse(text, "p.toml");
    EXPECT_TRUE(profile) << profile.error().to_string();
    const auto compiled = CertificateTemplate::compile(*profile, authority.issuing, kNow);
    const auto issued = compiled->issue(request_for("SN-1", key), authority);
    EXPECT_TRUE(issued) << issued.error().to_string();
    return inspect(*issued)->not_before;
  };
  EXPECT_EQ(issued_with("not-before = \"issuance\""), kNow);
  EXPECT_EQ(issued_with("not-before = \"issuer\""), kNow - 3600);
  EXPECT_EQ(issued_with("not-before = 2026-01-01T02:00:00+02:00"), 1767225600);
}

TEST(SerialNumber, IsPositiveAndKeepsItsLength) {
  base::ByteArray<20> random{};
  EXPECT_EQ(make_serial_number(random)[0], 0x40);
  random.fill(0xFF);
  const base::Bytes serial = make_serial_number(random);
  EXPECT_EQ(serial.size(), 20U);
  EXPECT_EQ(serial[0], 0x7F);
  EXPECT_EQ(serial[19], 0xFF);
}

}  // namespace
}  // namespace cert
