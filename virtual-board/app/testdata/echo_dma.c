// Sends back what it gets, turned to upper case: 84 MHz, 921,600 baud, both directions by DMA, asleep between. A 'T' in
// a line of its own asks how many milliseconds the program has seen.
#include "nucleo.h"

#define RING 4096u

static volatile uint8_t ring[RING];
static uint8_t out[RING];
static uint32_t taken;
static volatile uint32_t milliseconds;

void systick_handler(void) { ++milliseconds; }

// The line fell silent: wakes the core, no more.
void usart2_handler(void) {
  (void)USART2_SR;
  (void)USART2_DR;
}

static void clock_84_mhz(void) {
  RCC_APB1ENR |= 1u << 28;
  PWR_CR = (PWR_CR & ~0xC000u) | 0x8000u;
  RCC_CR |= 1u << 18;
  RCC_CR |= 1u << 16;
  while ((RCC_CR & 1u << 17) == 0) {
  }
  RCC_PLLCFGR = 8u | 336u << 6 | 1u << 16 | 1u << 22 | 7u << 24;
  RCC_CR |= 1u << 24;
  while ((RCC_CR & 1u << 25) == 0) {
  }
  FLASH_ACR = 2u | 7u << 8;
  RCC_CFGR = 4u << 10;
  RCC_CFGR |= 2u;
  while ((RCC_CFGR & 0xCu) != 8u) {
  }
}

static void send(const uint8_t* bytes, uint32_t size) {
  USART2_SR = ~0x40u;
  DMA1_HIFCR = 0x3Fu << 16;
  DMA1_S6M0AR = (uint32_t)bytes;
  DMA1_S6NDTR = size;
  DMA1_S6CR = 4u << 25 | 1u << 10 | 1u << 6 | 1u;
  while ((DMA1_HISR & 1u << 21) == 0) __asm__ volatile("wfi");
}

static uint32_t take(void) {
  const uint32_t end = RING - DMA1_S5NDTR;
  uint32_t count = 0;
  while (taken != end) {
    uint8_t c = ring[taken];
    if (c >= 'a' && c <= 'z') c = (uint8_t)(c - 32);
    out[count++] = c;
    taken = (taken + 1) % RING;
  }
  return count;
}

static uint32_t number_text(uint32_t number) {
  uint8_t digits[10];
  uint32_t count = 0;
  do {
    digits[count++] = (uint8_t)('0' + number % 10);
    number /= 10;
  } while (number != 0);
  for (uint32_t i = 0; i < count; ++i) out[i] = digits[count - 1 - i];
  out[count] = '\n';
  return count + 1;
}

int main(void) {
  clock_84_mhz();
  usart2_pins();
  RCC_AHB1ENR |= 1u << 21;
  USART2_BRR = (42000000u + 460800u) / 921600u;
  DMA1_S5PAR = (uint32_t)&USART2_DR;
  DMA1_S5M0AR = (uint32_t)ring;
  DMA1_S5NDTR = RING;
  DMA1_S5CR = 4u << 25 | 1u << 10 | 1u << 8 | 1u;
  DMA1_S6PAR = (uint32_t)&USART2_DR;
  USART2_CR3 = 1u << 7 | 1u << 6;
  USART2_CR1 = 1u << 13 | 1u << 4 | 1u << 3 | 1u << 2;
  NVIC_ISER1 = 1u << (38 - 32);
  SYST_RVR = 84000u - 1u;
  SYST_CVR = 0;
  SYST_CSR = 7u;
  for (;;) {
    uint32_t count = take();
    if (count == 2 && out[0] == 'T' && out[1] == '\n') count = number_text(milliseconds);
    if (count != 0) {
      send(out, count);
    } else {
      __asm__ volatile("wfi");
    }
  }
}
