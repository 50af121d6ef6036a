// Each rule of the linter against a certificate that breaks it and nothing else.
#include "cert-templates/src/lint.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cert-templates/src/oids.h"
#include "cert-templates/src/profile_data.h"
#include "cert-templates/src/template_parts.h"
#include "cert-templates/src/certificate_test_support.h"
#include "cert-templates/src/time_text.h"

namespace cert {
namespace {

using cert::test::CertificateParts;
using cert::test::kNow;
using cert::test::rdn;
using cert::test::TestAuthority;
using cert::test::TestKey;

class Lint : public testing::Test {
 protected:
  // Exactly one finding, of `rule`, whose text has `part`.
  void expect_one(const std::vector<Finding>& findings, std::string_view rule, std::string_view part) {
    ASSERT_EQ(findings.size(), 1U) << part << ": " << findings_text(findings);
    EXPECT_EQ(findings[0].rule, rule) << findings[0].what;
    EXPECT_NE(findings[0].what.find(part), std::string::npos) << findings[0].what;
    EXPECT_FALSE(findings[0].next.empty());
  }
  void expect_one(const CertificateParts& parts, std::string_view rule, std::string_view part) {
    expect_one(lint(parts.encode(authority_.issuing_key), nullptr), rule, part);
  }
  // A finding of the profile "lwm2m" (or another) among others.
  void expect_against(const CertificateParts& parts, const Profile& profile, std::string_view rule,
                      std::string_view part) {
    const auto findings = lint(parts.encode(authority_.issuing_key), &profile);
    const bool found = std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
      return finding.rule == rule && finding.what.find(part) != std::string::npos;
    });
    EXPECT_TRUE(found) << part << ": " << findings_text(findings);
  }

  void add(CertificateParts& parts, base::ByteView oid, base::Bytes value, bool critical = false) {
    parts.extensions.push_back({base::to_bytes(oid), critical ? der::boolean_true() : base::Bytes(), std::move(value)});
  }

  TestAuthority authority_;
  TestKey key_;
  CertificateParts parts_ = CertificateParts::device(key_, authority_.issuing_name, authority_.issuing_key_id);
};

base::Bytes integer(base::Bytes content) { return der::tlv(der::kInteger, content); }

TEST_F(Lint, AcceptsAGoodCertificate) {
  const Profile profile = cert::test::shipped_profile("lwm2m.toml");
  const auto findings = lint(parts_.encode(authority_.issuing_key), &profile);
  EXPECT_TRUE(findings.empty()) << findings_text(findings);
}

TEST_F(Lint, NoCertificate) {
  expect_one(lint(base::Bytes{0x30, 0x00}, nullptr), "RFC 5280 4.1", "no Certificate");
  base::Bytes truncated = parts_.encode(authority_.issuing_key);
  truncated.resize(truncated.size() / 2);
  EXPECT_FALSE(lint(truncated, nullptr).empty());
  EXPECT_FALSE(lint({}, nullptr).empty());
}

TEST_F(Lint, Version) {
  parts_.version = {0xA0, 0x03, 0x02, 0x01, 0x01};
  expect_one(parts_, "RFC 5280 4.1.2.1", "not 3");
  parts_.version = {};
  expect_one(parts_, "RFC 5280 4.1.2.1", "version is 1");
}

TEST_F(Lint, SerialNumber) {
  parts_.serial = base::Bytes(21, 0x01);
  expect_one(parts_, "RFC 5280 4.1.2.2", "longer than 20");
  parts_.serial = {0x81};
  expect_one(parts_, "RFC 5280 4.1.2.2", "negative");
  parts_.serial = {0x00};
  expect_one(parts_, "RFC 5280 4.1.2.2", "zero");
  parts_.serial = {0x00, 0x7F};
  expect_one(parts_, "X.690 10", "INTEGER is longer");
}

TEST_F(Lint, SignatureAlgorithm) {
  constexpr uint8_t kEcdsaWithSha384[] = {0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x03};
  parts_.outer_algorithm = der::sequence({der::oid(kEcdsaWithSha384)});
  expect_one(parts_, "RFC 5280 4.1.1.2", "differs");
  parts_.inner_algorithm = parts_.outer_algorithm =
      der::sequence({der::oid(oids::kEcdsaWithSha256), base::Bytes{0x05, 0x00}});
  expect_one(parts_, "RFC 5758 3.2", "parameters");
  parts_.inner_algorithm = parts_.outer_algorithm = der::sequence({});
  expect_one(parts_, "RFC 5280 4.1.1.2", "no OID");
}

