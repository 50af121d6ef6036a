// What the test programs use of the chip, from its reference manual; they know nothing else of where they run.
#ifndef NUCLEO_H
#define NUCLEO_H

#include <stdint.h>

#define REG(address) (*(volatile uint32_t*)(address))

#define RCC_CR REG(0x40023800)
#define RCC_PLLCFGR REG(0x40023804)
#define RCC_CFGR REG(0x40023808)
#define RCC_AHB1ENR REG(0x40023830)
#define RCC_APB1ENR REG(0x40023840)
#define PWR_CR REG(0x40007000)
#define FLASH_ACR REG(0x40023C00)
#define FLASH_KEYR REG(0x40023C04)
#define FLASH_OPTKEYR REG(0x40023C08)
#define FLASH_SR REG(0x40023C0C)
#define FLASH_CR REG(0x40023C10)
#define FLASH_OPTCR REG(0x40023C14)
#define GPIOA_MODER REG(0x40020000)
#define GPIOA_AFRL REG(0x40020020)
#define USART2_SR REG(0x40004400)
#define USART2_DR REG(0x40004404)
#define USART2_BRR REG(0x40004408)
#define USART2_CR1 REG(0x4000440C)
#define USART2_CR3 REG(0x40004414)
#define DMA1_HISR REG(0x40026004)
#define DMA1_HIFCR REG(0x4002600C)
#define DMA1_S5CR REG(0x40026088)
#define DMA1_S5NDTR REG(0x4002608C)
#define DMA1_S5PAR REG(0x40026090)
#define DMA1_S5M0AR REG(0x40026094)
#define DMA1_S6CR REG(0x400260A0)
#define DMA1_S6NDTR REG(0x400260A4)
#define DMA1_S6PAR REG(0x400260A8)
#define DMA1_S6M0AR REG(0x400260AC)
#define SYST_CSR REG(0xE000E010)
#define SYST_RVR REG(0xE000E014)
#define SYST_CVR REG(0xE000E018)
#define NVIC_ISER1 REG(0xE000E104)
#define SCB_AIRCR REG(0xE000ED0C)

extern int main(void);

static inline void usart2_pins(void) {
  RCC_AHB1ENR |= 1u << 0;
  RCC_APB1ENR |= 1u << 17;
  (void)RCC_APB1ENR;
  GPIOA_MODER = (GPIOA_MODER & ~0xF0u) | 0xA0u;
  GPIOA_AFRL = (GPIOA_AFRL & ~0xFF00u) | 0x7700u;
}

static inline void put(char c) {
  while ((USART2_SR & 0x80u) == 0) {
  }
  USART2_DR = (uint8_t)c;
}

static inline void print(const char* text) {
  while (*text != 0) put(*text++);
}

static inline void print_number(uint32_t number) {
  char digits[10];
  int count = 0;
  do {
    digits[count++] = (char)('0' + number % 10);
    number /= 10;
  } while (number != 0);
  while (count > 0) put(digits[--count]);
}

#endif
