// What waiting for flash costs the core's fetches: wait states, hidden by ST's ART accelerator (RM0383 section 3.4).
//
// An estimate. ART reads lines of 128 bits and keeps 64 of them; ST does not say how it finds them, so that they are
// taken as direct-mapped here. A line that is not kept costs the wait states, unless it follows the one before and the
// prefetch buffer is on: then reading it has begun in time. Data read from flash (literals, tables) is taken as free.
#pragma once

#include <array>
#include <cstdint>

namespace virtual_board {

class FetchModel {
 public:
  static constexpr uint32_t kLineShift = 4;

  void configure(unsigned wait_states, bool prefetch, bool cache) {
    wait_states_ = wait_states;
    prefetch_ = prefetch;
    if (cache_ && !cache) {
      forget();
    }
    cache_ = cache;
  }
  void forget() { lines_.fill(kNone); }

  // Cycles that the core waits when its fetches go on in another line.
  unsigned enter(uint32_t line, bool sequential) {
    if (cache_) {
      uint32_t& kept = lines_[line % lines_.size()];
      if (kept == line) {
        return 0;
      }
      kept = line;
    }
    return sequential && prefetch_ ? 0 : wait_states_;
  }

 private:
  static constexpr uint32_t kNone = ~0U;
  unsigned wait_states_ = 0;
  bool prefetch_ = false;
  bool cache_ = false;
  std::array<uint32_t, 64> lines_ = [] {
    std::array<uint32_t, 64> none{};
    none.fill(kNone);
    return none;
  }();
};

}  // namespace virtual_board
