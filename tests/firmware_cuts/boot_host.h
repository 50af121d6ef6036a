// The host's end of a first boot on a virtual board: the tool's relay, and an ear on what the device says to the
// service.
#pragma once

#include <set>
#include <string>

#include "base/host/bytes_host.h"
#include "virtual-board/board.h"

namespace test {

struct BootEnd {
  enum class How { kActivated, kAlreadyActivated, kPowerLost, kSilent };
  How how = How::kSilent;
  std::string trouble;            // kSilent: what the device or the board said last
  std::set<base::Bytes> randoms;  // of its ClientHellos: output of its generator
};

// Relays between `board`, which was switched on just now, and the service at `port` of this machine, until the device
// says that it is activated; ten minutes of virtual time at most.
BootEnd host_first_boot(virtual_board::Board& board, uint16_t port);

}  // namespace test
