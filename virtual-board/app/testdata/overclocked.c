// 64 MHz of HSI without the wait state that flash needs for it: runs on a desk sometimes, and not in the field.
#include "nucleo.h"

int main(void) {
  RCC_PLLCFGR = 8u | 128u << 6 | 1u << 16 | 6u << 24;
  RCC_CR |= 1u << 24;
  while ((RCC_CR & 1u << 25) == 0) {
  }
  RCC_CFGR = 4u << 10;
  RCC_CFGR |= 2u;
  for (;;) {
  }
}
