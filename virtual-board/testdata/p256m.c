// What the cycle model is held against: p256-m at 100 MHz, as its README measured it on this chip. Logs the cycles of a
// key generation and of a signature, behind what each returned.
#include <stdint.h>

#include "p256-m.h"

#define REGISTER(address) (*(volatile uint32_t*)(address))
#define LOG ((volatile uint32_t*)0x20010000)

extern uint32_t bss_begin, bss_end;

// The library asks for these two. Any bytes do: its time does not depend on them.
int psa_generate_random(uint8_t* output, unsigned size) {
  static uint32_t state = 12345;
  for (unsigned i = 0; i < size; i++) {
    state = state * 1664525 + 1013904223;
    output[i] = (uint8_t)(state >> 24);
  }
  return 0;
}

void mbedtls_platform_zeroize(void* bytes, unsigned size) {
  volatile uint8_t* at = bytes;
  while (size-- != 0) *at++ = 0;
}

static void run_at_100_mhz(void) {
  REGISTER(0x40023C00) = 0x703;      // FLASH_ACR: 3 wait states, prefetch, both caches
  REGISTER(0x40023840) |= 1u << 28;  // PWR
  REGISTER(0x40007000) = 0xC000;     // voltage scale 1
  REGISTER(0x40023800) |= 0x50000;   // HSE, from outside
  while ((REGISTER(0x40023800) & 0x20000) == 0) {
  }
  REGISTER(0x40023804) = 4 | 200 << 6 | 1 << 16 | 1 << 22 | 4 << 24;
  REGISTER(0x40023800) |= 1u << 24;
  while ((REGISTER(0x40023800) & 1u << 25) == 0) {
  }
  REGISTER(0x40023808) = 0x1000 | 2;
  while ((REGISTER(0x40023808) & 0xC) != 8) {
  }
}

static uint8_t private_key[32], public_key[64], signature[64], hash[32];

void reset(void) {
  for (uint32_t* word = &bss_begin; word < &bss_end; word++) *word = 0;
  run_at_100_mhz();
  REGISTER(0xE000EDFC) = 1u << 24;
  REGISTER(0xE0001000) = 1;
  uint32_t start = REGISTER(0xE0001004);
  LOG[0] = (uint32_t)p256_gen_keypair(private_key, public_key);
  LOG[1] = REGISTER(0xE0001004) - start;
  start = REGISTER(0xE0001004);
  LOG[2] = (uint32_t)p256_ecdsa_sign(signature, private_key, hash, sizeof hash);
  LOG[3] = REGISTER(0xE0001004) - start;
  LOG[4] = 0x600D600D;
  for (;;) {
  }
}

__attribute__((section(".vectors"), used)) static const uint32_t* const vectors[] = {(const uint32_t*)0x20008000,
                                                                                     (const uint32_t*)reset};
