// The checks before injection, each against items that break it; and the items of the shipped profiles.
#include <gtest/gtest.h>

#include "cert-templates/src/der_writer.h"
#include "cert-templates/src/item_rules.h"
#include "cert-templates/src/limits.h"
#include "cert-templates/src/oids.h"
#include "cert-templates/src/certificate_test_support.h"
#include "cert-templates/src/time_text.h"
#include "protocol/messages.h"
#include "rot/well_known.h"

namespace cert {
namespace {

using cert::test::CertificateParts;
using cert::test::kNow;
using cert::test::TestAuthority;
using cert::test::TestKey;

// This folder may not include the wire's header; its limits are the same all the same.
static_assert(kMaxItemNameLength == protocol::kMaxItemNameSize);
static_assert(kMaxItemValueSize == protocol::kMaxItemSize);
static_assert(kMaxItemCount == protocol::kMaxItems);
static_assert(kMaxUnitSerialLength == protocol::kMaxSerialSize);
static_assert(kMaxSubjectDerSize == protocol::kMaxSubjectSize);

class Items : public testing::TestWithParam<const char*> {
 protected:
  explicit Items(const char* file = nullptr)
      : profile_(cert::test::shipped_profile(file != nullptr ? file : GetParam())) {
    unit_.serial = "SN-0001";
    unit_.chip_id_hex = "0011";
    unit_.now = kNow;
    const auto compiled = CertificateTemplate::compile(profile_, authority_.issuing, kNow);
    CertificateRequest request;
    request.unit = unit_;
    request.public_key = key_.point();
    request.serial_number = {0x44};
    request.not_before = kNow;
    certificates_ = {compiled->issue(request, authority_).value(),
                     {authority_.issuing},
                     authority_.root,
                     "https://factory.example:8443"};
    items_ = profile_.items(unit_, certificates_).value();
  }

  std::vector<ItemFinding> check(int64_t now = kNow) { return check_items(profile_, items_, key_.point(), now); }
  // Exactly one finding: for `item`, with `part`.
  void expect_one(std::string_view item, std::string_view part, bool is_error = true, int64_t now = kNow) {
    const auto findings = check(now);
    std::string all;
    for (const auto& finding : findings) all += finding.item + " " + finding.what + "; ";
    ASSERT_EQ(findings.size(), 1U) << part << ": " << all;
    EXPECT_EQ(findings[0].item, item);
    EXPECT_EQ(findings[0].is_error, is_error);
    EXPECT_NE(findings[0].what.find(part), std::string::npos) << findings[0].what;
    EXPECT_FALSE(findings[0].next.empty());
  }
  base::Bytes& value(std::string_view name) {
    for (Item& item : items_) {
      if (item.name == name) return item.value;
    }
    ADD_FAILURE() << name;
    return items_[0].value;
  }
  void set(std::string_view name, std::string_view text) { value(name) = base::to_bytes(base::as_bytes(text)); }
  void remove(std::string_view name) {
    std::erase_if(items_, [&](const Item& item) { return item.name == name; });
  }

