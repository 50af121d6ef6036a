// A factory around virtual boards, in this process and in their time: units of the NUCLEO-F411RE are injected by the
// tool's own session, and boot for the first time through the tool's relay against the real check-in service. Both ends
// of the line that are the host's answer at once: their time does not count. What cannot be set up throws
// std::runtime_error.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tests/bench/virtual_line.h"
#include "tests/firmware/firmware_board.h"
#include "tests/support/injection_floor.h"

namespace test {

// When what happened, in virtual time from power-on.
struct FirstBoot {
  // Its last operation on flash before it says anything: the seed's successor is stored, and the generator gives bytes.
  virtual_board::Time seeded = 0;
  virtual_board::Time first_frame = 0;  // the host has the first byte of the device's first frame
  virtual_board::Time activated = 0;    // the host has heard that the unit is activated
  virtual_board::Time waited_for_host = 0;
  virtual_board::BoardCounters spent;  // until then
  std::string tls;                     // the version
  uint32_t baud = 0;
};

// What was counted between two looks at a board: time, instructions, bytes and all of its flash.
virtual_board::BoardCounters spent_since(const virtual_board::BoardCounters& before,
                                         const virtual_board::BoardCounters& now);

class BoardFloor {
 public:
  explicit BoardFloor(uint64_t seed);

  // A blank chip with the agent on it, switched off.
  std::unique_ptr<FirmwareBoard> new_unit(const std::string& agent_elf, uint64_t seed);
  // Through lock and receipt, for a board that is on and listens: nothing is sent twice.
  factory::InjectionResult inject(FirmwareBoard& unit, bench::VirtualLine& line);
  // Of a provisioned board that is off and has the client on it; it stays on. `prepared` is called once it is on and
  // before it runs. `latency`: the adapter's.
  FirstBoot boot(FirmwareBoard& unit, virtual_board::Time latency, const std::function<void()>& prepared = {});

 private:
  InjectionFloor floor_;
};

}  // namespace test
