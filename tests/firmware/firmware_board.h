// A virtual NUCLEO-F411RE with one of our firmware images on it, and the host's end of its line.
#pragma once

#include <string>

#include "protocol/batch_block.h"
#include "tests/support/test_host.h"
#include "virtual-board/board.h"

namespace test {

class FirmwareBoard final : public BytePipe {
 public:
  // Where hijack_tick() puts its code: flash that no image of ours uses.
  static constexpr uint32_t kSpareFlash = 0x0806'0000;

  // The chip is blank and `elf` is flashed, with `batch_block` in it if there is one; it is not switched on yet.
  explicit FirmwareBoard(const std::string& elf, base::ByteView batch_block = {}, uint64_t seed = 1, bool hse = true);

  // ---- the line ----
  void send(base::ByteView bytes) override { board.line_in(bytes); }
  // What the chip sends, after kPatience of virtual time at most; a burst is taken whole.
  base::Bytes receive() override;

  void run_for(virtual_board::Time time) { (void)board.run(board.now() + time); }

  // Lets the next tick of a running firmware execute `code` instead of its handler: by a copy of the vector table in
  // SRAM that nobody uses, so that all its other handlers stay in force.
  void hijack_tick(const std::vector<uint16_t>& code);
  // Over the bus, as a debugger would.
  void program_spare_flash(const std::vector<uint16_t>& code);

  virtual_board::Image image;
  virtual_board::Board board;
};

}  // namespace test