TEST_F(Lint, Signature) {
  parts_.signature = {0x01, 0x02};
  expect_one(parts_, "RFC 5480 A", "Ecdsa-Sig-Value");
  parts_.signature = der::sequence({integer({0x00}), integer({0x01})});
  expect_one(parts_, "RFC 5480 A", "Ecdsa-Sig-Value");
  parts_.signature = der::sequence({integer({0x81}), integer({0x01})});
  expect_one(parts_, "RFC 5480 A", "Ecdsa-Sig-Value");
  parts_.signature = der::sequence({integer({0x01})});
  expect_one(parts_, "RFC 5480 A", "Ecdsa-Sig-Value");
}

TEST_F(Lint, Names) {
  parts_.issuer = cert::test::name({});
  expect_one(parts_, "RFC 5280 4.1.2.4", "issuer is empty");
  parts_.issuer = authority_.issuing_name;
  parts_.subject = cert::test::name({});
  expect_one(parts_, "RFC 5280 4.1.2.6", "names the holder");
  parts_.subject = der::sequence({der::sequence({})});
  EXPECT_FALSE(lint(parts_.encode(authority_.issuing_key), nullptr).empty());
}

TEST_F(Lint, NameAttributes) {
  const auto with = [&](base::Bytes attribute) {
    CertificateParts parts = parts_;
    parts.subject = cert::test::name({std::move(attribute)});
    return parts;
  };
  constexpr auto kRule = "RFC 5280 A.1";
  expect_one(with(rdn(oids::kCommonName, der::kUtf8String, std::string(65, 'x'))), kRule, "CN has 65 characters");
  expect_one(with(rdn(oids::kCommonName, der::kUtf8String, "")), kRule, "CN is empty");
  expect_one(with(rdn(oids::kCommonName, der::kUtf8String, "\xFF")), kRule, "UTF-8");
  expect_one(with(rdn(oids::kCommonName, der::kUtf8String, "\xC0\x80")), kRule, "UTF-8");
  expect_one(with(rdn(oids::kCommonName, der::kUtf8String, "\xED\xA0\x80")), kRule, "UTF-8");
  expect_one(with(rdn(oids::kCommonName, der::kUtf8String, "a\nb")), kRule, "control character");
  expect_one(with(rdn(oids::kCommonName, der::kTeletexString, "x")), kRule, "string type");
  expect_one(with(rdn(oids::kCommonName, der::kPrintableString, "a_b")), kRule, "PrintableString");
  expect_one(with(rdn(oids::kSerialNumber, der::kUtf8String, "1")), kRule, "string type");
  expect_one(with(rdn(oids::kCountryName, der::kPrintableString, "NZL")), kRule, "upper bound is 2");
  expect_one(with(rdn(oids::kCountryName, der::kPrintableString, "nz")), kRule, "country code");
  // 64 characters of two octets each are within the bound.
  std::string umlauts;
  for (int i = 0; i < 64; ++i) umlauts += "\xC3\xBC";
  EXPECT_TRUE(
      lint(with(rdn(oids::kCommonName, der::kUtf8String, umlauts)).encode(authority_.issuing_key), nullptr).empty());
}

TEST_F(Lint, SetOrder) {
  const base::Bytes cn = der::sequence({der::oid(oids::kCommonName), der::tlv(der::kUtf8String, "a")});
  const base::Bytes ou = der::sequence({der::oid(oids::kOrganizationalUnit), der::tlv(der::kUtf8String, "a")});
  parts_.subject = der::sequence({der::tlv(der::kSet, der::join({ou, cn}))});
  expect_one(parts_, "X.690 10", "SET are not in order");
  parts_.subject = der::sequence({der::tlv(der::kSet, der::join({cn, ou}))});
  EXPECT_TRUE(lint(parts_.encode(authority_.issuing_key), nullptr).empty());
}

