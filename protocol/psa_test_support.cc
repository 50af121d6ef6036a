#include "protocol/psa_test_support.h"

#include <psa/crypto.h>
#include <psa/internal_trusted_storage.h>

#include <cstdio>
#include <cstdlib>
#include <random>

namespace protocol::test {
namespace {

RandomScope::Draw current_draw = nullptr;
void* current_context = nullptr;

bool from_process_seed(void*, uint8_t* out, size_t size) {
  static std::mt19937_64 engine(process_seed());
  for (size_t i = 0; i < size; ++i) out[i] = static_cast<uint8_t>(engine());
  return true;
}

bool nothing(void*, uint8_t*, size_t) { return false; }

}  // namespace

uint64_t process_seed() {
  static const uint64_t seed = [] {
    const char* given = std::getenv("FACTORY_LINE_SEED");
    const uint64_t value = given != nullptr ? std::strtoull(given, nullptr, 0)
                                            : (uint64_t{std::random_device()()} << 32 | std::random_device()());
    std::printf("FACTORY_LINE_SEED=%llu\n", static_cast<unsigned long long>(value));
    std::fflush(stdout);
    return value;
  }();
  return seed;
}

void start_psa() {
  if (current_draw == nullptr) current_draw = from_process_seed;
  if (psa_crypto_init() != PSA_SUCCESS) std::abort();
}

RandomScope::RandomScope(Draw draw, void* context) {
  current_draw = draw;
  current_context = context;
}
RandomScope::~RandomScope() { current_draw = from_process_seed; }

UnseededScope::UnseededScope() { current_draw = nothing; }
UnseededScope::~UnseededScope() { current_draw = from_process_seed; }

}  // namespace protocol::test

extern "C" {

psa_status_t mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t*, uint8_t* output,
                                             size_t output_size, size_t* output_length) {
  using namespace protocol::test;
  if (current_draw == nullptr || !current_draw(current_context, output, output_size)) {
    return PSA_ERROR_INSUFFICIENT_ENTROPY;
  }
  *output_length = output_size;
  return PSA_SUCCESS;
}

// Only volatile keys here.
psa_status_t psa_its_set(psa_storage_uid_t, size_t, const void*, psa_storage_create_flags_t) {
  return PSA_ERROR_NOT_SUPPORTED;
}
psa_status_t psa_its_get(psa_storage_uid_t, size_t, size_t, void*, size_t*) { return PSA_ERROR_DOES_NOT_EXIST; }
psa_status_t psa_its_get_info(psa_storage_uid_t, psa_storage_info_t*) { return PSA_ERROR_DOES_NOT_EXIST; }
psa_status_t psa_its_remove(psa_storage_uid_t) { return PSA_ERROR_DOES_NOT_EXIST; }
}
