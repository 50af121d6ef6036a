// Object identifiers, as the content octets of their DER encoding.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/host/bytes_host.h"

namespace cert::oids {

// Keys and signatures (RFC 5480, RFC 5758).
inline constexpr uint8_t kEcPublicKey[] = {0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01};
inline constexpr uint8_t kPrime256v1[] = {0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};
inline constexpr uint8_t kEcdsaWithSha256[] = {0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02};
inline constexpr uint8_t kRsaEncryption[] = {0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01};

// Extensions (RFC 5280 section 4.2).
inline constexpr uint8_t kSubjectKeyIdentifier[] = {0x55, 0x1D, 0x0E};
inline constexpr uint8_t kKeyUsage[] = {0x55, 0x1D, 0x0F};
inline constexpr uint8_t kSubjectAltName[] = {0x55, 0x1D, 0x11};
inline constexpr uint8_t kIssuerAltName[] = {0x55, 0x1D, 0x12};
inline constexpr uint8_t kBasicConstraints[] = {0x55, 0x1D, 0x13};
inline constexpr uint8_t kNameConstraints[] = {0x55, 0x1D, 0x1E};
inline constexpr uint8_t kCrlDistributionPoints[] = {0x55, 0x1D, 0x1F};
inline constexpr uint8_t kCertificatePolicies[] = {0x55, 0x1D, 0x20};
inline constexpr uint8_t kPolicyMappings[] = {0x55, 0x1D, 0x21};
inline constexpr uint8_t kAuthorityKeyIdentifier[] = {0x55, 0x1D, 0x23};
inline constexpr uint8_t kPolicyConstraints[] = {0x55, 0x1D, 0x24};
inline constexpr uint8_t kExtendedKeyUsage[] = {0x55, 0x1D, 0x25};
inline constexpr uint8_t kFreshestCrl[] = {0x55, 0x1D, 0x2E};
inline constexpr uint8_t kInhibitAnyPolicy[] = {0x55, 0x1D, 0x36};
inline constexpr uint8_t kAuthorityInfoAccess[] = {0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x01};
inline constexpr uint8_t kSubjectInfoAccess[] = {0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x0B};

// Other.
inline constexpr uint8_t kHardwareModuleName[] = {0x2B, 0x06, 0x01, 0x05,
                                                  0x05, 0x07, 0x08, 0x04};  // RFC 4108 section 5
inline constexpr uint8_t kClientAuth[] = {0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02};
inline constexpr uint8_t kServerAuth[] = {0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01};
inline constexpr uint8_t kCommonName[] = {0x55, 0x04, 0x03};
inline constexpr uint8_t kSerialNumber[] = {0x55, 0x04, 0x05};
inline constexpr uint8_t kCountryName[] = {0x55, 0x04, 0x06};
inline constexpr uint8_t kOrganizationalUnit[] = {0x55, 0x04, 0x0B};

// "1.3.6.1.5" to content octets; nothing where it is no valid OID (X.660: first arc 0 to 2, second below 40 for 0 and
// 1).
[[nodiscard]] std::optional<base::Bytes> parse(std::string_view dotted);
// Content octets to "1.3.6.1.5"; "?" where malformed or an arc exceeds 64 bits.
[[nodiscard]] std::string to_text(base::ByteView content);

}  // namespace cert::oids
