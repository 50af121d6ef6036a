#include "entropy/device/ctr_drbg.h"

#include "base/secure.h"

namespace entropy {

using base::ByteView;
using base::ErrorCode;
using base::fail;
using base::MutableBytes;
using base::Status;

// AES-256, never the 128-bit variant that Mbed TLS can be built with.
static_assert(MBEDTLS_CTR_DRBG_KEYSIZE == 32);
static_assert(MBEDTLS_CTR_DRBG_SEEDLEN == 48);

CtrDrbg::CtrDrbg() { mbedtls_ctr_drbg_init(&context_); }

CtrDrbg::~CtrDrbg() { uninstantiate(); }

void CtrDrbg::uninstantiate() {
  mbedtls_ctr_drbg_free(&context_);  // zeroizes
  pending_ = {};
  requests_ = 0;
  instantiated_ = false;
}

// Mbed TLS pulls its entropy; ours is given. A pull that asks for anything but what is pending is an
// error, so no call can reseed from bytes that nobody meant for it.
int CtrDrbg::give_entropy(void* self, unsigned char* out, size_t size) {
  auto& drbg = *static_cast<CtrDrbg*>(self);
  if (drbg.pending_.empty() || drbg.pending_.size() != size) return MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED;
  base::copy({out, size}, drbg.pending_);
  drbg.pending_ = {};
  return 0;
}

Status CtrDrbg::instantiate(ByteView entropy, ByteView nonce, ByteView personalization) {
  // Checked one by one, so that no sum can wrap.
  if (entropy.empty() || entropy.size() > kMaxSeedMaterial || nonce.size() > kMaxSeedMaterial - entropy.size() ||
      personalization.size() > kMaxSeedMaterial - entropy.size() - nonce.size()) {
    return fail(ErrorCode::kInvalidArgument);
  }
  uninstantiate();
  mbedtls_ctr_drbg_init(&context_);

  // Nonce and personalization string stand next to each other in seed_material, so they go in as one
  // "custom" string and the callback is asked for the entropy input alone.
  uint8_t custom[kMaxSeedMaterial];
  base::WipeOnExit wipe(custom);
  base::copy(custom, nonce);
  base::copy(MutableBytes(custom).subspan(nonce.size()), personalization);
  mbedtls_ctr_drbg_set_entropy_len(&context_, entropy.size());
  if (mbedtls_ctr_drbg_set_nonce_len(&context_, 0) != 0) return fail(ErrorCode::kCrypto);
  pending_ = entropy;
  const int result =
      mbedtls_ctr_drbg_seed(&context_, give_entropy, this, custom, nonce.size() + personalization.size());
  pending_ = {};
  if (result != 0) {
    uninstantiate();
    return fail(ErrorCode::kCrypto);
  }
  mbedtls_ctr_drbg_set_reseed_interval(&context_, static_cast<int>(kMaxRequests));
  instantiated_ = true;
  return {};
}

Status CtrDrbg::reseed(ByteView entropy, ByteView additional) {
  if (!instantiated_) return fail(ErrorCode::kBadState);
  if (entropy.empty() || entropy.size() > kMaxSeedMaterial || additional.size() > kMaxSeedMaterial - entropy.size()) {
    return fail(ErrorCode::kInvalidArgument);
  }
  mbedtls_ctr_drbg_set_entropy_len(&context_, entropy.size());
  pending_ = entropy;
  const int result = mbedtls_ctr_drbg_reseed(&context_, additional.data(), additional.size());
  pending_ = {};
  if (result != 0) return fail(ErrorCode::kCrypto);
  requests_ = 0;
  return {};
}

Status CtrDrbg::generate(MutableBytes out, ByteView additional) {
  if (!instantiated_) return fail(ErrorCode::kBadState);
  if (out.size() > kMaxRequest || additional.size() > MBEDTLS_CTR_DRBG_MAX_INPUT) {
    return fail(ErrorCode::kInvalidArgument);
  }
  if (requests_ >= kMaxRequests) return fail(ErrorCode::kReseedRequired);
  if (mbedtls_ctr_drbg_random_with_add(&context_, out.data(), out.size(), additional.data(), additional.size()) != 0) {
    base::secure_wipe(out);
    return fail(ErrorCode::kCrypto);
  }
  ++requests_;
  return {};
}

}  // namespace entropy
