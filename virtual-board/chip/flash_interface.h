// The flash interface of the STM32F411: FLASH_ACR to FLASH_OPTCR, the cells of main flash and OTP, option bytes. Refuses what the chip
// refuses, with the chip's error bits. RM0383 section 3.
#pragma once

#include <optional>

#include "virtual-board/image.h"
#include "virtual-board/memory_map.h"
#include "virtual-board/peripheral.h"

namespace virtual_board {

// How an operation that the power is cut in ends.
enum class Cut : uint8_t {
  kWhole,  // it is done
  kTorn,   // a random part of the bits it would change is changed
};

// Durations. RM0383 gives no figure; typical and maximum values of the data sheet's tables.
struct FlashTiming {
  Time program_unit = 16 * kMicrosecond;                            // any PSIZE
  std::array<Time, 3> erase{250 * kMillisecond, 550 * kMillisecond, // 16, 64, 128 KiB at PSIZE x32
                            1'000 * kMillisecond};
  Time option_bytes = 250 * kMillisecond;  // erase and program of the option bytes' own sector; not in any data sheet
};

struct FlashCounters {
  uint64_t operations = 0;  // all below that change cells, in the numbering of cut_at()
  uint64_t units_programmed = 0;
  uint64_t sectors_erased = 0;
  uint64_t otp_units = 0;   // of which lock bytes: otp_locks
  uint64_t otp_locks = 0;
  uint64_t option_changes = 0;
  Time busy = 0;            // the interface was working
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
  // True: `address` belongs to the interface.
  static bool covers(uint32_t address);
  uint32_t read_cells(uint32_t address, unsigned size);
  // A write is an attempt to program.
  void write_cells(uint32_t address, uint32_t value, unsigned size);

  // Until when a fetch or read of main flash has to wait; nothing: the interface is idle.
  [[nodiscard]] std::optional<Time> busy_until() const { return busy_until_; }
  [[nodiscard]] unsigned wait_states() const;
  [[nodiscard]] unsigned read_protection() const;  // RDP level 0, 1, 2
  [[nodiscard]] bool is_write_protected(size_t sector) const;

  // ---- what a debugger does: erases the sectors that `bytes` touch, once each, and programs ----
  // False: read protection or write protection of a sector forbids it; nothing was changed.
  bool load(uint32_t address, std::span<const uint8_t> bytes);
  // Forgets which sectors load() erased already.
  void begin_load();

  // ---- power cuts ----
  // Cuts at the operation number `after` from now, 0 being the next one: a unit programmed in flash or OTP, a sector
  // erase, a mass erase, a change of the option bytes (whole, torn, or between its erase and its program).
  void cut_at(uint64_t after, Cut how);
  void never_cut() { cut_at_.reset(); }
  [[nodiscard]] const FlashCounters& counters() const { return counters_; }

 private:
  // (the implementation's own; its owner may change everything below)
  Chip& chip_;
  Image& image_;
  FlashTiming timing_;
  FlashCounters counters_;
  std::optional<Time> busy_until_;
  std::optional<uint64_t> cut_at_;
  Cut cut_ = Cut::kWhole;
};

}  // namespace virtual_board
