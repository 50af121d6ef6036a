// What the test asks of the program on the chip, over USART2: a request, then `size` bytes; a reply, then `size` bytes.
// Both ends are little-endian.
#pragma once

#include <cstdint>

namespace driver_test {

enum class Operation : uint8_t {
  kProgram,        // a: sector, b: offset, bytes
  kErase,          // a: sector
  kProtect,        // a: sector
  kIsProtected,    // a: sector; value
  kRead,           // a: sector, b: offset, size; bytes
  kOtpProgram,     // a: offset, b: word
  kOtpLock,        // a: block
  kOtpIsLocked,    // a: block; value
  kOtpRead,        // a: offset, size; bytes
  kDriverProgram,  // a: address, b: word
  kDriverErase,    // a: sector of the chip
  kLevel,          // value: read protection
  kRaise,          // a: level
};

struct Request {
  Operation operation;
  uint8_t size;
  uint16_t reserved;
  uint32_t a;
  uint32_t b;
};
static_assert(sizeof(Request) == 12);

struct Reply {
  uint16_t error;  // base::ErrorCode
  uint8_t value;
  uint8_t size;
};
static_assert(sizeof(Reply) == 4);

inline constexpr uint32_t kMaxBytes = 128;
// Counts the calls of before_long_flash_operation().
inline constexpr uint32_t kHookCounter = 0x2000'0000;
inline constexpr uint32_t kBaud = 1'000'000;
inline constexpr uint8_t kReady = 0xA5;  // said once after each start

}  // namespace driver_test
