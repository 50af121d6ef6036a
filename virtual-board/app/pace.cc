#include "virtual-board/app/pace.h"

#include <algorithm>

namespace virtual_board::app {

Time Pace::wait() const {
  if (idle_) return kNever;
  if (mode_ == Mode::kNever) return 0;
  if (only_waits_) return debt_ + step_;
  return debt_ >= kStep ? debt_ : 0;  // less is not worth a system call
}

void Pace::passed(Time real) {
  const Time paid = std::min(debt_, real);
  debt_ -= paid;
  const bool was_wait = only_waits() && mode_ != Mode::kNever;
  credit_ = was_wait ? std::min(real - paid, kMostCredit) : 0;
}

Time Pace::step() const {
  if (mode_ == Mode::kNever) return idle_ ? kIdleStep : kStep;
  return credit_ != 0 ? credit_ : kStep;
}

void Pace::ran(Time duration, Time waited, bool idle) {
  if (mode_ == Mode::kAll) waited = duration;
  if (mode_ == Mode::kNever) waited = 0;
  debt_ += waited - std::min(waited, credit_);
  credit_ = 0;
  // A tick of a clock now and then is no work.
  const bool only_waited = waited >= duration - duration / 8 && mode_ == Mode::kWaiting;
  step_ = only_waited && only_waits_ ? std::min(2 * step_, kLongestStep) : kStep;
  only_waits_ = only_waited;
  idle_ = idle;
}

void Pace::woken() {
  only_waits_ = idle_ = false;
  step_ = kStep;
}

}  // namespace virtual_board::app
