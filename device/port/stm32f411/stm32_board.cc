#include "device/port/stm32f411/stm32_board.h"

#include "device/port/stm32f411/registers.h"
#include "device/port/stm32f411/reset_cause.h"
#include "device/port/stm32f411/watchdog.h"
#include "protocol/batch_block.h"
#include "rot/port/stm32f411/flash_driver.h"
#include "rot/port/stm32f411/option_bytes.h"

// A chain of erasures is longer than the watchdog's patience (rot/port/stm32f411/flash_driver.h).
void rot::before_long_flash_operation() { stm32f411::kick_watchdog(); }

namespace device {
namespace {

constexpr size_t kWordSize = 4;
static_assert(protocol::kBatchMagicSize % kWordSize == 0);

}  // namespace

Stm32Board::Stm32Board(base::ByteView image_block)
    : image_block_(image_block), reset_cause_(stm32f411::take_reset_cause()) {}

base::ByteView Stm32Board::chip_id() const {
  return {reinterpret_cast<const uint8_t*>(stm32f411::kUniqueIdAddress), stm32f411::kUniqueIdSize};
}

base::Status Stm32Board::wipe_batch_block() {
  if (image_block_.size() <= protocol::kBatchMagicSize) return {};
  // The block starts a word, and the linker script lets nothing share its last one.
  const auto start = reinterpret_cast<uint32_t>(image_block_.data());
  const auto end = start + static_cast<uint32_t>(image_block_.size());
  for (uint32_t at = start + protocol::kBatchMagicSize; at < end; at += kWordSize) {
    // Words that are zero already are left alone, so that a wipe after a cut ends where the first one would have.
    if (*reinterpret_cast<const volatile uint32_t*>(at) == 0) continue;
    BASE_TRY(rot::Stm32FlashDriver::program_word(at, 0));
  }
  return {};
}

uint8_t Stm32Board::read_protection() { return static_cast<uint8_t>(rot::Stm32OptionBytes::read_protection()); }

base::Status Stm32Board::set_read_protection(uint8_t level) {
  if (level > max_read_protection()) return base::fail(base::ErrorCode::kUnsupported);
  return rot::Stm32OptionBytes::raise_read_protection(level);
}

}  // namespace device
