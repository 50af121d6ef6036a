#include "device/port/stm32f411/line.h"

#include "device/port/stm32f411/registers.h"

namespace stm32f411 {
namespace {

constexpr uint32_t kGpioaClock = bit(0);
constexpr uint32_t kDma1Clock = bit(21);
constexpr uint32_t kUsart2Clock = bit(17);

// USART: SR, CR1, CR3
constexpr uint32_t kOverrunBit = bit(3);
constexpr uint32_t kIdleBit = bit(4);
constexpr uint32_t kSentBit = bit(6);
constexpr uint32_t kReceive = bit(2);
constexpr uint32_t kTransmit = bit(3);
constexpr uint32_t kIdleInterrupt = bit(4);
constexpr uint32_t kUsartOn = bit(13);
constexpr uint32_t kDmaBoth = bit(6) | bit(7);

// DMA stream: CR. Both streams of USART2 are on channel 4.
constexpr uint32_t kStreamOn = bit(0);
constexpr uint32_t kCompleteInterrupt = bit(4);
constexpr uint32_t kErrorInterrupt = bit(2);
constexpr uint32_t kToPeripheral = 1U << 6;
constexpr uint32_t kCircular = bit(8);
constexpr uint32_t kMemoryIncrement = bit(10);
constexpr uint32_t kHighPriority = 2U << 16;
constexpr uint32_t kChannel4 = 4U << 25;
// DMA: HISR and HIFCR
constexpr uint32_t kReceiveComplete = bit(11);
constexpr uint32_t kAllOfReceive = 0x3DU << 6;
constexpr uint32_t kAllOfSend = 0x3DU << 16;

DmaStream& receiver() { return dma1().stream[5]; }
DmaStream& sender() { return dma1().stream[6]; }

volatile uint32_t g_receiver_overruns;

uint32_t address_of(const volatile void* object) { return reinterpret_cast<uint32_t>(object); }

void connect_pins() {
  set_bits(rcc().AHB1ENR, kGpioaClock);
  (void)rcc().AHB1ENR;
  replace_bits(gpio_a().AFRL, 0xFFU << 8, 0x77U << 8);  // PA2, PA3: function 7
  replace_bits(gpio_a().PUPDR, 3U << 6, 1U << 6);       // an open receiver stays quiet
  replace_bits(gpio_a().MODER, 0xFU << 4, 0xAU << 4);
}

}  // namespace

extern "C" void usart2_handler() {
  const uint32_t status = usart2().SR;
  if ((status & (kIdleBit | kOverrunBit)) == 0) return;
  if ((status & kOverrunBit) != 0) g_receiver_overruns = g_receiver_overruns + 1;
  (void)usart2().DR;  // after SR: clears both. The line is idle, so the DMA has long taken what was received.
}

extern "C" void dma1_stream6_handler() { dma1().HIFCR = kAllOfSend; }

void Line::start(base::MutableBytes ring, uint32_t apb1_hz, uint32_t baud) {
  ring_ = ring;
  connect_pins();
  set_bits(rcc().AHB1ENR, kDma1Clock);
  set_bits(rcc().APB1ENR, kUsart2Clock);
  (void)rcc().APB1ENR;

  receiver().PAR = address_of(&usart2().DR);
  receiver().M0AR = address_of(ring_.data());
  receiver().NDTR = ring_.size();
  dma1().HIFCR = kAllOfReceive;
  receiver().CR = kChannel4 | kHighPriority | kMemoryIncrement | kCircular;
  set_bits(receiver().CR, kStreamOn);

  usart2().BRR = (apb1_hz + baud / 2) / baud;  // 16 samples a bit
  usart2().CR3 = kDmaBoth;
  usart2().CR1 = kUsartOn | kTransmit | kReceive | kIdleInterrupt;
  enable_interrupt(kUsart2Interrupt);
  enable_interrupt(kDma1Stream6Interrupt);
}

// The DMA counts down, and begins with the whole ring again at its end.
size_t Line::write_place(uint32_t bytes_left) const { return bytes_left == 0 ? 0 : ring_.size() - bytes_left; }

bool Line::has_input() const {
  return write_place(receiver().NDTR) != read_at_ || (dma1().HISR & kReceiveComplete) != 0;
}

size_t Line::read(base::MutableBytes out) {
  // The flag says that the DMA began anew. Taken between two readings of its place, it belongs to both if it did not
  // begin anew in between.
  uint32_t left = 0;
  bool begun_anew = false;
  do {
    left = receiver().NDTR;
    begun_anew = (dma1().HISR & kReceiveComplete) != 0;
  } while (receiver().NDTR > left);
  const size_t write_at = write_place(left);
  if (begun_anew) {
    dma1().HIFCR = kReceiveComplete;
    if (behind_)
      skip_to(write_at);
    else
      behind_ = true;
  }
  if (behind_ && write_at >= read_at_) skip_to(write_at);
  if (!behind_ && write_at < read_at_) return 0;  // its flag is about to come
  size_t size = 0;
  for (; size < out.size() && read_at_ != write_at; ++size) {
    out[size] = ring_[read_at_++];
    if (read_at_ < ring_.size()) continue;
    read_at_ = 0;
    behind_ = false;
  }
  return size;
}

void Line::skip_to(size_t write_at) {
  ++overruns_;
  read_at_ = write_at;
  behind_ = false;
}

void Line::write(base::ByteView bytes) {
  if (bytes.empty()) return;
  __asm__ volatile("" : : : "memory");  // what the DMA reads must be in memory
  dma1().HIFCR = kAllOfSend;
  sender().PAR = address_of(&usart2().DR);
  sender().M0AR = address_of(bytes.data());
  sender().NDTR = bytes.size();
  sender().CR = kChannel4 | kMemoryIncrement | kToPeripheral | kCompleteInterrupt | kErrorInterrupt;
  usart2().SR = ~kSentBit;  // the DMA's writes do not clear it
  set_bits(sender().CR, kStreamOn);
  // The stream turns itself off at its end, and after an error.
  while ((sender().CR & kStreamOn) != 0) {
    sleep_unless([] { return (sender().CR & kStreamOn) == 0; });
  }
}

void Line::drain() {
  while ((usart2().SR & kSentBit) == 0) {
  }
}

void Line::wait() const {
  sleep_unless([this] { return has_input(); });
}

uint32_t Line::overruns() const { return overruns_ + g_receiver_overruns; }

}  // namespace stm32f411
