// Checks across the tables of a profile: what the rule sets would refuse for every unit is refused here already.
#include <algorithm>

#include "cert-templates/src/oids.h"
#include "cert-templates/src/profile_sections.h"

namespace cert {
namespace {

bool has_attribute(const CertificateSpec& certificate, std::string_view name) {
  return std::any_of(certificate.subject.begin(), certificate.subject.end(), [&](const SubjectAttribute& attribute) {
    return attribute.type->name == name && !attribute.optional;
  });
}

bool has_item(const Profile::Data& profile, std::string_view name) {
  return std::any_of(profile.items.begin(), profile.items.end(),
                     [&](const ItemSpec& item) { return item.name == name; });
}

void need_item(const Profile::Data& profile, std::string_view name, std::string_view rules, ErrorList& errors) {
  if (has_item(profile, name)) return;
  errors.add(profile.rules.items_line, dotted("items", name),
             "missing, but the rule set \"" + std::string(rules) + "\" demands it",
             "add the item, or remove the rule set from [rules]");
}

void check_802_1ar(const Profile::Data& profile, ErrorList& errors) {
  const CertificateSpec& certificate = profile.certificate;
  constexpr std::string_view kRemove = ", or remove \"ieee-802.1ar\" from [rules]";
  if (!certificate.validity.no_expiry && certificate.validity_line > 0) {
    errors.add(certificate.validity_line, "certificate.validity", "an IDevID does not expire (IEEE 802.1AR 8)",
               "write \"no-expiry\"" + std::string(kRemove));
  }
  if (!has_attribute(certificate, "serialNumber")) {
    errors.add(certificate.line, "certificate.subject", "an IDevID names the unit by serialNumber (IEEE 802.1AR 8)",
               "add { serialNumber = \"{serial}\" }" + std::string(kRemove));
  }
  if (certificate.key_usage_line > 0 && (certificate.key_usage & kDigitalSignature) == 0) {
    errors.add(certificate.key_usage_line, "certificate.key-usage", "an IDevID signs (IEEE 802.1AR 8)",
               "add \"digital-signature\"" + std::string(kRemove));
  }
  if (!certificate.authority_key_identifier) {
    errors.add(certificate.authority_key_identifier_line, "certificate.authority-key-identifier",
               "an IDevID names its issuer's key (IEEE 802.1AR 8)", "remove the line" + std::string(kRemove));
  }
}

void check_items_sets(const Profile::Data& profile, ErrorList& errors) {
  if (profile.rules.first_boot) {
    for (std::string_view name :
         {"mbed.BootstrapServerURI", "mbed.BootstrapServerCACert", "mbed.BootstrapDeviceCert", "mbed.CurrentTime"}) {
      need_item(profile, name, "first-boot", errors);
    }
  }
  if (!profile.rules.lwm2m_device) return;
  for (std::string_view name : {"mbed.UseBootstrap", "mbed.EndpointName", "mbed.Manufacturer", "mbed.ModelNumber",
                                "mbed.DeviceType", "mbed.HardwareVersion", "mbed.MemoryTotalKB", "mbed.SerialNumber"}) {
    need_item(profile, name, "lwm2m-device", errors);
  }
  const auto& purposes = profile.certificate.extended_key_usage;
  const base::Bytes client_auth = base::to_bytes(oids::kClientAuth);
  if (std::find(purposes.begin(), purposes.end(), client_auth) == purposes.end()) {
    errors.add(profile.certificate.line, "certificate.extended-key-usage",
               "lacks client-auth, which the rule set \"lwm2m-device\" demands",
               "write extended-key-usage = [\"client-auth\"]");
  }
  if (!has_attribute(profile.certificate, "CN")) {
    errors.add(profile.certificate.line, "certificate.subject", "lacks CN, which the rule set \"lwm2m-device\" demands",
               "add { CN = ... } with the endpoint name");
  }
}

}  // namespace

void check_profile(const Profile::Data& profile, ErrorList& errors) {
  const CertificateSpec& certificate = profile.certificate;
  if (certificate.names_nothing) {
    errors.add(certificate.line, "certificate.subject", "neither a subject nor a san names the unit",
               "add { CN = \"{serial}\" } to the subject");
  }
  if (profile.rules.ieee_802_1ar && certificate.line > 0) check_802_1ar(profile, errors);
  check_items_sets(profile, errors);
}

}  // namespace cert
