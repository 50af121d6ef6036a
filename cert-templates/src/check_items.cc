// The checks before injection: what a device of this family would find wrong with its own items.
#include <algorithm>

#include "cert-templates/src/issuer.h"
#include "cert-templates/src/item_rules.h"
#include "cert-templates/src/limits.h"
#include "cert-templates/src/profile_data.h"
#include "cert-templates/src/time_text.h"

namespace cert {
namespace {

constexpr std::string_view kMetadata[] = {"mbed.Manufacturer",    "mbed.ModelNumber",   "mbed.DeviceType",
                                          "mbed.HardwareVersion", "mbed.MemoryTotalKB", "mbed.SerialNumber"};

class ItemChecker {
 public:
  ItemChecker(const std::vector<Item>& items, const base::ByteArray<65>& public_key, int64_t now)
      : items_(items), public_key_(public_key), now_(now) {}

  std::vector<ItemFinding> run(const RuleSets& rules) {
    check_form();
    for (const Item& item : items_) check_value(item);
    if (rules.first_boot) check_first_boot();
    if (rules.lwm2m_device) check_lwm2m();
    return std::move(findings_);
  }

 private:
  void error(std::string_view item, std::string what, std::string next) {
    findings_.push_back({true, std::string(item), std::move(what), std::move(next)});
  }
  void warning(std::string_view item, std::string what, std::string next) {
    findings_.push_back({false, std::string(item), std::move(what), std::move(next)});
  }

  const Item* find(std::string_view name) const {
    const auto found = std::find_if(items_.begin(), items_.end(), [&](const Item& item) { return item.name == name; });
    return found == items_.end() ? nullptr : &*found;
  }
  const Item* need(std::string_view name) {
    const Item* item = find(name);
    if (item == nullptr) error(name, "is missing", "add it to [items] of the profile");
    return item;
  }

  void check_form() {
    if (items_.size() > kMaxItemCount) {
      error("", "there are " + std::to_string(items_.size()) + " items, a unit holds 48",
            "remove some from the profile");
    }
    for (size_t i = 0; i < items_.size(); ++i) {
      const Item& item = items_[i];
      if (auto problem = item_name_problem(item.name)) error(item.name, *problem, "rename the item in the profile");
      if (item.value.empty()) error(item.name, "is empty", "give it a value or remove it");
      if (item.value.size() > kMaxItemValueSize) {
        error(item.name, "has " + std::to_string(item.value.size()) + " bytes, 2048 at most", "shorten it");
      }
      for (size_t k = 0; k < i; ++k) {
        if (items_[k].name == item.name) error(item.name, "occurs twice", "keep one");
      }
    }
  }

  // Rules that go with a name, whatever the rule set.
  void check_value(const Item& item) {
    const std::string_view name = item.name;
    if (name == "mbed.BootstrapServerURI" || name == "mbed.LwM2MServerURI") {
      if (auto problem = server_uri_problem(base::as_text(item.value))) {
        error(name, *problem, "give an https:// or coaps:// URI with host and port");
      }
    } else if (name == "mbed.VendorId" || name == "mbed.ClassId") {
      if (item.value.size() != 16)
        error(name, "has " + std::to_string(item.value.size()) + " bytes, a UUID has 16", "write it as uuid = \"...\"");
    } else if (name == "mbed.CurrentTime") {
      if (item.value.size() != 8) error(name, "is not 8 bytes", "write it as time = \"now\"");
    } else if (name == "mbed.UseBootstrap" || name == "mbed.MemoryTotalKB") {
      if (item.value.size() != 4) error(name, "is not a 32-bit number", "write it as u32 = ...");
    } else if (name == "mbed.BootstrapDeviceCert" || name == "mbed.LwM2MDeviceCert") {
      check_device_certificate(item);
    } else if (name == "mbed.BootstrapServerCACert" || name == "mbed.LwM2MServerCACert") {
      check_ca_certificate(item);
    }
    if (name == "mbed.BootstrapDevicePrivateKey" || name == "mbed.LwM2MDevicePrivateKey") {
      error(name, "would put a private key among the items",
            "remove it; a key made in the factory is imported as a key (key.origin)");
    }
  }

