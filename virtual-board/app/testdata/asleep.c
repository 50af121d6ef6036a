// Sleeps for ever: no clock runs and no interrupt is on.
#include "nucleo.h"

int main(void) {
  for (;;) __asm__ volatile("wfi");
}
