#include "device/port/linux/chip_id.h"

#include <mbedtls/sha256.h>

#include <cerrno>
#include <cstring>

#include "base/hex.h"
#include "device/port/linux/file.h"

namespace device {
namespace {

using base::ByteView;
using base::ErrorCode;
using base::Result;

constexpr std::string_view kLabel = "factory-line chip id v1";

// A serial number that every unit of a vendor has is worse than none.
bool is_filler(std::string_view text) {
  constexpr std::string_view kFillers[] = {
      "uninitialized", "None", "Not Specified", "Default string", "To Be Filled By O.E.M.", "System Serial Number"};
  for (const std::string_view filler : kFillers) {
    if (text == filler) return true;
  }
  // One character throughout, separators aside: 0000..., ffff..., 00000000-0000-...
  char only = 0;
  for (const char c : text) {
    if (c == '-' || c == ' ') continue;
    if (only == 0) only = c;
    if (c != only) return false;
  }
  return true;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kEnds(" \t\r\n\0", 5);  // device tree strings end with a zero byte
  const size_t first = text.find_first_not_of(kEnds);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kEnds) - first + 1);
}

}  // namespace

Result<ByteView> read_chip_id(const LinuxConfig& config, ChipId& id, Diagnostic& diagnostic) {
  if (!config.chip_id.empty()) return base::hex_decode(config.chip_id.view(), id);

  uint8_t buffer[4097];
  const char* const path = config.chip_id_file.c_str();
  const auto size = read_file(path, buffer);
  if (!size) {
    return diagnostic.fail(ErrorCode::kConfiguration, "%.150s: chip-id-file cannot be read: %s", path,
                           std::strerror(errno));
  }
  const std::string_view text = trim(base::as_text(ByteView(buffer, *size)));
  if (*size == sizeof buffer || is_filler(text)) {
    return diagnostic.fail(
        ErrorCode::kConfiguration,
        "%.120s: holds no usable identity (empty, too long or a vendor's filler); set chip-id or another "
        "chip-id-file",
        path);
  }
  uint8_t digest[32];
  mbedtls_sha256_context context;
  mbedtls_sha256_init(&context);
  const bool hashed = mbedtls_sha256_starts(&context, 0) == 0 &&
                      mbedtls_sha256_update(&context, base::as_bytes(kLabel).data(), kLabel.size()) == 0 &&
                      mbedtls_sha256_update(&context, base::as_bytes(text).data(), text.size()) == 0 &&
                      mbedtls_sha256_finish(&context, digest) == 0;
  mbedtls_sha256_free(&context);
  if (!hashed) return diagnostic.fail(ErrorCode::kCrypto, "SHA-256 failed");
  base::copy(id, ByteView(digest).first(id.size()));
  return ByteView(id);
}

}  // namespace device
