// Counts its starts in the last sector of flash, one word each, says the number, and does as it is told: 'r' resets,
// 'c' crashes, 'n' programs the next word, 'p' turns read protection on.
#include "nucleo.h"

#define FIRST ((volatile uint32_t*)0x08060000)

static uint32_t count_words(void) {
  uint32_t count = 0;
  while (FIRST[count] == 0) ++count;
  return count;
}

static void program_next(void) {
  FLASH_CR = 2u << 8 | 1u;
  FIRST[count_words()] = 0;
  while ((FLASH_SR & 1u << 16) != 0) {
  }
  FLASH_CR = 0;
}

int main(void) {
  FLASH_KEYR = 0x45670123u;
  FLASH_KEYR = 0xCDEF89ABu;
  program_next();
  usart2_pins();
  USART2_BRR = 139;
  USART2_CR1 = 1u << 13 | 1u << 3 | 1u << 2;
  for (;;) {
    print("boot ");
    print_number(count_words());
    print("\n");
    while ((USART2_SR & 0x20u) == 0) {
    }
    switch (USART2_DR) {
      case 'r':
        SCB_AIRCR = 0x05FA0004u;
        break;
      case 'c':
        (void)REG(0x60000000);
        break;
      case 'n':
        program_next();
        break;
      case 'p':
        FLASH_OPTKEYR = 0x08192A3Bu;
        FLASH_OPTKEYR = 0x4C5D6E7Fu;
        FLASH_OPTCR = (FLASH_OPTCR & ~0xFF00u) | 0x5500u;
        FLASH_OPTCR |= 2u;
        while ((FLASH_SR & 1u << 16) != 0) {
        }
        break;
      default:
        break;
    }
  }
}
