#include "entropy/device/random_source.h"

#include <psa/crypto.h>

namespace entropy {
namespace {

RandomSource* g_source = nullptr;

}  // namespace

void set_psa_random_source(RandomSource* source) { g_source = source; }

RandomSource* psa_random_source() { return g_source; }

void stir_psa_random(base::ByteView data) {
  if (g_source != nullptr) g_source->stir(data);
}

}  // namespace entropy

// The hook of MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG. All or nothing: PSA takes no partial draw.
extern "C" psa_status_t mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t* /*context*/,
                                                        uint8_t* output, size_t output_size, size_t* output_length) {
  *output_length = 0;
  entropy::RandomSource* source = entropy::psa_random_source();
  if (source == nullptr) return PSA_ERROR_INSUFFICIENT_ENTROPY;
  if (!source->generate({output, output_size})) return PSA_ERROR_INSUFFICIENT_ENTROPY;
  *output_length = output_size;
  return PSA_SUCCESS;
}
