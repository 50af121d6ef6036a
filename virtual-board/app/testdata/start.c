// Vectors and start-up of the test programs.
#include "nucleo.h"

extern uint32_t data_begin, data_end, data_load, bss_begin, bss_end, stack_top;

void reset_handler(void) {
  uint32_t* from = &data_load;
  for (uint32_t* to = &data_begin; to < &data_end;) *to++ = *from++;
  for (uint32_t* to = &bss_begin; to < &bss_end;) *to++ = 0;
  main();
  for (;;) {
  }
}

void default_handler(void) {
  for (;;) {
  }
}

// A fault of the handler of faults locks the core up.
void hard_fault_handler(void) { __asm__ volatile("udf #0"); }

void systick_handler(void) __attribute__((weak, alias("default_handler")));
void usart2_handler(void) __attribute__((weak, alias("default_handler")));

__attribute__((section(".vectors"), used)) static const void* const vectors[16 + 39] = {
    [0] = &stack_top,
    [1] = (void*)reset_handler,
    [2] = (void*)default_handler,
    [3] = (void*)hard_fault_handler,
    [15] = (void*)systick_handler,
    [16 + 38] = (void*)usart2_handler,
};
