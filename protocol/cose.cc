#include "protocol/cose.h"

#include "protocol/cbor.h"
#include "protocol/crypto.h"

namespace protocol {

using base::ErrorCode;
using base::fail;

namespace {

constexpr uint64_t kCoseSign1Tag = 18;
constexpr uint8_t kCoseSign1TagByte = 0xD2;                // the tag as it is encoded
constexpr uint8_t kProtectedEs256[] = {0xA1, 0x01, 0x26};  // {1: -7}

// Digest of the Sig_structure (RFC 9052 section 4.4): ["Signature1", protected, external_aad, payload].
// Its heads are written, its strings streamed, so that no buffer has to hold it.
base::Status signed_digest(base::Text label, ByteView payload, Digest& digest) {
  base::ByteArray<64> buffer;
  CborWriter start(buffer);
  start.array(4);
  start.value(std::string_view("Signature1"));
  start.value(ByteView(kProtectedEs256));
  start.value(base::as_bytes(label));
  BASE_ASSIGN(const ByteView head, start.finish());
  Sha256 hash;
  hash.update(head);
  BASE_ASSIGN(const ByteView length, byte_string_head(payload.size(), buffer));
  hash.update(length).update(payload).finish(digest);
  return {};
}

}  // namespace

Result<ByteView> cose_sign1(psa_key_id_t key, base::Text label, ByteView payload, MutableBytes out) {
  Digest digest;
  BASE_TRY(signed_digest(label, payload, digest));
  base::ByteArray<kSignatureSize> signature;
  size_t size = 0;
  const psa_status_t status = psa_sign_hash(key, PSA_ALG_ECDSA(PSA_ALG_SHA_256), digest.data(), digest.size(),
                                            signature.data(), signature.size(), &size);
  if (status != PSA_SUCCESS || size != signature.size()) return fail(ErrorCode::kCrypto);
  CborWriter w(out);
  w.tag(kCoseSign1Tag);
  w.array(4);
  w.value(ByteView(kProtectedEs256));
  w.map(0);
  w.value(payload);
  w.value(ByteView(signature));
  return w.finish();
}

Result<ByteView> cose_verify1(const PublicKey& key, std::string_view label, ByteView message) {
  if (message.empty() || message[0] != kCoseSign1TagByte) return fail(ErrorCode::kCborMalformed);
  CborReader r(message.subspan(1), CborReader::Container::kArray);
  const ByteView protected_header = r.take_bytes(0, 64);
  (void)r.take_container(CborReader::Container::kMap);
  const ByteView payload = r.take_bytes(0, message.size());
  const ByteView signature = r.take_bytes(kSignatureSize, kSignatureSize);
  if (r.failed() || r.more()) return fail(ErrorCode::kCborMalformed);
  if (!base::equal(protected_header, kProtectedEs256)) return fail(ErrorCode::kUnsupported);

  Digest digest;
  BASE_TRY(signed_digest(label, payload, digest));
  VolatileKey verifier;
  if (verifier.import(kP256PublicKey, PSA_KEY_USAGE_VERIFY_HASH, PSA_ALG_ECDSA(PSA_ALG_SHA_256), key) != PSA_SUCCESS) {
    return fail(ErrorCode::kCrypto);
  }
  const psa_status_t status = psa_verify_hash(verifier.id(), PSA_ALG_ECDSA(PSA_ALG_SHA_256), digest.data(),
                                              digest.size(), signature.data(), signature.size());
  if (status != PSA_SUCCESS) {
    return fail(status == PSA_ERROR_INVALID_SIGNATURE ? ErrorCode::kSignatureInvalid : ErrorCode::kCrypto);
  }
  return payload;
}

}  // namespace protocol