TEST_F(Lint, Validity) {
  constexpr auto kRule = "RFC 5280 4.1.2.5";
  parts_.not_before = der::tlv(der::kUtcTime, "2611220641Z");
  expect_one(parts_, kRule, "notBefore");
  parts_.not_before = der::tlv(der::kUtcTime, "261122064118+0000");
  expect_one(parts_, kRule, "notBefore");
  parts_.not_before = der::tlv(der::kUtcTime, "260230000000Z");
  expect_one(parts_, kRule, "notBefore");
  parts_.not_before = der::tlv(der::kGeneralizedTime, "20260101000000.5Z");
  expect_one(parts_, kRule, "notBefore");
  parts_.not_before = der::tlv(der::kGeneralizedTime, "20260101000000Z");
  expect_one(parts_, "RFC 5280 4.1.2.5.1", "before 2050");
  parts_.not_before = encode_time(kNow).value();
  parts_.not_after = encode_time(kNow - 1).value();
  expect_one(parts_, kRule, "before notBefore");
}

TEST_F(Lint, PublicKey) {
  base::ByteArray<65> point = key_.point();
  point[40] ^= 0x10;
  parts_.public_key_info = cert::test::public_key_info(point);
  expect_one(parts_, "RFC 5480 2.2", "no point on P-256");
  base::Bytes compressed = base::to_bytes(base::ByteView(point).first(33));
  compressed[0] = 0x02;
  parts_.public_key_info = cert::test::public_key_info(compressed);
  expect_one(parts_, "RFC 5480 2.2", "no point on P-256");
  parts_.public_key_info = der::sequence(
      {der::sequence({der::oid(oids::kEcPublicKey), base::Bytes{0x05, 0x00}}), base::Bytes{0x03, 0x02, 0x00, 0x04}});
  expect_one(parts_, "RFC 5480 2.1.1", "name its curve");
  parts_.public_key_info = der::sequence({});
  expect_one(parts_, "RFC 5280 4.1.2.7", "SubjectPublicKeyInfo");
}

TEST_F(Lint, UniqueIdentifiers) {
  parts_.unique_ids = {0x81, 0x02, 0x00, 0x55};
  expect_one(parts_, "RFC 5280 4.1.2.8", "unique identifier");
}

TEST_F(Lint, ExtensionsForm) {
  CertificateParts twice = parts_;
  twice.extensions.push_back(twice.extension(oids::kKeyUsage));
  expect_one(twice, "RFC 5280 4.2", "keyUsage occurs twice");

  CertificateParts private_critical = parts_;
  add(private_critical, *oids::parse("1.3.6.1.4.1.32473.8"), {0x05, 0x00}, true);
  expect_one(private_critical, "RFC 5280 4.2", "1.3.6.1.4.1.32473.8");

  CertificateParts encoded_default = parts_;
  encoded_default.extension(oids::kExtendedKeyUsage).critical = {0x01, 0x01, 0x00};
  expect_one(encoded_default, "X.690 11.5", "default criticality");

  CertificateParts wrong_boolean = parts_;
  wrong_boolean.extension(oids::kKeyUsage).critical = {0x01, 0x01, 0x01};
  expect_one(wrong_boolean, "X.690 10", "BOOLEAN");

  // Empty, and without the extensions a certificate of ours must have.
  CertificateParts none = parts_;
  none.extensions.clear();
  none.issuer = none.subject;
  expect_one(none, "RFC 5280 4.1.2.9", "empty");
}

TEST_F(Lint, Criticality) {
  parts_.extension(oids::kKeyUsage).critical = {};
  expect_one(parts_, "RFC 5280 4.2.1.3", "not critical");
  parts_.extension(oids::kKeyUsage).critical = der::boolean_true();
  parts_.extension(oids::kAuthorityKeyIdentifier).critical = der::boolean_true();
  expect_one(parts_, "RFC 5280 4.2.1.1", "is critical");
  parts_.extension(oids::kAuthorityKeyIdentifier).critical = {};
  add(parts_, oids::kSubjectKeyIdentifier, der::tlv(der::kOctetString, base::Bytes(20, 7)), true);
  expect_one(parts_, "RFC 5280 4.2.1.2", "is critical");
  parts_.extensions.pop_back();
  add(parts_, oids::kNameConstraints, der::sequence({}));
  expect_one(parts_, "RFC 5280 4.2.1.10", "not critical");
  parts_.extensions.pop_back();
  add(parts_, oids::kAuthorityInfoAccess, der::sequence({}), true);
  expect_one(parts_, "RFC 5280 4.2.2.1", "is critical");
}

