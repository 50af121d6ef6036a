#include "rot/keys.h"

#include "crypto/hkdf.h"
#include "crypto/sha256.h"

namespace rot {

using base::ErrorCode;
using base::fail;

namespace {

constexpr std::string_view kSalt = "factory-line rot 1";

}  // namespace

Status derive(std::span<const uint8_t> secret, base::Text purpose, base::Text label, ByteView context,
              MutableBytes out) {
  if (label.size() > 255 || out.size() > crypto::kMaxHkdfOutput) return fail(ErrorCode::kInvalidArgument);
  const std::array<uint8_t, 2> lengths{static_cast<uint8_t>(purpose.size()), static_cast<uint8_t>(label.size())};
  crypto::Sha256 info;
  info.update(lengths).update(base::as_bytes(purpose)).update(base::as_bytes(label)).update(context);
  crypto::hkdf_sha256(base::as_bytes(kSalt), secret, info.finish(), out);
  return {};
}

Status derive_root_key(std::span<const uint8_t, kShareSize> otp_share, std::span<const uint8_t, kShareSize> flash_share,
                       ByteView chip_id, RootKey& key) {
  base::SecretBytes<2 * kShareSize> both;
  base::copy(both.span(), otp_share);
  base::copy(both.span().subspan(kShareSize), flash_share);
  return derive(both.view(), "hardware unique key", {}, chip_id, key.span());
}

Status set_store_key(const RootKey* root, ByteView chip_id, SivKey& key) {
  base::SecretBytes<kSivKeySize> bytes;
  const std::array<uint8_t, 32> nothing{};
  if (root) {
    BASE_TRY(derive(root->view(), "store", {}, {}, bytes.span()));
  } else {
    BASE_TRY(derive(nothing, "bootstrap store", {}, chip_id, bytes.span()));
  }
  return key.set(bytes.view());
}

}  // namespace rot
