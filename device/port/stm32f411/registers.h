// The registers that this port uses, by the names of RM0383 and of the Armv7-M Architecture Reference Manual. Flash
// and option bytes are not here: they belong to the root of trust (rot/port/stm32f411).
#pragma once

#include <cstddef>
#include <cstdint>

namespace stm32f411 {

using Register = volatile uint32_t;

[[nodiscard]] constexpr uint32_t bit(unsigned number) { return uint32_t{1} << number; }

inline void set_bits(Register& value, uint32_t bits) { value = value | bits; }
inline void clear_bits(Register& value, uint32_t bits) { value = value & ~bits; }
// Replaces the bits of `mask` by `bits`.
inline void replace_bits(Register& value, uint32_t mask, uint32_t bits) { value = (value & ~mask) | bits; }

// ---- reset and clock control, RM0383 section 6.3 ----
struct Rcc {
  Register CR, PLLCFGR, CFGR, CIR, AHB1RSTR, AHB2RSTR, reserved0[2];
  Register APB1RSTR, APB2RSTR, reserved1[2], AHB1ENR, AHB2ENR, reserved2[2];
  Register APB1ENR, APB2ENR, reserved3[2], AHB1LPENR, AHB2LPENR, reserved4[2];
  Register APB1LPENR, APB2LPENR, reserved5[2], BDCR, CSR;
};
static_assert(offsetof(Rcc, APB1ENR) == 0x40 && offsetof(Rcc, CSR) == 0x74);
inline Rcc& rcc() { return *reinterpret_cast<Rcc*>(0x4002'3800); }

// ---- power control, section 5.4 ----
struct Pwr {
  Register CR, CSR;
};
inline Pwr& pwr() { return *reinterpret_cast<Pwr*>(0x4000'7000); }

// ---- access control of flash, section 3.8.1: wait states and caches ----
inline Register& flash_acr() { return *reinterpret_cast<Register*>(0x4002'3C00); }

// ---- GPIO, section 8.4 ----
struct Gpio {
  Register MODER, OTYPER, OSPEEDR, PUPDR, IDR, ODR, BSRR, LCKR, AFRL, AFRH;
};
inline Gpio& gpio_a() { return *reinterpret_cast<Gpio*>(0x4002'0000); }

// ---- USART, section 19.6 ----
struct Usart {
  Register SR, DR, BRR, CR1, CR2, CR3, GTPR;
};
inline Usart& usart2() { return *reinterpret_cast<Usart*>(0x4000'4400); }

// ---- DMA, section 9.5 ----
struct DmaStream {
  Register CR, NDTR, PAR, M0AR, M1AR, FCR;
};
struct Dma {
  Register LISR, HISR, LIFCR, HIFCR;
  DmaStream stream[8];
};
static_assert(offsetof(Dma, stream[6]) == 0xA0);
inline Dma& dma1() { return *reinterpret_cast<Dma*>(0x4002'6000); }

// ---- ADC, section 11.12 ----
struct Adc {
  Register SR, CR1, CR2, SMPR1, SMPR2, JOFR[4], HTR, LTR, SQR1, SQR2, SQR3, JSQR, JDR[4], DR;
};
static_assert(offsetof(Adc, DR) == 0x4C);
inline Adc& adc1() { return *reinterpret_cast<Adc*>(0x4001'2000); }
inline Register& adc_ccr() { return *reinterpret_cast<Register*>(0x4001'2304); }

// ---- general purpose timer of 32 bits, section 13.4 ----
struct Timer {
  Register CR1, CR2, SMCR, DIER, SR, EGR, CCMR1, CCMR2, CCER, CNT, PSC, ARR;
};
static_assert(offsetof(Timer, CNT) == 0x24);
inline Timer& tim2() { return *reinterpret_cast<Timer*>(0x4000'0000); }

// ---- independent watchdog, section 15.4 ----
struct Iwdg {
  Register KR, PR, RLR, SR;
};
inline Iwdg& iwdg() { return *reinterpret_cast<Iwdg*>(0x4000'3000); }

// ---- unique device id, section 24.1 ----
inline constexpr uintptr_t kUniqueIdAddress = 0x1FFF'7A10;
inline constexpr size_t kUniqueIdSize = 12;  // bytes

// ---- of the core ----
struct SysTick {
  Register CSR, RVR, CVR, CALIB;
};
inline SysTick& systick() { return *reinterpret_cast<SysTick*>(0xE000'E010); }

struct Scb {
  Register CPUID, ICSR, VTOR, AIRCR, SCR, CCR, SHPR[3], SHCSR, CFSR, HFSR, DFSR, MMFAR, BFAR, AFSR;
};
static_assert(offsetof(Scb, BFAR) == 0x38);
inline Scb& scb() { return *reinterpret_cast<Scb*>(0xE000'ED00); }

struct Mpu {
  Register TYPE, CTRL, RNR, RBAR, RASR;
};
inline Mpu& mpu() { return *reinterpret_cast<Mpu*>(0xE000'ED90); }

inline void enable_interrupt(unsigned number) {
  reinterpret_cast<Register*>(0xE000'E100)[number / 32] = bit(number % 32);
}

// Numbers of interrupts, section 10.2.
inline constexpr unsigned kDma1Stream6Interrupt = 17;
inline constexpr unsigned kUsart2Interrupt = 38;
inline constexpr unsigned kInterruptCount = 86;

// Sleeps until an interrupt is pending, unless `awake()` is true. Asking and falling asleep is one step: what comes in
// between wakes the core at once, because a masked interrupt wakes it, too.
template <typename Condition>
void sleep_unless(Condition awake) {
  __asm__ volatile("cpsid i" : : : "memory");
  if (!awake()) __asm__ volatile("dsb\n\twfi" : : : "memory");
  __asm__ volatile("cpsie i\n\tisb" : : : "memory");
}

}  // namespace stm32f411
