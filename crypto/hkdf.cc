#include "crypto/hkdf.h"

#include <algorithm>

#include "base/secure.h"
#include "crypto/hmac.h"

namespace crypto {

using base::ByteView;

namespace {

constexpr size_t kBlockSize = 64;  // of SHA-256

}  // namespace

void hmac_sha256(ByteView key, std::initializer_list<ByteView> parts, std::span<uint8_t, kDigestSize> mac) {
  base::SecretBytes<kBlockSize> pad;
  if (key.size() > kBlockSize) {
    Sha256().update(key).finish(pad.span().first<kDigestSize>());
  } else {
    base::copy(pad.span(), key);
  }
  for (uint8_t& byte : pad.span()) byte ^= 0x36;
  Sha256 inner;
  inner.update(pad.view());
  for (const ByteView part : parts) inner.update(part);
  inner.finish(mac);
  for (uint8_t& byte : pad.span()) byte ^= 0x36 ^ 0x5C;
  Sha256().update(pad.view()).update(mac).finish(mac);
}

void hkdf_sha256(ByteView salt, ByteView secret, ByteView info, base::MutableBytes out) {
  base::SecretBytes<kDigestSize> extracted;
  hmac_sha256(salt, {secret}, extracted.span());
  base::SecretBytes<kDigestSize> block;
  ByteView previous;
  for (uint8_t counter = 1; !out.empty(); ++counter) {
    hmac_sha256(extracted.view(), {previous, info, ByteView(&counter, 1)}, block.span());
    previous = block.view();
    const size_t taken = std::min(out.size(), kDigestSize);
    base::copy(out, previous.first(taken));
    out = out.subspan(taken);
  }
}

}  // namespace crypto
