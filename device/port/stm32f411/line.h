// The serial line to the host: USART2 on PA2 and PA3, which the ST-LINK shows as a virtual COM port. 8N1, no flow
// control. What arrives is moved to memory by DMA, so nothing is lost while flash keeps the core waiting.
#pragma once

#include "base/bytes.h"

namespace stm32f411 {

class Line {
 public:
  // Once. `ring`: where what arrives waits to be read; lives as long as the line. Bytes that came before are lost.
  void start(base::MutableBytes ring, uint32_t apb1_hz, uint32_t baud);

  // Moves what has arrived to `out` and returns how many bytes that were; 0: nothing. Never waits. After an overrun
  // of the ring everything in it is dropped: the frames in it are damaged, and the host sends them again.
  size_t read(base::MutableBytes out);
  [[nodiscard]] bool has_input() const;

  // Returns once the DMA has taken the last byte; sleeps meanwhile. `bytes` in RAM or flash.
  void write(base::ByteView bytes);
  // Until the last stop bit has left.
  void drain();

  // Sleeps until the line falls silent after a byte, until the next millisecond, or not at all when there is input.
  void wait() const;

  // Since start(): how often the ring ran over, or the receiver had a byte too many.
  [[nodiscard]] uint32_t overruns() const;

 private:
  void skip_to(size_t write_at);

  [[nodiscard]] size_t write_place(uint32_t bytes_left) const;

  base::MutableBytes ring_;
  size_t read_at_ = 0;
  uint32_t overruns_ = 0;
  bool behind_ = false;  // the DMA has begun the ring anew and we have not
};

}  // namespace stm32f411
