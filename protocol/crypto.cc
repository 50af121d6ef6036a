#include "protocol/crypto.h"

namespace protocol {

psa_status_t VolatileKey::import(psa_key_type_t type, psa_key_usage_t usage, psa_algorithm_t algorithm,
                                 base::ByteView data) {
  reset();
  psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
  psa_set_key_type(&attributes, type);
  psa_set_key_usage_flags(&attributes, usage);
  psa_set_key_algorithm(&attributes, algorithm);
  return psa_import_key(&attributes, data.data(), data.size(), &id_);
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