TEST_F(Lint, KeyIdentifiers) {
  CertificateParts none = parts_;
  none.remove(oids::kAuthorityKeyIdentifier);
  expect_one(none, "RFC 5280 4.2.1.1", "no authorityKeyIdentifier");
  CertificateParts empty = parts_;
  empty.extension(oids::kAuthorityKeyIdentifier).value = der::sequence({});
  expect_one(empty, "RFC 5280 4.2.1.1", "no keyIdentifier");
  CertificateParts malformed = parts_;
  add(malformed, oids::kSubjectKeyIdentifier, der::tlv(der::kOctetString, base::Bytes()));
  expect_one(malformed, "RFC 5280 4.2.1.2", "empty");
}

TEST_F(Lint, KeyUsage) {
  base::Bytes& value = parts_.extension(oids::kKeyUsage).value;
  value = der::named_bits(0);
  const auto findings = lint(parts_.encode(authority_.issuing_key), nullptr);
  ASSERT_FALSE(findings.empty());
  EXPECT_NE(findings_text(findings).find("no bit set"), std::string::npos);
  value = der::named_bits(kDigitalSignature | kKeyCertSign);
  expect_one(parts_, "RFC 5280 4.2.1.3", "keyCertSign");
  value = der::named_bits(kDigitalSignature | kKeyEncipherment);
  expect_one(parts_, "RFC 8813 3", "keyEncipherment");
  value = der::named_bits(kDigitalSignature | kEncipherOnly);
  expect_one(parts_, "RFC 5280 4.2.1.3", "encipherOnly");
  value = {0x03, 0x02, 0x00, 0x80};
  expect_one(parts_, "X.690 11.2.2", "trailing zero bits");
  value = {0x03, 0x02, 0x07, 0xFF};
  EXPECT_NE(findings_text(lint(parts_.encode(authority_.issuing_key), nullptr)).find("unused bits"), std::string::npos);
  value = {0x04, 0x01, 0x80};
  expect_one(parts_, "RFC 5280 4.2.1.3", "malformed");
}

TEST_F(Lint, ExtendedKeyUsage) {
  base::Bytes& value = parts_.extension(oids::kExtendedKeyUsage).value;
  value = der::sequence({});
  expect_one(parts_, "RFC 5280 4.2.1.12", "empty");
  value = der::sequence({der::oid(oids::kClientAuth), der::oid(oids::kClientAuth)});
  expect_one(parts_, "RFC 5280 4.2.1.12", "twice");
  value = der::sequence({der::oid(oids::kClientAuth)});
  parts_.extension(oids::kKeyUsage).value = der::named_bits(kNonRepudiation);
  expect_one(parts_, "RFC 5280 4.2.1.12", "clientAuth without");
}

TEST_F(Lint, BasicConstraints) {
  constexpr auto kRule = "RFC 5280 4.2.1.9";
  base::Bytes& value = parts_.extension(oids::kBasicConstraints).value;
  value = der::sequence({base::Bytes{0x01, 0x01, 0x00}});
  expect_one(parts_, "X.690 11.5", "default cA FALSE");
  value = der::sequence({integer({0x00})});
  expect_one(parts_, kRule, "path length but is no CA");
  value = {0x05, 0x00};
  expect_one(parts_, kRule, "malformed");

  CertificateParts ca = CertificateParts::authority(key_, "CA", authority_.issuing_name, authority_.issuing_key_id);
  EXPECT_TRUE(lint(ca.encode(authority_.issuing_key), nullptr).empty());
  CertificateParts uncritical = ca;
  uncritical.extension(oids::kBasicConstraints).critical = {};
  expect_one(uncritical, kRule, "not critical");
  CertificateParts negative = ca;
  negative.extension(oids::kBasicConstraints).value = der::sequence({der::boolean_true(), integer({0xFF})});
  expect_one(negative, kRule, "negative");
  CertificateParts no_id = ca;
  no_id.remove(oids::kSubjectKeyIdentifier);
  expect_one(no_id, "RFC 5280 4.2.1.2", "no subjectKeyIdentifier");
  CertificateParts no_usage = ca;
  no_usage.remove(oids::kKeyUsage);
  expect_one(no_usage, "RFC 5280 4.2.1.3", "no keyUsage");
}

