// A NUCLEO-F411RE: core, memory and peripherals put together around an Image. Runs any program for this chip, in virtual
// time; the other end of USART2 is the caller's.
//
//   Image image(seed);
//   Board board(image, {});
//   board.flash_elf(path);                    // as a debugger would
//   board.power_on();
//   board.line_in(bytes);                     // host -> chip, paced by the baud rate
//   board.run(board.now() + 10 * kMillisecond);
//   for (const LineByte& byte : board.take_line_out()) ...
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "virtual-board/chip/flash_interface.h"
#include "virtual-board/image.h"

namespace virtual_board {

struct BoardOptions {
  uint64_t seed = 1;     // of what is random on the real thing: SRAM at power-up, ADC noise, torn bits
  bool hse = true;       // the 8 MHz of the ST-LINK are there
  FlashTiming timing;
};

enum class StopReason : uint8_t {
  kTime,      // virtual time has reached the limit
  kLineOut,   // a byte left the chip and run() was asked to stop for it
  kIdle,      // asleep, and nothing but the outside world or the limit could wake it
  kPowerLost, // cut_at() struck; power_on() starts again
  kLockup,    // the core gave up: a fault in a fault handler, or no program; Board::trouble() says what
};

struct LineByte {
  Time at;  // its stop bit is over
  uint8_t value;
};

struct BoardCounters {
  uint64_t instructions = 0;
  uint64_t cycles = 0;       // as the model of the core's pipeline counts them
  Time stalled = 0;          // the core waited for the flash interface
  Time asleep = 0;           // in WFI or WFE
  uint64_t bytes_in = 0;     // over USART2
  uint64_t bytes_out = 0;
  uint64_t overruns = 0;     // bytes that came while nobody had taken the one before
  uint64_t resets = 0;
  // Reads of USART2's status or of a DMA stream's count that found no news: the program waits although it does not
  // sleep. (Peripherals::vain_reads())
  uint64_t vain_reads = 0;
  FlashCounters flash;
};

class Board {
 public:
  // `image` must outlive this.
  Board(Image& image, const BoardOptions& options);
  ~Board();
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;

  // What a debugger does: erases the sectors that the program touches, no others, and programs them.
  // kIo, kMalformed: no ELF for this chip; kRefused...: read or write protection forbids it.
  base::Outcome<void> flash_elf(const std::string& path);

  void power_on();    // SRAM holds noise, every register its reset value
  void power_off();
  void press_reset(); // the black button: SRAM stays

  // Runs until virtual time `limit`, or less. `stop_on_output`: returns kLineOut once a byte has left.
  StopReason run(Time limit, bool stop_on_output = false);
  [[nodiscard]] Time now() const;
  // What led to kLockup, for people: fault status, program counter.
  [[nodiscard]] std::string trouble() const;

  // ---- the line: USART2 on PA2/PA3 ----
  void line_in(std::span<const uint8_t> bytes);  // the first bit of the first byte starts now, or after what is on its way
  [[nodiscard]] std::vector<LineByte> take_line_out();
  [[nodiscard]] uint32_t baud() const;  // as the chip is set; 0: the USART is off
  // Bytes are on their way, in or out. (Usart::line_busy())
  [[nodiscard]] bool line_busy() const;

  // ---- measuring ----
  [[nodiscard]] BoardCounters counters() const;
  // Like writing a pattern to all SRAM and looking later how deep the stack came: after paint_sram() in a stopped board,
  // lowest address at or above `from` whose byte is no longer the pattern; `to` if all are.
  void paint_sram(uint32_t from, uint32_t to);
  [[nodiscard]] uint32_t lowest_touched(uint32_t from, uint32_t to) const;

  // Another chip is put in: the cells become these, and the image's with them. For a board that is switched off.
  void put_in(const ImageContent& content);
  // Whatever is random from now on follows from `seed`.
  void reseed(uint64_t seed);

  [[nodiscard]] FlashInterface& flash();
  // A bus access as the core would make it, for tests of the models. False: bus fault.
  bool bus_read(uint32_t address, uint32_t& value, unsigned size = 4);
  bool bus_write(uint32_t address, uint32_t value, unsigned size = 4);

 private:
  class Machine;
  std::unique_ptr<Machine> machine_;
};

}  // namespace virtual_board
