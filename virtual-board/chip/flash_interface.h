// The flash interface of the STM32F411: FLASH_ACR to FLASH_OPTCR, the cells of main flash and OTP, option bytes.
// Refuses what the chip refuses, with the chip's error bits. RM0383 section 3.
//
// Where the manual is silent, or this model is simpler than the chip:
// - Cells change when an operation starts, BSY and the duration follow. So a reset or a power_off() before its end
// finds
//   it done; what an operation cut half way leaves behind is shown by cut_at() alone.
// - A write to FLASH_CR or to cells while BSY stalls the bus on the chip. Here it takes effect at once, and an
// operation
//   that it starts is appended to the one under way: BSY ends when it would on the chip. Moving the core's clock on to
//   busy_until() before the write is the core's matter.
// - The checks of a cell write are made all together, so that one write can raise several flags; none of them has to be
//   cleared before the next operation.
// - STRT with neither SER nor MER does nothing. LOCK with PG still set: cells are not programmed (PGSERR).
// - At read protection level 2 the manual's table of accesses denies programs the option cells at 0x1FFFC000; here they
//   stay readable. FLASH_OPTCR is what a program had better look at.
// - At read protection level 2 a change of the option bytes is refused with WRPERR, as one that PCROP forbids is.
// - Erased option bytes, which a torn change can leave: RDP 0xFF (level 1), no sector protected, SPRMOD off. Reports
// from
//   the field of the STM32F427 and F429, which have SPRMOD as well, say that it reads 1 then: every sector is PCROP,
//   and no program runs until a debugger takes RDP back to level 0. assume_erased_sprmod() makes it so here.
// - An OTP lock byte that is neither 0xFF nor 0x00 leaves its block open.
// - Data reads of a PCROP sector give 0 and RDERR; they end in no bus fault.
#pragma once

#include <bitset>
#include <functional>
#include <optional>
#include <utility>

#include "virtual-board/chip/flash_registers.h"
#include "virtual-board/chip/key_lock.h"
#include "virtual-board/image.h"
#include "virtual-board/memory_map.h"
#include "virtual-board/peripheral.h"

namespace virtual_board {

// How an operation that the power is cut in ends.
enum class Cut : uint8_t {
  kWhole,  // it is done
  kTorn,   // a random part of the bits it would change is changed
};

// Durations. RM0383 gives no figure; typical values of the data sheet's tables. A mass erase takes as long as its
// sectors.
struct FlashTiming {
  Time program_unit = 16 * kMicrosecond;  // any PSIZE
  // 16, 64, 128 KiB at PSIZE x32; at the others in proportion to the data sheet's figures
  std::array<Time, 3> erase{250 * kMillisecond, 550 * kMillisecond, 1'000 * kMillisecond};
  Time option_bytes = 250 * kMillisecond;  // erase and program of the option bytes' own sector; not in any data sheet
};

struct FlashCounters {
  uint64_t operations = 0;        // all below that change cells, in the numbering of cut_at(); refused ones are none
  uint64_t units_programmed = 0;  // in main flash
  uint64_t sectors_erased = 0;    // 8 in a mass erase
  uint64_t otp_units = 0;         // of which lock bytes: otp_locks
  uint64_t otp_locks = 0;
  uint64_t option_changes = 0;
  Time busy = 0;  // the interface was working
};

// One that changes cells, as an observer sees it.
struct FlashOperation {
  enum class Kind : uint8_t {
    kProgram,  // a unit of main flash
    kOneTime,  // a unit of OTP
    kLock,     // a lock byte of OTP
    kErase,    // of a sector, or of all
    kOptions,  // a change of the option bytes, with the erase of main flash that it may bring
  };
  Kind kind;
  uint32_t address;  // of the unit or of the first sector; kOptions: of the option bytes
};

// A piece of a program for load(), inside main flash.
struct LoadPiece {
  uint32_t address;
  std::span<const uint8_t> bytes;
};

class FlashInterface final : public Peripheral {
 public:
  FlashInterface(Chip& chip, Image& image, const FlashTiming& timing = {});

  // ---- registers, at 0x40023C00 ----
  uint32_t read(uint32_t offset, unsigned size) override;
  void write(uint32_t offset, uint32_t value, unsigned size) override;
  void reset() override;  // also reloads the option bytes
  Time next_event() const override { return busy_until_ ? *busy_until_ : kNever; }
  void advance() override;

  // ---- cells: the core's or a bus master's accesses to flash, OTP, lock bytes and option bytes ----
  // True: `address` belongs to the interface: main flash (not its alias at 0), system memory with the unique id and the
  // flash size, OTP and its lock bytes, option bytes.
  static bool covers(uint32_t address);
  uint32_t read_cells(uint32_t address, unsigned size);
  // A write is an attempt to program. `size` 1, 2 or 4; at PSIZE x64 two words, the lower address first, make one unit.
  void write_cells(uint32_t address, uint32_t value, unsigned size);

