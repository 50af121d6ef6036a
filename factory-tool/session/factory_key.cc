#include "factory-tool/session/factory_key.h"

#include <psa/crypto.h>

namespace factory {

base::Outcome<FactoryKey> FactoryKey::generate() {
  psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
  psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
  psa_set_key_bits(&attributes, 256);
  psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_EXPORT);
  FactoryKey key;
  psa_key_id_t id = PSA_KEY_ID_NULL;
  psa_status_t status = psa_generate_key(&attributes, &id);
  size_t size = 0;
  if (status == PSA_SUCCESS) status = psa_export_key(id, key.scalar_.span().data(), key.scalar_.size(), &size);
  if (status == PSA_SUCCESS) status = psa_export_public_key(id, key.public_key_.data(), key.public_key_.size(), &size);
  psa_destroy_key(id);
  if (status != PSA_SUCCESS) {
    return base::failure(base::ErrorCode::kCrypto,
                         "no key could be made for the unit (PSA status " + std::to_string(status) + ")");
  }
  return key;
}

}  // namespace factory