  void check_validity(const Item& item, const CertificateInfo& info) {
    constexpr int64_t kTenYears = int64_t{10} * 36525 * 864;
    if (now_ < info.not_before)
      error(item.name, "is not valid before " + time_text(info.not_before), "check this machine's clock");
    if (now_ > info.not_after) {
      error(item.name, "expired " + time_text(info.not_after), "replace it, or check this machine's clock");
    } else if (info.not_after != kNoExpiry && info.not_after - now_ < kTenYears) {
      warning(item.name, "expires " + time_text(info.not_after) + ", in less than 10 years",
              "make sure that it can be renewed in the field");
    }
  }

  void check_device_certificate(const Item& item) {
    const auto info = inspect(item.value);
    if (!info) return error(item.name, "is no certificate", "write certificate = true");
    if (info->public_key != public_key_)
      error(item.name, "belongs to another key than the unit's", "issue a certificate for this unit");
    if (info->is_ca) error(item.name, "is a CA's certificate", "write certificate = true");
    check_validity(item, *info);
  }

  void check_ca_certificate(const Item& item) {
    const auto info = inspect(item.value);
    if (!info) return error(item.name, "is no certificate", "write server-ca = true, or give a DER file");
    if (!info->is_ca)
      error(item.name, "is not a CA's certificate", "give the CA that the server's certificate leads to");
    check_validity(item, *info);
  }

  void check_first_boot() {
    const Item* uri = need("mbed.BootstrapServerURI");
    if (uri != nullptr && !base::as_text(uri->value).starts_with("https://")) {
      error(uri->name, "is not https, and the first-boot client speaks nothing else", "write check-in-uri = true");
    }
    need("mbed.BootstrapServerCACert");
    need("mbed.BootstrapDeviceCert");
    need("mbed.CurrentTime");
  }

  void check_lwm2m() {
    for (std::string_view name : kMetadata) need(name);
    bool bootstrap = true;
    if (const Item* mode = need("mbed.UseBootstrap"); mode != nullptr && mode->value.size() == 4) {
      const uint32_t value = base::load_be<uint32_t>(mode->value.data());
      if (value > 1) error(mode->name, "is neither 0 nor 1", "write u32 = 1 for bootstrap, 0 for LwM2M direct");
      bootstrap = value != 0;
    }
    const std::string prefix = bootstrap ? "mbed.Bootstrap" : "mbed.LwM2M";
    need(prefix + "ServerURI");
    need(prefix + "ServerCACert");
    const Item* certificate = need(prefix + "DeviceCert");
    const Item* endpoint = need("mbed.EndpointName");
    const auto info =
        certificate != nullptr ? inspect(certificate->value) : base::failure_of(base::ErrorCode::kMalformed);
    if (!info) return;
    if (endpoint != nullptr && base::as_text(endpoint->value) != info->common_name) {
      error(endpoint->name, "differs from the certificate's CN \"" + info->common_name + "\"",
            "give both the same placeholders in the profile");
    }
    const Item* account = find("mbed.AccountID");
    if (account != nullptr && base::as_text(account->value) != info->organizational_unit) {
      error(account->name, "differs from the certificate's OU \"" + info->organizational_unit + "\"",
            "give both the same placeholders in the profile");
    }
    if (!info->has_client_auth)
      error(certificate->name, "lacks the extended key usage clientAuth", "add \"client-auth\" to extended-key-usage");
  }

  const std::vector<Item>& items_;
  const base::ByteArray<65>& public_key_;
  const int64_t now_;
  std::vector<ItemFinding> findings_;
};

}  // namespace

std::vector<ItemFinding> check_items(const Profile& profile, const std::vector<Item>& items,
                                     const base::ByteArray<65>& public_key, int64_t now) {
  return ItemChecker(items, public_key, now).run(profile.data().rules);
}

}  // namespace cert
