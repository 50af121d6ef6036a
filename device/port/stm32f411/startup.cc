// The vector table, and what happens between reset and run_firmware().
#include "device/port/stm32f411/startup.h"

#include <cstdint>

#include "device/port/stm32f411/faults.h"
#include "device/port/stm32f411/registers.h"

extern "C" {

void fault_handler();
void systick_handler();
void usart2_handler();
void dma1_stream6_handler();

// Of the linker script.
extern uint32_t stack_top[];
extern uint32_t data_start[];
extern uint32_t data_end[];
extern const uint32_t data_image[];
extern uint32_t bss_start[];
extern uint32_t bss_end[];

// SRAM outside .data and .bss stays as it is: noise.cc takes what varies in it, .noinit holds the fault record.
// There are no constructors to run; the linker script sees to it.
[[noreturn, gnu::used]] void reset_handler() {
  const uint32_t* from = data_image;
  for (uint32_t* to = data_start; to < data_end; ++to) *to = *from++;
  for (uint32_t* to = bss_start; to < bss_end; ++to) *to = 0;
  __asm__ volatile("" : : : "memory");  // what is read from here on was written above
  stm32f411::enable_faults();
  run_firmware();
}

// Mbed TLS ends here when it finds its pool damaged: recorded as a usage fault.
[[noreturn, gnu::used]] void exit(int /*status*/) { __builtin_trap(); }

}  // extern "C"

namespace {

using Handler = void (*)();

constexpr unsigned kSystemVectors = 16;

struct VectorTable {
  uint32_t* initial_stack;
  Handler handlers[kSystemVectors - 1 + stm32f411::kInterruptCount];
};

constexpr VectorTable make_table() {
  VectorTable table{};
  table.initial_stack = stack_top;
  for (Handler& handler : table.handlers) handler = fault_handler;
  const auto exception = [&table](unsigned number) -> Handler& { return table.handlers[number - 1]; };
  exception(1) = reset_handler;
  exception(15) = systick_handler;
  exception(kSystemVectors + stm32f411::kDma1Stream6Interrupt) = dma1_stream6_handler;
  exception(kSystemVectors + stm32f411::kUsart2Interrupt) = usart2_handler;
  return table;
}

[[gnu::section(".isr_vector"), gnu::used]] constinit const VectorTable g_vectors = make_table();
static_assert(sizeof g_vectors == 4 * (kSystemVectors + stm32f411::kInterruptCount));

}  // namespace
