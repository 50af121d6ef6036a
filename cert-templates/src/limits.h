// Limits of this folder. Those that the wire has too are asserted equal to protocol/messages.h by item_rules_test.cc,
// because this folder includes nothing but base.
#pragma once

#include <cstddef>

namespace cert {

inline constexpr size_t kMaxProfileBytes = 256 * 1024;
inline constexpr size_t kMaxItemNameLength = 100;
inline constexpr size_t kMaxItemValueSize = 2048;
inline constexpr size_t kMaxItemCount = 48;
inline constexpr size_t kMaxUnitSerialLength = 64;
inline constexpr size_t kMaxSubjectDerSize = 256;
inline constexpr size_t kMaxCertificateSize = kMaxItemValueSize;  // it is delivered as an item
inline constexpr size_t kMaxSerialNumberOctets = 20;              // RFC 5280 section 4.1.2.2

}  // namespace cert
