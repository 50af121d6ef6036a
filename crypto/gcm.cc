#include "crypto/gcm.h"

#include <mbedtls/gcm.h>

namespace crypto {

using base::ByteView;
using base::MutableBytes;

namespace {

// A key for one message; wiped with it.
class Context {
 public:
  explicit Context(GcmKey key) {
    mbedtls_gcm_init(&raw_);
    ready_ = mbedtls_gcm_setkey(&raw_, MBEDTLS_CIPHER_ID_AES, key.data(), 8 * kGcmKeySize) == 0;
  }
  ~Context() { mbedtls_gcm_free(&raw_); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  [[nodiscard]] bool ready() const { return ready_; }
  [[nodiscard]] mbedtls_gcm_context* raw() { return &raw_; }

 private:
  mbedtls_gcm_context raw_;
  bool ready_;
};

}  // namespace

bool gcm_seal(GcmKey key, GcmNonce nonce, ByteView associated_data, ByteView plaintext, MutableBytes out) {
  Context context(key);
  return context.ready() &&
         mbedtls_gcm_crypt_and_tag(context.raw(), MBEDTLS_GCM_ENCRYPT, plaintext.size(), nonce.data(), nonce.size(),
                                   associated_data.data(), associated_data.size(), plaintext.data(), out.data(),
                                   kGcmTagSize, out.data() + plaintext.size()) == 0;
}

bool gcm_open(GcmKey key, GcmNonce nonce, ByteView associated_data, ByteView sealed, MutableBytes out) {
  if (sealed.size() < kGcmTagSize) return false;
  const size_t size = sealed.size() - kGcmTagSize;
  Context context(key);
  // Compares the tag in constant time and wipes what it decrypted where it differs.
  return context.ready() &&
         mbedtls_gcm_auth_decrypt(context.raw(), size, nonce.data(), nonce.size(), associated_data.data(),
                                  associated_data.size(), sealed.data() + size, kGcmTagSize, sealed.data(),
                                  out.data()) == 0;
}

}  // namespace crypto
