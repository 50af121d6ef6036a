#include "protocol/crypto.h"

namespace protocol {

using base::ByteView;
using base::ErrorCode;
using base::fail;

namespace {

// PSA takes pointers that it may hand to memcpy, which wants none to be null.
constexpr uint8_t kNothing = 0;
const uint8_t* data_of(ByteView bytes) { return bytes.empty() ? &kNothing : bytes.data(); }

class Derivation {
 public:
  ~Derivation() { (void)psa_key_derivation_abort(&operation_); }
  psa_status_t input(psa_key_derivation_step_t step, ByteView bytes) {
    return psa_key_derivation_input_bytes(&operation_, step, data_of(bytes), bytes.size());
  }
  psa_status_t run(ByteView salt, ByteView secret, ByteView info, base::MutableBytes out) {
    psa_status_t status = psa_key_derivation_setup(&operation_, PSA_ALG_HKDF(PSA_ALG_SHA_256));
    if (status == PSA_SUCCESS) status = input(PSA_KEY_DERIVATION_INPUT_SALT, salt);
    if (status == PSA_SUCCESS) status = input(PSA_KEY_DERIVATION_INPUT_SECRET, secret);
    if (status == PSA_SUCCESS) status = input(PSA_KEY_DERIVATION_INPUT_INFO, info);
    if (status == PSA_SUCCESS) status = psa_key_derivation_output_bytes(&operation_, out.data(), out.size());
    return status;
  }

 private:
  psa_key_derivation_operation_t operation_ = PSA_KEY_DERIVATION_OPERATION_INIT;
};

}  // namespace

Sha256::Sha256() : status_(psa_hash_setup(&operation_, PSA_ALG_SHA_256)) {}

Sha256::Sha256(std::string_view label) : Sha256() {
  be(static_cast<uint8_t>(label.size()));
  update(base::as_bytes(label));
}

Sha256& Sha256::update(ByteView data) {
  if (status_ == PSA_SUCCESS && !data.empty()) status_ = psa_hash_update(&operation_, data.data(), data.size());
  return *this;
}

base::Result<base::ByteArray<32>> Sha256::finish() {
  base::ByteArray<32> digest;
  size_t size = 0;
  if (status_ == PSA_SUCCESS) status_ = psa_hash_finish(&operation_, digest.data(), digest.size(), &size);
  if (status_ != PSA_SUCCESS) return fail(ErrorCode::kCrypto);
  return digest;
}

base::Status hkdf_sha256(ByteView salt, ByteView secret, ByteView info, base::MutableBytes out) {
  Derivation derivation;
  if (derivation.run(salt, secret, info, out) != PSA_SUCCESS) return fail(ErrorCode::kCrypto);
  return {};
}

psa_status_t VolatileKey::import(psa_key_type_t type, psa_key_usage_t usage, psa_algorithm_t algorithm, ByteView data) {
  reset();
  psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
  psa_set_key_type(&attributes, type);
  psa_set_key_usage_flags(&attributes, usage);
  psa_set_key_algorithm(&attributes, algorithm);
  return psa_import_key(&attributes, data_of(data), data.size(), &id_);
}

psa_status_t VolatileKey::generate_p256(psa_key_usage_t usage, psa_algorithm_t algorithm) {
  reset();
  psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
  psa_set_key_type(&attributes, kP256KeyPair);
  psa_set_key_bits(&attributes, 256);
  psa_set_key_usage_flags(&attributes, usage);
  psa_set_key_algorithm(&attributes, algorithm);
  return psa_generate_key(&attributes, &id_);
}

void VolatileKey::reset() {
  if (id_ != PSA_KEY_ID_NULL) (void)psa_destroy_key(id_);
  id_ = PSA_KEY_ID_NULL;
}

}  // namespace protocol
