// How virtual time and real time go together while somebody talks to the board.
//
// The chip computes as fast as this computer can, but while its program waits (asleep, or looking again and again for
// input) virtual time must not run ahead: a time-out of the program for an answer of the host would strike before the
// host had a chance. So waiting is paid with real time: what the program has waited since is the debt, and a program
// that does nothing else waits first and runs afterwards, in steps that grow.
#pragma once

#include "virtual-board/time.h"

namespace virtual_board::app {

class Pace {
 public:
  enum class Mode : uint8_t {
    kWaiting,  // virtual time that the program waits takes as long in real time
    kAll,      // all virtual time does
    kNever,    // none does: for runs without anybody at the line
  };
  static constexpr Time kStep = kMillisecond;              // how far the board goes before the line is looked at again
  static constexpr Time kLongestStep = 16 * kMillisecond;  // of a program that only waits
  static constexpr Time kIdleStep = 10 * kSecond;          // where nothing can happen and nobody waits
  static constexpr Time kMostCredit = kSecond;             // more than this is no wait but a computer that stood still

  explicit Pace(Mode mode) : mode_(mode) {}
  [[nodiscard]] Mode mode() const { return mode_; }

  // For how long to look for input in real time before the board goes on; kNever: until something happens.
  [[nodiscard]] Time wait() const;
  // So much real time has passed since the last call.
  void passed(Time real);
  // How far the board may go now.
  [[nodiscard]] Time step() const;
  // It went so far; for `waited` of that its program waited. `idle`: nothing but input will wake it.
  void ran(Time duration, Time waited, bool idle);
  // There was input: the program has something to do.
  void woken();
  // The program only waits: it is to be brought up to the present before input reaches it.
  [[nodiscard]] bool only_waits() const { return only_waits_ || idle_; }

 private:
  Mode mode_;
  Time debt_ = 0;    // virtual time waited, not yet paid
  Time credit_ = 0;  // paid beforehand
  Time step_ = kStep;
  bool only_waits_ = false;
  bool idle_ = false;
};

}  // namespace virtual_board::app
