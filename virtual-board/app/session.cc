#include "virtual-board/app/session.h"

#include <algorithm>

namespace virtual_board::app {
namespace {

// So much of the host's bytes is taken from the pseudo-terminal before their time: it holds back a host that is faster
// than the wire, as a serial adapter does.
constexpr Time kWireAhead = 20 * kMillisecond;
constexpr uint32_t kUsualBaud = 115'200;
// A program that looks for input this often in a step of virtual time does nothing else.
constexpr uint64_t kVainReadsPerStep = 8;
// Of a program that resets itself again and again.
constexpr unsigned kMostResetsTold = 10;

}  // namespace

Session::Session(Board& board, PtyLink& line, Pace::Mode mode, Requests& requests, const sigset_t& unblocked, Log log)
    : board_(board),
      line_(line),
      pace_(mode),
      requests_(requests),
      unblocked_(unblocked),
      log_(std::move(log)),
      last_look_(std::chrono::steady_clock::now()) {}

End Session::run(std::optional<Time> limit) {
  if (limit) limit_ = board_.now() + *limit;
  for (;;) {
    serve_requests();
    if (requests_.end != 0 || (limit_ && board_.now() >= *limit_)) return End::kEnded;
    wait_for_input();
    // Who only waited is brought up to the present first: input comes now, not when it fell asleep.
    if (pace_.only_waits()) {
      if (const auto end = step()) return *end;
      if (take_input()) pace_.woken();
    } else {
      take_input();
      if (const auto end = step()) return *end;
    }
  }
}

void Session::serve_requests() {
  if (requests_.power_cycle != 0) {
    requests_.power_cycle = 0;
    board_.power_off();
    board_.power_on();
    pace_.woken();
  }
  if (requests_.reset != 0) {
    requests_.reset = 0;
    board_.press_reset();
    pace_.woken();
  }
}

void Session::wait_for_input() {
  Time wait = pace_.wait();
  if (limit_) wait = std::min(wait, pace_.mode() == Pace::Mode::kNever ? 0 : *limit_ - board_.now());
  line_.wait(wait, wire_free_ <= board_.now() + kWireAhead, unblocked_);
  pace_.passed(real_time_passed());
}

bool Session::take_input() {
  const uint32_t baud = board_.baud() != 0 ? board_.baud() : kUsualBaud;
  const Time byte = kSecond * 10 / baud;
  const Time now = board_.now();
  wire_free_ = std::max(wire_free_, now);
  if (wire_free_ - now > kWireAhead) return false;
  const auto bytes = line_.read((kWireAhead - (wire_free_ - now)) / byte + 1);
  if (bytes.empty()) return false;
  wire_free_ += bytes.size() * byte;
  board_.line_in(bytes);
  return true;
}

std::optional<End> Session::step() {
  const BoardCounters before = board_.counters();
  const Time start = board_.now();
  const bool was_busy = board_.line_busy();
  Time until = start + pace_.step();
  if (limit_) until = std::min(until, *limit_);
  const StopReason reason = board_.run(until);

  std::vector<uint8_t> sent;
  for (const LineByte& byte : board_.take_line_out()) sent.push_back(byte.value);
  line_.write(sent);
  if (reason == StopReason::kLockup) return End::kLockup;
  if (reason == StopReason::kPowerLost) return End::kPowerCut;

  const BoardCounters after = board_.counters();
  tell_news(before, after);
  const Time duration = board_.now() - start;
  Time waited = after.asleep - before.asleep;
  if (after.vain_reads - before.vain_reads >= kVainReadsPerStep) waited = duration;
  // While bytes are on the wire the program waits for that and not for the host.
  if (was_busy || board_.line_busy()) waited = 0;
  pace_.ran(duration, waited, reason == StopReason::kIdle);
  return std::nullopt;
}

void Session::tell_news(const BoardCounters& before, const BoardCounters& after) {
  if (after.resets != before.resets && resets_told_ < kMostResetsTold) {
    ++resets_told_;
    log_(std::string("the chip was reset") + (resets_told_ == kMostResetsTold ? "; further resets are not shown" : ""));
  }
  std::string trouble = board_.trouble();
  if (trouble == trouble_) return;
  trouble_ = std::move(trouble);
  if (!trouble_.empty()) log_("a real chip would misbehave: " + trouble_);
}

Time Session::real_time_passed() {
  const auto now = std::chrono::steady_clock::now();
  const auto passed = std::chrono::duration_cast<std::chrono::nanoseconds>(now - last_look_);
  last_look_ = now;
  return static_cast<Time>(passed.count()) * kNanosecond;
}

}  // namespace virtual_board::app
