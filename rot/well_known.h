// Names and numbers by which agent and client find what the factory put on the chip.
#pragma once

#include <cstdint>
#include <string_view>

namespace rot {

// PSA key id of the unit's identity key pair (P-256, ECDSA with SHA-256, not exportable). Vendor range of PSA is
// 0x40000000 and up; this is in the application range.
inline constexpr uint32_t kIdentityKeyId = 0x00000001;

// The agent's own records in the identity store; '~' keeps them apart from the items of the product.
inline constexpr std::string_view kTransactionItem = "~tx";     // transaction id 16, then the serial number
inline constexpr std::string_view kSeedItem = "~seed";          // transaction id 16, then the seed's commitment 32
inline constexpr std::string_view kPublicKeyItem = "~key";      // public key 65
inline constexpr std::string_view kCommitItem = "~commit";      // item count 2, items digest 32
inline constexpr std::string_view kProtectionItem = "~protect";  // read protection that the lock ends with 1

// Items of the product that the client itself uses.
inline constexpr std::string_view kCertificateItem = "mbed.BootstrapDeviceCert";        // DER
inline constexpr std::string_view kIssuerChainItem = "mbed.BootstrapDeviceCertChain";   // DER, issuer first, concatenated
inline constexpr std::string_view kServerUriItem = "mbed.BootstrapServerURI";           // "https://host:port"
inline constexpr std::string_view kServerCaItem = "mbed.BootstrapServerCACert";         // DER
inline constexpr std::string_view kCurrentTimeItem = "mbed.CurrentTime";                // u64 big-endian, seconds since 1970

}  // namespace rot