  TestAuthority authority_;
  TestKey key_;
  Profile profile_;
  UnitValues unit_;
  CertificateSet certificates_;
  std::vector<Item> items_;
};

class ShippedItems : public Items {};

TEST_P(ShippedItems, PassTheChecks) {
  for (const auto& finding : check()) ADD_FAILURE() << finding.item << ": " << finding.what;
}

TEST_P(ShippedItems, CarryWhatTheFirstBootClientReads) {
  EXPECT_EQ(value(rot::kCertificateItem), certificates_.device);
  EXPECT_EQ(value(rot::kIssuerChainItem), authority_.issuing);
  EXPECT_EQ(base::as_text(value(rot::kServerUriItem)), "https://factory.example:8443");
  EXPECT_EQ(value(rot::kServerCaItem), authority_.root);
  ASSERT_EQ(value(rot::kCurrentTimeItem).size(), 8U);
  EXPECT_EQ(base::load_be<uint64_t>(value(rot::kCurrentTimeItem).data()), static_cast<uint64_t>(kNow));
}

TEST_P(ShippedItems, AreSmall) {
  size_t size = 0;
  for (const Item& item : items_) size += item.name.size() + item.value.size();
  // Leaves a third of the 6 KiB that a whole unit may take on the wire to the messages around them.
  EXPECT_LE(size, 2500U);
  RecordProperty("item_bytes", static_cast<int>(size));
}

TEST_P(ShippedItems, HaveNoChainWhereTheRootIssues) {
  certificates_.chain.clear();
  const auto items = profile_.items(unit_, certificates_);
  ASSERT_TRUE(items);
  EXPECT_EQ(items->size(), items_.size() - 1);
}

INSTANTIATE_TEST_SUITE_P(Shipped, ShippedItems, testing::Values("lwm2m.toml", "idevid.toml"),
                         [](const auto& each) { return std::string(each.param, std::string(each.param).find('.')); });

class ItemRules : public Items {
 protected:
  ItemRules() : Items("lwm2m.toml") {}
};

TEST_F(ItemRules, MandatoryItems) {
  for (const char* name :
       {"mbed.Manufacturer", "mbed.ModelNumber", "mbed.DeviceType", "mbed.HardwareVersion", "mbed.MemoryTotalKB",
        "mbed.SerialNumber", "mbed.UseBootstrap", "mbed.EndpointName", "mbed.CurrentTime"}) {
    const auto kept = items_;
    remove(name);
    expect_one(name, "is missing");
    items_ = kept;
  }
  // These two rule sets both ask for the server and the certificate.
  for (const char* name : {"mbed.BootstrapServerURI", "mbed.BootstrapServerCACert", "mbed.BootstrapDeviceCert"}) {
    const auto kept = items_;
    remove(name);
    EXPECT_EQ(check().size(), 2U) << name;
    items_ = kept;
  }
}

TEST_F(ItemRules, NamesSizesAndCount) {
  items_.push_back({"a b", true, {1}});
  expect_one("a b", "character other than");
  items_.back().name = "~tx";
  expect_one("~tx", "character other than");
  items_.back().name = std::string(101, 'a');
  expect_one(items_.back().name, "longer than 100");
  items_.back().name = "";
  expect_one("", "empty name");
  items_.back() = {"big", true, base::Bytes(2049)};
  expect_one("big", "2048 at most");
  items_.back() = {"none", true, {}};
  expect_one("none", "is empty");
  items_.back() = items_.front();
  expect_one(items_.front().name, "occurs twice");
  items_.pop_back();
  while (items_.size() <= 48) items_.push_back({"extra" + std::to_string(items_.size()), true, {1}});
  expect_one("", "49 items");
}

TEST_F(ItemRules, ServerUri) {
  set("mbed.BootstrapServerURI", "https://a:99999");
  expect_one("mbed.BootstrapServerURI", "port outside");
  set("mbed.BootstrapServerURI", "coaps://a:5684");
  expect_one("mbed.BootstrapServerURI", "speaks nothing else");
  items_.push_back({"mbed.LwM2MServerURI", true, {}});
  set("mbed.BootstrapServerURI", "https://a");
  set("mbed.LwM2MServerURI", "coap://a:5683");
  expect_one("mbed.LwM2MServerURI", "not protected by TLS");
  set("mbed.LwM2MServerURI", "coaps://[2001:db8::1]:5684");
  EXPECT_TRUE(check().empty());
}

TEST(ServerUri, Forms) {
  for (const char* good : {"https://a", "https://a.b:1", "https://192.0.2.1:65535/x", "https://[::1]",
                           "coaps+tcp://h:5684", "mqtts://h"}) {
    EXPECT_EQ(server_uri_problem(good), std::nullopt) << good;
  }
  for (const char* bad : {"",
                          "https",
                          "https:",
                          "https://",
                          "http://a",
                          "HTTP://a",
                          "ws://a",
                          "coap://a",
                          "https://a:0",
                          "https://a:",
                          "https://a:65536",
                          "https://a:1x",
                          "https://u@a",
                          "https://[::1",
                          "https://[]",
                          "https://[::1]x",
                          "https://a b",
                          "https://[zz]",
                          "://a",
                          "https://-a",
                          "https://a\n"}) {
    EXPECT_NE(server_uri_problem(bad), std::nullopt) << bad;
  }
}

TEST_F(ItemRules, EndpointAndAccount) {
  set("mbed.EndpointName", "other");
  expect_one("mbed.EndpointName", "CN \"SN-0001\"");
  set("mbed.EndpointName", "SN-0001");
  set("mbed.AccountID", "1");
  expect_one("mbed.AccountID", "OU \"000000000000\"");
  remove("mbed.AccountID");
  EXPECT_TRUE(check().empty());
}

TEST_F(ItemRules, Identifiers) {
  items_.push_back({"mbed.VendorId", true, base::Bytes(15)});
  expect_one("mbed.VendorId", "16");
  items_.back() = {"mbed.ClassId", true, base::Bytes(17)};
  expect_one("mbed.ClassId", "16");
  items_.back().value.resize(16);
  EXPECT_TRUE(check().empty());
}

TEST_F(ItemRules, NumbersAndModes) {
  value("mbed.UseBootstrap") = {0, 0, 0, 2};
  expect_one("mbed.UseBootstrap", "neither 0 nor 1");
  value("mbed.UseBootstrap") = {1};
  expect_one("mbed.UseBootstrap", "32-bit");
  value("mbed.UseBootstrap") = {0, 0, 0, 0};
  EXPECT_EQ(check().size(), 3U);  // LwM2M direct asks for its own URI, CA and certificate
  value("mbed.UseBootstrap") = {0, 0, 0, 1};
  value("mbed.CurrentTime") = {1, 2};
  expect_one("mbed.CurrentTime", "8 bytes");
}

TEST_F(ItemRules, PrivateKeysAreNoItems) {
  items_.push_back({"mbed.BootstrapDevicePrivateKey", true, base::Bytes(32)});
  expect_one("mbed.BootstrapDevicePrivateKey", "private key");
}

TEST_F(ItemRules, DeviceCertificate) {
  const TestKey other;
  EXPECT_EQ(check_items(profile_, items_, other.point(), kNow).at(0).what, "belongs to another key than the unit's");
  CertificateParts parts = CertificateParts::device(key_, authority_.issuing_name, authority_.issuing_key_id);
  parts.subject = cert::test::name({cert::test::rdn(oids::kCommonName, der::kUtf8String, "SN-0001"),
                                    cert::test::rdn(oids::kOrganizationalUnit, der::kUtf8String, "000000000000")});
  const auto use = [&](const CertificateParts& changed) {
    value("mbed.BootstrapDeviceCert") = changed.encode(authority_.issuing_key);
  };
  use(parts);
  EXPECT_TRUE(check().empty());

  CertificateParts changed = parts;
  changed.remove(oids::kExtendedKeyUsage);
  use(changed);
  expect_one("mbed.BootstrapDeviceCert", "clientAuth");
  changed = parts;
  changed.extension(oids::kBasicConstraints).value = der::sequence({der::boolean_true()});
  use(changed);
  expect_one("mbed.BootstrapDeviceCert", "CA's certificate");
  changed = parts;
  changed.not_after = encode_time(add_years(kNow, 9)).value();
  use(changed);
  expect_one("mbed.BootstrapDeviceCert", "less than 10 years", false);
  changed.not_after = encode_time(kNow - 1).value();
  use(changed);
  expect_one("mbed.BootstrapDeviceCert", "expired");
  changed = parts;
  changed.not_before = encode_time(kNow + 10).value();
  use(changed);
  expect_one("mbed.BootstrapDeviceCert", "not valid before");
  set("mbed.BootstrapDeviceCert", "garbage");
  expect_one("mbed.BootstrapDeviceCert", "no certificate");
}

TEST_F(ItemRules, ServerCa) {
  value("mbed.BootstrapServerCACert") = certificates_.device;
  expect_one("mbed.BootstrapServerCACert", "not a CA's");
  set("mbed.BootstrapServerCACert", "garbage");
  expect_one("mbed.BootstrapServerCACert", "no certificate");
  value("mbed.BootstrapServerCACert") = authority_.root;
  expect_one("mbed.BootstrapServerCACert", "less than 10 years", false, add_years(kNow, 25));
}

}  // namespace
}  // namespace cert
