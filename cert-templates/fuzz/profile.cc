// Profiles from anywhere: parsing must end, and what parses must give items or an error.
#include "cert-templates/src/issuer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<cert::ProfileError> errors;
  const auto profile = cert::Profile::parse(text, "fuzz.toml", &errors);
  if (!profile) {
    if (errors.empty()) __builtin_trap();  // a refusal without a reason
    return 0;
  }
  cert::UnitValues unit{"SN-1", "00ff", "order", "batch", {}, 1795329678};
  const cert::CertificateSet certificates{{0x30, 0x00}, {{0x30, 0x00}}, {0x30, 0x00}, "https://localhost:1"};
  if (const auto items = profile->items(unit, certificates)) {
    (void)cert::check_items(*profile, *items, {}, unit.now);
  }
  return 0;
}
