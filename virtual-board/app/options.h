// Command line of `virtual-board`.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "virtual-board/app/pace.h"
#include "virtual-board/chip/flash_interface.h"

namespace virtual_board::app {

// Exit codes of the program.
inline constexpr int kExitEnded = 0;     // by a signal, or --run-for is over
inline constexpr int kExitLockup = 1;    // the core gave up
inline constexpr int kExitUsage = 2;     // the command line is wrong
inline constexpr int kExitPowerCut = 3;  // --cut-at struck
inline constexpr int kExitTrouble = 4;   // image, firmware, link or pseudo-terminal

struct Options {
  std::string firmware;  // ELF to flash first; empty: starts what is in the image
  std::string image;     // file of the board; empty: in memory, gone at the end
  std::string link;      // symbolic link to the pseudo-terminal; empty: none
  std::optional<uint64_t> seed;
  std::optional<std::array<uint8_t, 12>> unique_id;  // of a new board
  std::optional<uint64_t> cut_at;
  Cut cut = Cut::kWhole;
  bool hse = true;
  bool unprotect = false;
  bool flash_only = false;  // end after unprotect and flashing
  bool figures = false;
  std::optional<Time> run_for;  // virtual
  Pace::Mode pace = Pace::Mode::kWaiting;
};

struct ParsedOptions {
  std::optional<Options> options;  // nothing: end with `exit_code`
  int exit_code = kExitEnded;
  std::string text;  // help, or what is wrong
};

ParsedOptions parse_options(int argc, const char* const* argv);

}  // namespace virtual_board::app
