// The board's serial line as a pseudo-terminal, raw, with a symbolic link to it. A host may come, go and come again;
// what the board sends while nobody holds the line open is lost, as behind an ST-LINK.
#pragma once

#include <signal.h>

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "base/host/failure.h"
#include "virtual-board/time.h"

namespace virtual_board::app {

class PtyLink {
 public:
  static constexpr size_t kMostUnsent = 64 * 1024;
  // While nobody holds the line open the kernel cannot tell when somebody does: looked at this often.
  static constexpr Time kLookAgain = 20 * kMillisecond;

  // `link` may be empty. kIo: no pseudo-terminal, or `link` is something else than a symbolic link.
  static base::Outcome<PtyLink> open(const std::string& link);
  ~PtyLink();
  PtyLink(PtyLink&& other) noexcept;
  PtyLink& operator=(PtyLink&&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

  // Waits at most so long in real time (kNever: no limit) for input, where `for_input`, for room for what is unsent, or
  // for a signal that `unblocked` lets in.
  void wait(Time limit, bool for_input, const sigset_t& unblocked);
  // What is there, at most `most` bytes.
  std::vector<uint8_t> read(size_t most);
  void write(std::span<const uint8_t> bytes);
  // Gives the host a moment to read what it has been sent: the pseudo-terminal takes it along when it goes.
  void drain();
  // Bytes that nobody was there for, or that a host which does not read left no room for.
  [[nodiscard]] uint64_t lost() const { return lost_; }

 private:
  PtyLink() = default;
  base::Outcome<void> make_link(const std::string& link);
  void flush();
  [[nodiscard]] bool host_is_there();
  void forget_unread();

  int master_ = -1;
  std::string path_;
  std::string link_;
  std::deque<uint8_t> unsent_;
  bool host_was_there_ = false;
  uint64_t lost_ = 0;
};

}  // namespace virtual_board::app
