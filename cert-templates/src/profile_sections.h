// The readers of the tables of a profile; each reports its errors and goes on.
#pragma once

#include "cert-templates/src/profile_data.h"
#include "cert-templates/src/table_reader.h"

namespace cert {

// `placeholders`: what a text of the certificate or of an item may name.
void read_certificate_section(const TomlValue& table, std::span<const std::string_view> placeholders,
                              CertificateSpec& out, ErrorList& errors);
void read_items_section(const TomlValue& table, std::span<const std::string_view> placeholders,
                        std::vector<ItemSpec>& out, ErrorList& errors);

// What only shows when the whole is known: rule sets against fields.
void check_profile(const Profile::Data& profile, ErrorList& errors);

}  // namespace cert
