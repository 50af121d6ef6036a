// Runs on the chip: calls the driver of rot/port/stm32f411 as it is asked to over USART2. It has its own start-up and
// registers, so that nothing but the driver is under test.
#include <cstring>

#include "rot/port/stm32f411/flash_driver.h"
#include "rot/port/stm32f411/option_bytes.h"
#include "rot/port/stm32f411/stm32_storage.h"
#include "tests/flash_driver/requests.h"

using driver_test::Operation;
using driver_test::Reply;
using driver_test::Request;

namespace {

volatile uint32_t& reg(uint32_t address) { return *reinterpret_cast<volatile uint32_t*>(address); }

constexpr uint32_t kHsiHz = 16'000'000;
constexpr uint32_t kGpioA = 0x4002'0000;
constexpr uint32_t kUsart2 = 0x4000'4400;

void start_line() {
  reg(0x4002'3830) |= 1;                           // RCC_AHB1ENR: GPIOA
  reg(0x4002'3840) |= 1U << 17;                    // RCC_APB1ENR: USART2
  reg(kGpioA) |= 2U << 4 | 2U << 6;                // MODER: PA2, PA3 alternate
  reg(kGpioA + 0x20) |= 7U << 8 | 7U << 12;        // AFRL: AF7
  reg(kUsart2 + 8) = kHsiHz / driver_test::kBaud;  // BRR, 16 samples a bit
  reg(kUsart2 + 0xC) = 1U << 13 | 1U << 3 | 1U << 2;
}

void send(const void* bytes, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    while (!(reg(kUsart2) & 1U << 7)) {
    }
    reg(kUsart2 + 4) = static_cast<const uint8_t*>(bytes)[i];
  }
}

void receive(void* bytes, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    while (!(reg(kUsart2) & 1U << 5)) {
    }
    static_cast<uint8_t*>(bytes)[i] = static_cast<uint8_t>(reg(kUsart2 + 4));
  }
}

struct Chip {
  rot::Stm32Flash flash;
  rot::Stm32Otp otp;
};

base::Status take(const base::Result<bool>& result, Reply& reply) {
  if (!result) return base::fail(result.error());
  reply.value = *result;
  return {};
}

base::Status execute(Chip& chip, const Request& request, Reply& reply, base::MutableBytes bytes) {
  const uint32_t a = request.a;
  const uint32_t b = request.b;
  switch (request.operation) {
    case Operation::kProgram:
      return chip.flash.program(a, b, bytes);
    case Operation::kErase:
      return chip.flash.erase(a);
    case Operation::kProtect:
      return chip.flash.protect(a);
    case Operation::kIsProtected:
      return take(chip.flash.is_protected(a), reply);
    case Operation::kRead:
      reply.size = request.size;
      return chip.flash.read(a, b, bytes);
    case Operation::kOtpProgram:
      return chip.otp.program_word(a, b);
    case Operation::kOtpLock:
      return chip.otp.lock_block(a);
    case Operation::kOtpIsLocked:
      return take(chip.otp.is_locked(a), reply);
    case Operation::kOtpRead:
      reply.size = request.size;
      return chip.otp.read(a, bytes);
    case Operation::kDriverProgram:
      return rot::Stm32FlashDriver::program_word(a, b);
    case Operation::kDriverErase:
      return rot::Stm32FlashDriver::erase_sector(a);
    case Operation::kLevel:
      reply.value = static_cast<uint8_t>(rot::Stm32OptionBytes::read_protection());
      return {};
    case Operation::kRaise:
      return rot::Stm32OptionBytes::raise_read_protection(a);
  }
  return base::fail(base::ErrorCode::kUnsupported);
}

}  // namespace

void rot::before_long_flash_operation() { reg(driver_test::kHookCounter) = reg(driver_test::kHookCounter) + 1; }

extern "C" [[noreturn, gnu::used]] void reset_handler() {
  reg(0x4002'3C00) |= 7U << 8;  // FLASH_ACR: prefetch and both caches, as a real program has them
  reg(driver_test::kHookCounter) = 0;
  start_line();
  const uint8_t ready = driver_test::kReady;
  send(&ready, 1);
  Chip chip;
  for (;;) {
    Request request;
    receive(&request, sizeof request);
    uint8_t bytes[driver_test::kMaxBytes];
    const base::MutableBytes part = base::MutableBytes(bytes).first(request.size);
    if (request.operation == Operation::kProgram) receive(bytes, request.size);
    Reply reply{};
    const base::Status done = execute(chip, request, reply, part);
    reply.error = done ? 0 : static_cast<uint16_t>(done.error());
    if (!done) reply.size = 0;
    send(&reply, sizeof reply);
    send(bytes, reply.size);
  }
}

extern "C" [[noreturn, gnu::used]] void stop() {
  for (;;) asm volatile("wfi");
}

namespace {
// A fault stops; the test sees that no reply comes.
struct Vectors {
  uint32_t stack;
  void (*handlers[15])();
};
[[gnu::section(".vectors"), gnu::used]] constinit const Vectors g_vectors{
    0x2001'0000, {reset_handler, stop, stop, stop, stop, stop, stop, stop, stop, stop, stop, stop, stop, stop, stop}};
}  // namespace