  // Until when a fetch or read of main flash has to wait; nothing: the interface is idle.
  [[nodiscard]] std::optional<Time> busy_until() const { return busy_until_; }
  [[nodiscard]] unsigned wait_states() const;
  [[nodiscard]] unsigned read_protection() const;              // RDP level 0, 1, 2
  [[nodiscard]] bool is_write_protected(size_t sector) const;  // by nWRP or PCROP
  // Data reads of `address` are refused: they have to go through read_cells().
  [[nodiscard]] bool is_read_protected(uint32_t address) const;

  // ---- what a debugger does: erases the sectors that the pieces touch, once each, and programs ----
  // Takes no virtual time and is no operation in the numbering of cut_at().
  // False: read protection or write protection of a sector forbids it, or a piece is outside main flash; nothing was
  // changed.
  bool load(std::span<const LoadPiece> pieces);
  // The same piece by piece: begin_load() forgets which sectors were erased already.
  void begin_load() { loaded_sectors_.reset(); }
  bool load(uint32_t address, std::span<const uint8_t> bytes);

  // What a debugger does to get a protected chip back: option bytes as from the factory, and main flash erased where
  // read protection or PCROP was on. OTP stays. False: level 2, which is for good; nothing was changed.
  bool unprotect();

  // ---- power cuts ----
  // Cuts at the operation number `after` from now, 0 being the next one: a unit programmed in flash or OTP, a sector
  // erase, a mass erase, a change of the option bytes (whole, torn, or between its erase and its program).
  void cut_at(uint64_t after, Cut how);
  void never_cut() { cut_at_.reset(); }
  // Called before each of these operations, with what it is. Nothing is changed or counted yet: cut_at(0, how) from in
  // here cuts this very operation, and a process that forks in here has two boards in the state before it.
  void set_observer(std::function<void(const FlashOperation&)> observer) { observer_ = std::move(observer); }
  // What SPRMOD reads as after the erase of the option bytes; see above.
  void assume_erased_sprmod(bool on) { erased_sprmod_ = on; }
  [[nodiscard]] const FlashCounters& counters() const { return counters_; }

 private:
  enum class Area : uint8_t { kMain, kOneTime, kOneTimeLocks, kReadOnly };
  struct Cells {
    Area area;
    std::span<uint8_t> bytes;  // none where the area cannot be programmed
  };

  // flash_interface.cc: registers
  void write_cr(uint32_t value);
  void refuse(uint32_t flags);
  void begin_busy(Time duration);
  void update_irq();
  [[nodiscard]] bool erasing() const { return (cr_ & (flash::cr::kSer | flash::cr::kMer)) != 0; }

  // flash_cells.cc
  [[nodiscard]] uint8_t byte_at(uint32_t address) const;
  [[nodiscard]] Cells cells_at(uint32_t address, size_t size);
  [[nodiscard]] bool is_protected(Area area, uint32_t address) const;
  void program(uint32_t address, std::span<const uint8_t> value);

  // flash_erase.cc
  void start_erase();
  [[nodiscard]] bool any_write_protected() const;
  [[nodiscard]] Time erase_time(size_t sector) const;
  void erase(size_t first, size_t count, std::optional<Cut> cut);
  [[nodiscard]] bool may_load(const LoadPiece& piece) const;

  // flash_options.cc
  void write_optcr(uint32_t value);
  void start_option_change();
  [[nodiscard]] bool may_change_options(uint32_t target) const;
  [[nodiscard]] uint32_t torn_options(uint32_t old, uint32_t target);

  // flash_cuts.cc
  // Tells and counts it; nothing: the power stays on.
  std::optional<Cut> next_operation(FlashOperation::Kind kind, uint32_t address);
  void lose_power();
  [[nodiscard]] uint64_t random_bits(uint64_t density);  // more of them set for 2 than for 1 than for 0

  Chip& chip_;
  Image& image_;
  FlashTiming timing_;
  FlashCounters counters_;
  std::optional<Time> busy_until_;
  std::function<void(const FlashOperation&)> observer_;
  std::optional<uint64_t> cut_at_;
  Cut cut_ = Cut::kWhole;
  bool erased_sprmod_ = false;
  bool power_lost_ = false;  // until the next reset nothing has an effect

  uint32_t acr_ = 0;
  uint32_t sr_ = 0;
  uint32_t cr_ = 0;     // flash::cr::kStored bits
  uint32_t optcr_ = 0;  // flash::optcr::kStored bits and the reserved ones; in effect are those of the image
  bool start_ = false;  // STRT, OPTSTRT: from their write to the end of BSY
  bool option_start_ = false;
  KeyLock lock_{flash::kKey1, flash::kKey2};
  KeyLock option_lock_{flash::kOptionKey1, flash::kOptionKey2};
  struct HalfUnit {
    uint32_t address;
    uint32_t value;
  };
  std::optional<HalfUnit> half_unit_;  // the first word of a unit at PSIZE x64
  std::bitset<kSectors.size()> loaded_sectors_;
};

}  // namespace virtual_board
