// The agent's end of the line: a serial device, or a pseudo-terminal that it makes.
#pragma once

#include <signal.h>

#include "device-agent/app/linux/options.h"
#include "device-agent/src/session.h"
#include "device/port/linux/file.h"

namespace agent_app {

class Line final : public agent::Output {
 public:
  Line() = default;
  ~Line();
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  // kPortMissing, kPortBusy, kConfiguration (baud), kIo; `diagnostic` says which and why.
  base::Status open(const Options& options, device::Diagnostic& diagnostic);
  // The path that the host opens; of a serial device its own.
  [[nodiscard]] const char* host_path() const { return path_.c_str(); }

  // Sleeps until there is something to read; empty when a signal of `unblocked` came instead. A line that went away
  // (its USB adapter unplugged, the gadget's host gone) is opened again once it is back; nothing busy-waits.
  base::ByteView read(base::MutableBytes buffer, const sigset_t& unblocked);
  // Gives up on bytes that nobody takes for kWriteLimitMs: the host asks again.
  void write(base::ByteView bytes) override;
  // Until everything is on the wire, or read from the pseudo-terminal.
  void drain();
  // Keeps a pseudo-terminal open across an exec; "M,S" for --pty-fds in `out`. False: a serial device.
  bool hand_over(device::FixedText<32>& out);

 private:
  static constexpr int kWriteLimitMs = 2000;
  static constexpr int kDrainLimitMs = 1000;
  static constexpr int kDrainStepMs = 20;

  base::Status open_serial(device::Diagnostic& diagnostic);
  base::Status make_pty(device::Diagnostic& diagnostic);
  base::Status take_over(int master, int slave, device::Diagnostic& diagnostic);
  base::Status name_pty(device::Diagnostic& diagnostic);
  base::Status make_link(device::Diagnostic& diagnostic);
  void lose();

  device::FileHandle fd_;
  // Our own hold on the host's end: a pseudo-terminal keeps its settings and raises no error when the host leaves.
  device::FileHandle slave_;
  device::PathText path_;
  device::PathText link_;
  uint32_t baud_ = 0;
  int reopen_delay_ms_ = 0;
  bool is_pty_ = false;
};

}  // namespace agent_app
