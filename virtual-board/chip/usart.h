// A USART in asynchronous mode and the line that it talks over. RM0383 section 19.
//
// The line is the other end's: what it sends is queued here and enters the receiver byte by byte at the chip's own
// baud rate (a mismatch of rates is not simulated), whether somebody takes it or not. While the receiver is off or
// its pin belongs to something else, bytes pass by at the last rate and are lost, as on a wire.
#pragma once

#include <deque>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "virtual-board/chip/dma.h"
#include "virtual-board/chip/register_model.h"

namespace virtual_board {

struct SentByte {
  Time at;  // its stop bit is over
  uint8_t value;
};

struct UsartCounters {
  uint64_t bytes_in = 0;    // received, overruns excluded
  uint64_t bytes_out = 0;   // left the chip
  uint64_t lost_in = 0;     // came while the receiver was off
  uint64_t lost_out = 0;    // sent while the pin was not the USART's
  uint64_t overruns = 0;    // came while nobody had taken the byte before
  uint64_t vain_reads = 0;  // reads of SR that found no byte and nothing under way: a program that waits by looking
};

class Usart final : public RegisterModel, public DmaSource {
 public:
  static constexpr unsigned kRxLine = 0, kTxLine = 1;  // DMA requests

  struct Wiring {
    unsigned irq;
    std::function<uint32_t()> clock_hz;
    std::function<bool()> is_clocked;
    std::function<bool()> rx_pin_connected;
    std::function<bool()> tx_pin_connected;
  };

  Usart(Chip& chip, Wiring wiring);

  // The controller that its requests go to.
  void use_dma(Dma& dma) { dma_ = &dma; }

  void reset() override;
  Time next_event() const override;
  void advance() override;

  // ---- the other end of the line ----
  // The first bit starts now, or after what is on its way.
  void line_in(std::span<const uint8_t> bytes);
  [[nodiscard]] std::vector<SentByte> take_line_out() { return std::exchange(sent_, {}); }
  // Bytes are on their way, in or out.
  [[nodiscard]] bool line_busy() const { return tx_end_ != kNever || !queue_.empty() || rx_end_ != kNever; }
  [[nodiscard]] uint32_t baud() const;  // 0: off
  [[nodiscard]] const UsartCounters& counters() const { return counters_; }

  [[nodiscard]] bool requests_dma(unsigned line) const override;

 private:
  uint32_t read_word(uint32_t offset) override;
  void write_word(uint32_t offset, uint32_t value, uint32_t mask) override;
  void write_control1(uint32_t value);
  uint32_t read_status();
  uint32_t read_data();
  void write_data(uint32_t value);
  void step(Time at);
  void start_sending(Time at);
  void end_sending(Time at);
  void begin_receiving(Time at);
  void end_receiving(Time at);
  // The line may carry a next byte from `at` on.
  void schedule_next_byte(Time at);
  void update();

  [[nodiscard]] bool is_on() const;
  [[nodiscard]] bool is_receiving() const;
  [[nodiscard]] uint64_t divisor() const;  // clock cycles in a bit, 0: BRR holds no rate
  [[nodiscard]] Time frame() const;        // how long a byte takes
  [[nodiscard]] uint32_t data_mask() const;

  Chip& chip_;
  Wiring wiring_;
  Dma* dma_ = nullptr;
  bool advancing_ = false;

  uint32_t flags_ = 0;    // SR without TXE
  uint32_t seen_rx_ = 0;  // flags that a read of SR has shown, for the sequences that clear them
  bool seen_complete_ = false;
  uint32_t baud_register_ = 0;
  uint32_t control1_ = 0, control2_ = 0, control3_ = 0, guard_ = 0;
  uint32_t received_ = 0;  // DR as read
  bool idle_armed_ = false;
  bool holding_ = false;  // DR as written holds a byte that is not under way yet
  uint32_t held_ = 0;

  Time tx_end_ = kNever;  // of the frame in the shift register
  bool tx_is_data_ = false;
  bool tx_corrupt_ = false;  // the transmitter was switched off in its middle
  uint32_t tx_shift_ = 0;

  std::deque<uint8_t> queue_;  // on the wire, not begun
  Time rx_start_ = kNever;
  Time rx_end_ = kNever;
  bool rx_heard_ = false;  // the receiver was on at the start bit
  uint8_t rx_shift_ = 0;
  Time line_free_ = 0;  // the line from the other end carries nothing from then on
  Time idle_at_ = kNever;
  Time last_frame_;

  std::vector<SentByte> sent_;
  UsartCounters counters_;
};

}  // namespace virtual_board
