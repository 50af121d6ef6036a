#include "rot/keys.h"

#include <psa/crypto.h>

namespace rot {

using base::ErrorCode;
using base::fail;

namespace {

constexpr std::string_view kSalt = "factory-line rot 1";

Status info_digest(std::string_view purpose, std::string_view label, ByteView context,
                   std::span<uint8_t, 32> digest) {
  psa_hash_operation_t hash = PSA_HASH_OPERATION_INIT;
  const std::array<uint8_t, 2> lengths{static_cast<uint8_t>(purpose.size()), static_cast<uint8_t>(label.size())};
  psa_status_t status = psa_hash_setup(&hash, PSA_ALG_SHA_256);
  for (const ByteView part : {ByteView(lengths), base::as_bytes(purpose), base::as_bytes(label), context}) {
    if (status == PSA_SUCCESS && !part.empty()) status = psa_hash_update(&hash, part.data(), part.size());
  }
  size_t size = 0;
  if (status == PSA_SUCCESS) status = psa_hash_finish(&hash, digest.data(), digest.size(), &size);
  (void)psa_hash_abort(&hash);
  if (status != PSA_SUCCESS) return fail(ErrorCode::kCrypto);
  return {};
}

}  // namespace

Status derive(std::span<const uint8_t> secret, std::string_view purpose, std::string_view label, ByteView context,
              MutableBytes out) {
  if (label.size() > 255) return fail(ErrorCode::kInvalidArgument);
  std::array<uint8_t, 32> info;
  BASE_TRY(info_digest(purpose, label, context, info));
  psa_key_derivation_operation_t kdf = PSA_KEY_DERIVATION_OPERATION_INIT;
  const ByteView salt = base::as_bytes(kSalt);
  psa_status_t status = psa_key_derivation_setup(&kdf, PSA_ALG_HKDF(PSA_ALG_SHA_256));
  if (status == PSA_SUCCESS) {
    status = psa_key_derivation_input_bytes(&kdf, PSA_KEY_DERIVATION_INPUT_SALT, salt.data(), salt.size());
  }
  if (status == PSA_SUCCESS) {
    status = psa_key_derivation_input_bytes(&kdf, PSA_KEY_DERIVATION_INPUT_SECRET, secret.data(), secret.size());
  }
  if (status == PSA_SUCCESS) {
    status = psa_key_derivation_input_bytes(&kdf, PSA_KEY_DERIVATION_INPUT_INFO, info.data(), info.size());
  }
  if (status == PSA_SUCCESS) status = psa_key_derivation_output_bytes(&kdf, out.data(), out.size());
  (void)psa_key_derivation_abort(&kdf);
  if (status != PSA_SUCCESS) {
    base::secure_wipe(out);
    return fail(status == PSA_ERROR_INSUFFICIENT_DATA ? ErrorCode::kInvalidArgument : ErrorCode::kCrypto);
  }
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
