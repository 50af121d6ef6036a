#include "rot/port/stm32f411/flash_driver.h"

#include "rot/port/stm32f411/registers.h"

namespace rot {

using base::ErrorCode;
using base::fail;
using base::Status;
using namespace stm32f411;

[[gnu::weak]] void before_long_flash_operation() {}

namespace {

// Polls of the busy bit: at six cycles each more than the 2.6 s that the slowest operation takes, at any clock. The
// watchdog ends what hangs earlier.
constexpr uint32_t kPolls = 60'000'000;
constexpr uint32_t kCaches = acr::kInstructionCache | acr::kDataCache;

void barrier() { asm volatile("dsb" ::: "memory"); }

// While it lives the interface is unlocked and the caches are off: reads show the cells, not what was written to them.
class Unlocked {
 public:
  Unlocked() : acr_(flash_.acr) {
    flash_.acr = acr_ & ~kCaches;
    if (flash_.cr & cr::kLock) {
      flash_.keyr = kKey1;
      flash_.keyr = kKey2;
    }
    flash_.sr = sr::kErrors;  // cleared by writing 1
  }
  ~Unlocked() {
    flash_.cr = cr::kLock;
    // Caches are emptied while they are off.
    flash_.acr = (acr_ & ~kCaches) | acr::kInstructionCacheReset | acr::kDataCacheReset;
    flash_.acr = acr_ & ~kCaches;
    flash_.acr = acr_;
    barrier();
  }
  Unlocked(const Unlocked&) = delete;
  Unlocked& operator=(const Unlocked&) = delete;

  // Sets up an operation; `failed` is what wait() reports where it was refused.
  Status begin(uint32_t control, ErrorCode failed) {
    failed_ = failed;
    BASE_TRY(wait());
    if (flash_.cr & cr::kLock) return fail(ErrorCode::kFlashIo);
    flash_.cr = control;
    barrier();
    return {};
  }
  Status wait() const {
    barrier();
    uint32_t status = flash_.sr;
    for (uint32_t polls = kPolls; (status & sr::kBusy) != 0 && polls != 0; --polls) status = flash_.sr;
    if (status & (sr::kBusy | sr::kReadProtectionError)) return fail(ErrorCode::kFlashIo);
    if (status & sr::kWriteProtectionError) return fail(ErrorCode::kFlashProtected);
    return status & sr::kErrors ? fail(failed_) : Status{};
  }

 private:
  FlashRegisters& flash_ = flash_registers();
  uint32_t acr_;
  ErrorCode failed_ = ErrorCode::kFlashIo;
};

template <typename Cell>
Status program(uint32_t address, Cell value, uint32_t size) {
  Unlocked unlocked;
  BASE_TRY(unlocked.begin(cr::kProgram | size, ErrorCode::kFlashProgram));
  volatile Cell& cell = *reinterpret_cast<volatile Cell*>(address);
  cell = value;
  BASE_TRY(unlocked.wait());
  return cell == value ? Status{} : fail(ErrorCode::kFlashProgram);
}

}  // namespace

Status Stm32FlashDriver::program_word(uint32_t address, uint32_t value) {
  return program<uint32_t>(address, value, cr::kSize32);
}

Status Stm32FlashDriver::program_byte(uint32_t address, uint8_t value) {
  return program<uint8_t>(address, value, cr::kSize8);
}

Status Stm32FlashDriver::erase_sector(unsigned sector) {
  if (sector >= kSectors) return fail(ErrorCode::kFlashAlignment);
  before_long_flash_operation();
  const uint32_t control = cr::kSectorErase | sector << cr::kSectorShift | cr::kSize32;
  Unlocked unlocked;
  BASE_TRY(unlocked.begin(control, ErrorCode::kFlashErase));
  flash_registers().cr = control | cr::kStart;
  BASE_TRY(unlocked.wait());
  const uint32_t end = kFlashBase + sector_offset(sector + 1);
  for (uint32_t at = kFlashBase + sector_offset(sector); at < end; at += 4) {
    if (*reinterpret_cast<const volatile uint32_t*>(at) != 0xFFFF'FFFF) return fail(ErrorCode::kFlashErase);
  }
  return {};
}

Status Stm32FlashDriver::write_options(uint32_t options) {
  before_long_flash_operation();
  FlashRegisters& flash = flash_registers();
  Unlocked unlocked;
  BASE_TRY(unlocked.begin(cr::kSize32, ErrorCode::kFlashProgram));
  if (flash.optcr & optcr::kLock) {
    flash.optkeyr = kOptionKey1;
    flash.optkeyr = kOptionKey2;
  }
  if (flash.optcr & optcr::kLock) return fail(ErrorCode::kFlashIo);
  const uint32_t before = flash.optcr;
  flash.optcr = options;
  flash.optcr = options | optcr::kStart;
  const Status done = unlocked.wait();
  // Where it failed the register is not to show what the cells do not hold.
  flash.optcr = (done ? options : before) | optcr::kLock;
  return done;
}

}  // namespace rot
