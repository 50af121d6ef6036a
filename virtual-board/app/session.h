// A board and the host at its line, from power-on to the end.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "virtual-board/app/pace.h"
#include "virtual-board/app/pty_link.h"
#include "virtual-board/board.h"

namespace virtual_board::app {

// What signals have asked for; the program's handlers set it.
struct Requests {
  volatile sig_atomic_t end = 0;
  volatile sig_atomic_t reset = 0;
  volatile sig_atomic_t power_cycle = 0;
};

enum class End : uint8_t { kEnded, kLockup, kPowerCut };

class Session {
 public:
  using Log = std::function<void(const std::string&)>;

  // Everything must outlive this. `unblocked`: the signal mask with which waits let signals in. `log` is told of resets
  // and of what the program does that a real chip would not bear.
  Session(Board& board, PtyLink& line, Pace::Mode mode, Requests& requests, const sigset_t& unblocked, Log log);

  // The board has its power on. Until a request, a cut, a lock-up, or `limit` of virtual time.
  End run(std::optional<Time> limit);

 private:
  void serve_requests();
  void wait_for_input();
  // Takes from the line what the wire has room for.
  bool take_input();
  std::optional<End> step();
  void tell_news(const BoardCounters& before, const BoardCounters& after);
  Time real_time_passed();

  Board& board_;
  PtyLink& line_;
  Pace pace_;
  Requests& requests_;
  const sigset_t& unblocked_;
  Log log_;
  std::string trouble_;  // that was told
  unsigned resets_told_ = 0;
  std::chrono::steady_clock::time_point last_look_;
  std::optional<Time> limit_;
  Time wire_free_ = 0;  // when the bytes that were given will have arrived
};

}  // namespace virtual_board::app
