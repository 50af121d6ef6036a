// Write protection of sectors and read protection of the chip. SPEC.md section 9 says why no cut can open or close more
// than was asked for.
#pragma once

#include "base/bytes.h"

namespace rot {

// Every change leaves all other fields as they are stored, and the read protection at its level or above.
// Errors of each change: kFlashProgram: did not read back; kFlashProtected: forbidden by the level that is there;
// kFlashIo; kUnsupported: others set the read protection byte to a value that is not safe to leave.
struct Stm32OptionBytes {
  static base::Status write_protect(unsigned sector);  // 0 to 7
  // Stored, and in force. False where a cut left the option bytes half done: write_protect() does them again.
  static bool is_write_protected(unsigned sector);

  // As it is stored: 0, 1 or 2. A raised level is in force from the next power-on at the latest.
  static unsigned read_protection();
  // Raises the level, never lowers it; succeeds where it is as high already. Finishes a change that was cut. **Level 2
  // is for the life of the chip: no debugger, no boot loader, no option byte ever again.** kInvalidArgument: no such
  // level.
  static base::Status raise_read_protection(unsigned level);
};

}  // namespace rot