TEST_F(Lint, SubjectAltName) {
  constexpr auto kRule = "RFC 5280 4.2.1.6";
  const auto with = [&](base::Bytes names, bool critical = false) {
    CertificateParts parts = parts_;
    add(parts, oids::kSubjectAltName, der::tlv(der::kSequence, names), critical);
    return parts;
  };
  EXPECT_TRUE(lint(with(der::tlv(0x82, "unit-1.example.com")).encode(authority_.issuing_key), nullptr).empty());
  expect_one(with({}), kRule, "empty");
  expect_one(with(der::tlv(0x82, "a.example.com"), true), kRule, "critical although");
  expect_one(with(der::tlv(0x82, "-a.example.com")), kRule, "dNSName");
  expect_one(with(der::tlv(0x82, " ")), kRule, "dNSName");
  expect_one(with(der::tlv(0x86, "/relative")), kRule, "URI");
  expect_one(with(der::tlv(0x87, base::Bytes{1, 2, 3})), kRule, "iPAddress");
  expect_one(with(der::tlv(0x81, "nobody")), kRule, "mailbox");
  expect_one(with(der::tlv(0x89, "x")), kRule, "unknown kind");
  expect_one(with(der::tlv(0xA0, base::Bytes())), kRule, "otherName is malformed");
  const base::Bytes no_serial = der::tlv(0xA0, der::sequence({der::oid(*oids::parse("1.3.6.1.4.1.32473.1"))}));
  expect_one(with(der::tlv(0xA0, der::join({der::oid(oids::kHardwareModuleName), no_serial}))), "RFC 4108 5",
             "hardwareModuleName");

  CertificateParts only_alt_name = with(der::tlv(0x82, "a.example.com"));
  only_alt_name.subject = cert::test::name({});
  expect_one(only_alt_name, kRule, "not critical");
}

TEST_F(Lint, Policies) {
  const base::Bytes policy = der::sequence({der::oid(*oids::parse("1.3.6.1.4.1.32473.9"))});
  CertificateParts twice = parts_;
  add(twice, oids::kCertificatePolicies, der::sequence({policy, policy}));
  expect_one(twice, "RFC 5280 4.2.1.4", "twice");
  CertificateParts empty = parts_;
  add(empty, oids::kCertificatePolicies, der::sequence({}));
  expect_one(empty, "RFC 5280 4.2.1.4", "empty");
}

TEST_F(Lint, ExtensionValuesInDer) {
  parts_.extension(oids::kAuthorityKeyIdentifier).value.push_back(0x05);
  EXPECT_NE(findings_text(lint(parts_.encode(authority_.issuing_key), nullptr))
                .find("authorityKeyIdentifier: an element ends"),
            std::string::npos);
}

TEST_F(Lint, Ieee8021ar) {
  constexpr auto kRule = "IEEE 802.1AR 8";
  const Profile profile = cert::test::shipped_profile("idevid.toml");
  CertificateParts parts = parts_;
  expect_against(parts, profile, kRule, "no serialNumber");
  parts.not_after = encode_time(kNow + 1000).value();
  expect_against(parts, profile, kRule, "99991231235959Z");
  parts = parts_;
  parts.extension(oids::kKeyUsage).value = der::named_bits(kKeyAgreement);
  expect_against(parts, profile, kRule, "lacks digitalSignature");
  parts = parts_;
  parts.extension(oids::kKeyUsage).critical = {};
  expect_against(parts, profile, kRule, "not critical");
  parts = parts_;
  parts.remove(oids::kAuthorityKeyIdentifier);
  expect_against(parts, profile, kRule, "no authorityKeyIdentifier");
  CertificateParts ca = CertificateParts::authority(key_, "CA", authority_.issuing_name, authority_.issuing_key_id);
  expect_against(ca, profile, kRule, "is a CA");
  expect_against(ca, profile, kRule, "may not sign certificates");
}

