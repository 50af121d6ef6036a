// What the elliptic curve costs on the chip: a firmware that performs each operation of PSA Crypto on P-256 once and
// says on the serial line how many core cycles it took (DWT_CYCCNT), one "name cycles" a line, then "done". Runs on the
// virtual board and on a real one.
#include <psa/crypto.h>

#include "base/bytes.h"
#include "device/port/stm32f411/arena.h"
#include "device/port/stm32f411/clock.h"
#include "device/port/stm32f411/line.h"
#include "device/port/stm32f411/make_static.h"
#include "device/port/stm32f411/startup.h"
#include "device/port/stm32f411/timing.h"
#include "entropy/device/random_source.h"

namespace {

volatile uint32_t& reg(uint32_t address) { return *reinterpret_cast<volatile uint32_t*>(address); }

// DEMCR.TRCENA, DWT_CTRL.CYCCNTENA, DWT_CYCCNT (ARMv7-M Architecture Reference Manual, C1.8).
void start_cycles() {
  reg(0xE000'EDFC) = reg(0xE000'EDFC) | 1U << 24;
  reg(0xE000'1004) = 0;
  reg(0xE000'1000) = reg(0xE000'1000) | 1;
}
uint32_t cycles() { return reg(0xE000'1004); }

// Repeatable figures, not secrets.
class CountingSource final : public entropy::RandomSource {
 public:
  base::Status generate(base::MutableBytes out) override {
    for (uint8_t& byte : out) {
      state_ = state_ * 1664525U + 1013904223U;
      byte = static_cast<uint8_t>(state_ >> 24);
    }
    return {};
  }

 private:
  uint32_t state_ = 1;
};

class Report {
 public:
  explicit Report(stm32f411::Line& line) : line_(line) {}
  template <typename Operation>
  void measure(std::string_view name, Operation operation) {
    const uint32_t begin = cycles();
    const psa_status_t status = operation();
    const uint32_t taken = cycles() - begin;
    write(name);
    write(" ");
    if (status == PSA_SUCCESS) {
      number(taken);
    } else {
      write("failed");
    }
    write("\n");
  }
  void write(std::string_view text) { line_.write(base::as_bytes(text)); }

 private:
  void number(uint32_t value) {
    std::array<char, 10> digits;
    size_t at = digits.size();
    do {
      digits[--at] = static_cast<char>('0' + value % 10);
      value /= 10;
    } while (value != 0);
    write({&digits[at], digits.size() - at});
  }

  stm32f411::Line& line_;
};

constexpr psa_algorithm_t kEcdsa = PSA_ALG_ECDSA(PSA_ALG_SHA_256);

psa_status_t make_key(psa_key_usage_t usage, psa_algorithm_t algorithm, psa_key_id_t& key) {
  psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
  psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
  psa_set_key_bits(&attributes, 256);
  psa_set_key_usage_flags(&attributes, usage);
  psa_set_key_algorithm(&attributes, algorithm);
  return psa_generate_key(&attributes, &key);
}

psa_status_t import_public_key(base::ByteView point, psa_key_id_t& key) {
  psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
  psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1));
  psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_VERIFY_HASH);
  psa_set_key_algorithm(&attributes, kEcdsa);
  return psa_import_key(&attributes, point.data(), point.size(), &key);
}

}  // namespace

void run_firmware() {
  const stm32f411::Clocks clocks = stm32f411::start_clocks();
  stm32f411::start_timing(clocks.core_hz);
  auto& line = stm32f411::make_static<stm32f411::Line>();
  static base::ByteArray<64> ring;
  line.start(ring, clocks.apb1_hz, 115'200);
  stm32f411::give_arena<8192>();
  start_cycles();
  static CountingSource source;
  entropy::set_psa_random_source(&source);
  Report report(line);
  report.measure("psa_crypto_init", [] { return psa_crypto_init(); });

  psa_key_id_t signer = 0;
  psa_key_id_t verifier = 0;
  psa_key_id_t agreer = 0;
  static base::ByteArray<65> public_key;
  static base::ByteArray<64> signature;
  static base::ByteArray<32> data{1, 2, 3};
  size_t size = 0;
  report.measure("generate", [&] { return make_key(PSA_KEY_USAGE_SIGN_HASH, kEcdsa, signer); });
  report.measure("export_public",
                 [&] { return psa_export_public_key(signer, public_key.data(), public_key.size(), &size); });
  report.measure("sign", [&] {
    return psa_sign_hash(signer, kEcdsa, data.data(), data.size(), signature.data(), signature.size(), &size);
  });
  if (import_public_key(public_key, verifier) != PSA_SUCCESS) report.write("verifier failed\n");
  report.measure("verify", [&] {
    return psa_verify_hash(verifier, kEcdsa, data.data(), data.size(), signature.data(), signature.size());
  });
  if (make_key(PSA_KEY_USAGE_DERIVE, PSA_ALG_ECDH, agreer) != PSA_SUCCESS) report.write("agreer failed\n");
  report.measure("agree", [&] {
    return psa_raw_key_agreement(PSA_ALG_ECDH, agreer, public_key.data(), public_key.size(), data.data(), data.size(),
                                 &size);
  });
  report.write("done\n");
  for (;;) line.wait();
}
