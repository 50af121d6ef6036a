// Sends back what it gets, looking at the status register all the time; 16 MHz, 115,200 baud.
#include "nucleo.h"

int main(void) {
  usart2_pins();
  USART2_BRR = 139;
  USART2_CR1 = 1u << 13 | 1u << 3 | 1u << 2;
  print("ready\n");
  for (;;) {
    if ((USART2_SR & 0x20u) != 0) put((char)USART2_DR);
  }
}