TEST_F(Lint, WhatTheProfileSays) {
  const Profile profile = cert::test::shipped_profile("lwm2m.toml");
  const auto with_change = [&](auto change) {
    CertificateParts parts = parts_;
    change(parts);
    return parts;
  };
  using Parts = CertificateParts;
  const auto expect = [&](auto change, std::string_view part) {
    expect_against(with_change(change), profile, "profile", part);
  };
  expect([](Parts& p) { p.subject = cert::test::name({rdn(oids::kSerialNumber, der::kPrintableString, "1")}); },
         "attributes of the profile");
  expect([](Parts& p) { p.not_after = encode_time(kNow + 99).value(); }, "notAfter is");
  expect([](Parts& p) { p.remove(oids::kExtendedKeyUsage); }, "extKeyUsage is missing");
  expect([](Parts& p) { p.remove(oids::kKeyUsage); }, "keyUsage is missing");
  expect([](Parts& p) { p.remove(oids::kBasicConstraints); }, "basicConstraints is missing");
  expect([](Parts& p) { p.extension(oids::kKeyUsage).value = der::named_bits(kDigitalSignature | kKeyAgreement); },
         "keyUsage is not");
  expect([](Parts& p) { p.extension(oids::kExtendedKeyUsage).value = der::sequence({der::oid(oids::kServerAuth)}); },
         "extKeyUsage is not");
  expect([&](Parts& p) { add(p, oids::kSubjectAltName, der::sequence({der::tlv(0x82, "a.b")})); },
         "subjectAltName is there");
  expect([&](Parts& p) { add(p, oids::kSubjectKeyIdentifier, der::tlv(der::kOctetString, base::Bytes(20, 1))); },
         "subjectKeyIdentifier is there");
  expect(
      [&](Parts& p) {
        add(p, oids::kCertificatePolicies, der::sequence({der::sequence({der::oid(oids::kClientAuth)})}));
      },
      "certificatePolicies is there");
  expect([](Parts& p) { p.extension(oids::kBasicConstraints).value = der::sequence({der::boolean_true()}); },
         "is a CA's");
  expect(
      [](Parts& p) {
        p.public_key_info =
            der::sequence({der::sequence({der::oid(oids::kRsaEncryption)}), base::Bytes{0x03, 0x02, 0x00, 0x04}});
      },
      "not on P-256");
  expect([](Parts& p) { p.inner_algorithm = der::sequence({der::oid(oids::kClientAuth)}); }, "signature algorithm");
  expect(
      [](Parts& p) { p.subject = cert::test::name({rdn(oids::kCommonName, der::kUtf8String, std::string(250, 'x'))}); },
      "a device takes 256");
  expect([&](Parts& p) { add(p, *oids::parse("1.3.6.1.4.1.32473.8"), base::Bytes(2100, 0)); }, "an item holds 2048");

  const Profile idevid = cert::test::shipped_profile("idevid.toml");
  const auto san =
      with_change([&](Parts& p) { add(p, oids::kSubjectAltName, der::sequence({der::tlv(0x82, "a.b")})); });
  expect_against(san, idevid, "profile", "subjectAltName does not have the names");
  const auto model = with_change([&](Parts& p) {
    constexpr uint8_t kOrganization[] = {0x55, 0x04, 0x0A};
    p.subject =
        cert::test::name({rdn(kOrganization, der::kUtf8String, "Other"), rdn(oids::kCommonName, der::kUtf8String, "m"),
                          rdn(oids::kSerialNumber, der::kPrintableString, "1")});
  });
  std::string fixed_text = idevid.source();
  fixed_text.replace(fixed_text.find("{organization}"), 14, "Example Ltd");
  const auto fixed = Profile::parse(fixed_text, "fixed.toml");
  ASSERT_TRUE(fixed) << fixed.error().to_string();
  expect_against(model, *fixed, "profile", "subject's O is not");
  std::string key_id_text = profile.source();
  key_id_text.replace(key_id_text.find("validity ="), 0, "subject-key-identifier = true\n");
  const auto with_key_id = Profile::parse(key_id_text, "key-id.toml");
  ASSERT_TRUE(with_key_id) << with_key_id.error().to_string();
  const auto wrong_id = with_change(
      [&](Parts& p) { add(p, oids::kSubjectKeyIdentifier, der::tlv(der::kOctetString, base::Bytes(20, 1))); });
  expect_against(wrong_id, *with_key_id, "profile", "does not belong to the public key");
}

TEST_F(Lint, Issuer) {
  const base::Bytes other_name = cert::test::name({rdn(oids::kCommonName, der::kUtf8String, "Other")});
  const IssuerFacts wrong_name{other_name, authority_.issuing_key_id};
  expect_one(lint_all(parts_.tbs(), true, nullptr, &wrong_name), "RFC 5280 4.1.2.4", "not the CA's subject");
  const base::Bytes other_id(20, 9);
  const IssuerFacts wrong_id{authority_.issuing_name, other_id};
  expect_one(lint_all(parts_.tbs(), true, nullptr, &wrong_id), "RFC 5280 4.2.1.1", "not the CA's key identifier");
  const IssuerFacts right{authority_.issuing_name, authority_.issuing_key_id};
  EXPECT_TRUE(lint_all(parts_.tbs(), true, nullptr, &right).empty());
}

}  // namespace
}  // namespace cert
