#include "device/port/stm32f411/noise.h"

#include "base/secure.h"
#include "crypto/sha256.h"
#include "device/port/stm32f411/registers.h"
#include "device/port/stm32f411/timing.h"

// Of the linker script: SRAM that belongs to nobody.
extern "C" const uint8_t unused_ram_start[];
extern "C" const uint8_t unused_ram_end[];

namespace device {
namespace {

using stm32f411::adc1;
using stm32f411::bit;
using stm32f411::iwdg;

// A cell in some thirty starts differently from time to time: a thousand of them.
constexpr size_t kSramBytes = 4096;
constexpr int kAdcSamples = 64;
constexpr int kClockSamples = 8;
constexpr uint32_t kWaitLimit = 20'000;  // polls; what does not answer gives what it had

void hash_sram(crypto::Sha256& hash) {
  const auto unused = static_cast<size_t>(unused_ram_end - unused_ram_start);
  // The upper end: a larger program reaches it last.
  const size_t size = unused < kSramBytes ? unused : kSramBytes;
  hash.update({unused_ram_end - size, size});
}

// Temperature (channel 18) and reference (17) in turn, sampled faster than either settles.
void hash_adc(crypto::Sha256& hash) {
  constexpr uint32_t kAdc1Clock = bit(8);
  constexpr uint32_t kConverted = bit(1);
  constexpr uint32_t kStart = bit(30);
  constexpr uint32_t kOn = bit(0);
  stm32f411::set_bits(stm32f411::rcc().APB2ENR, kAdc1Clock);
  (void)stm32f411::rcc().APB2ENR;
  stm32f411::adc_ccr() = bit(23) | 1U << 16;  // both sensors on; a quarter of 100 MHz
  adc1().CR2 = kOn;
  for (int i = 0; i < kAdcSamples; ++i) {
    adc1().SQR3 = (i & 1) != 0 ? 17 : 18;
    stm32f411::set_bits(adc1().CR2, kStart);
    for (uint32_t wait = 0; wait < kWaitLimit && (adc1().SR & kConverted) == 0; ++wait) {
    }
    hash.be(adc1().DR);
  }
  adc1().CR2 = 0;
  stm32f411::adc_ccr() = 0;
  stm32f411::clear_bits(stm32f411::rcc().APB2ENR, kAdc1Clock);
}

// A write to the watchdog's prescaler takes some periods of the slow oscillator; the core's clock is read at both ends.
// The value that is written is the one that it has.
void hash_clocks(crypto::Sha256& hash) {
  for (int i = 0; i < kClockSamples; ++i) {
    hash.be(stm32f411::cycles_to_tick());
    iwdg().KR = 0x5555;
    iwdg().PR = iwdg().PR;
    for (uint32_t wait = 0; wait < kWaitLimit && iwdg().SR != 0; ++wait) {
    }
    hash.be(stm32f411::cycles_to_tick());
  }
}

}  // namespace

size_t Stm32Noise::collect(base::MutableBytes out) {
  crypto::Sha256 hash;
  hash_sram(hash);
  hash_adc(hash);
  hash_clocks(hash);
  hash.be(static_cast<uint32_t>(stm32f411::milliseconds()));

  base::SecretBytes<32> digest;
  hash.finish(digest.span());
  const size_t size = out.size() < digest.size() ? out.size() : digest.size();
  base::copy(out, digest.view().first(size));
  return size;
}

}  // namespace device
