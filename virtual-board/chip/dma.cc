#include "virtual-board/chip/dma.h"

#include <algorithm>
#include <cstring>

namespace virtual_board {
namespace {

constexpr uint32_t kLisr = 0x00, kHisr = 0x04, kLifcr = 0x08, kHifcr = 0x0C, kFirstStream = 0x10, kStreamSize = 0x18;

constexpr uint32_t kEnable = 1U << 0, kErrorIrq = 1U << 2, kHalfIrq = 1U << 3, kCompleteIrq = 1U << 4;
constexpr uint32_t kCircular = 1U << 8, kPeripheralSteps = 1U << 9, kMemorySteps = 1U << 10,
                   kPeripheralStepsByFour = 1U << 15;
constexpr uint32_t kDoubleBuffer = 1U << 18, kTarget = 1U << 19;
constexpr uint32_t kControlBits = 0x0FEF'FFFFU;
constexpr uint32_t kChangeableWhileOn = kEnable | 1U << 1 | kErrorIrq | kHalfIrq | kCompleteIrq;
constexpr uint32_t kFlagError = 1U << 3, kFlagHalf = 1U << 4, kFlagComplete = 1U << 5, kAllFlags = 0x3D;
constexpr uint32_t kDirectModeOff = 1U << 2;

// A request that never falls because the stream reads another address than the part's own would go on for ever.
constexpr unsigned kMostItemsAtOnce = 65'536;

enum class Direction : uint8_t { kToMemory, kFromMemory, kMemoryToMemory };

Direction direction(uint32_t control) { return static_cast<Direction>(control >> 6 & 3U); }
unsigned size_code(uint32_t code) { return 1U << std::min(code, 2U); }
unsigned peripheral_size(uint32_t control) { return size_code(control >> 11 & 3U); }
bool uses_fifo(uint32_t control, uint32_t fifo_control) {
  return (fifo_control & kDirectModeOff) != 0 || direction(control) == Direction::kMemoryToMemory;
}
// In direct mode the memory's size is the peripheral's.
unsigned memory_size(uint32_t control, uint32_t fifo_control) {
  return uses_fifo(control, fifo_control) ? size_code(control >> 13 & 3U) : peripheral_size(control);
}
bool is_register(uint32_t address) { return address >= 0x4000'0000U; }

}  // namespace

Dma::Dma(Chip& chip, RegisterBus& registers, Wiring wiring)
    : RegisterModel(BusKind::kAhb), chip_(chip), registers_(registers), wiring_(std::move(wiring)) {}

void Dma::reset() {
  streams_ = {};
  update_irqs();
}

void Dma::connect(unsigned stream, unsigned channel, DmaSource& source, unsigned line) {
  connections_.push_back({stream, channel, &source, line});
}

Time Dma::next_event() const {
  Time next = kNever;
  for (const Stream& stream : streams_) next = std::min(next, stream.done_at);
  return next;
}

void Dma::advance() {
  for (Stream& stream : streams_) {
    if (stream.done_at > chip_.now()) continue;
    stream.done_at = kNever;
    copy_memory(stream);
  }
  update_irqs();
}

void Dma::serve(const DmaSource& source) {
  for (const Connection& connection : connections_) {
    if (connection.source == &source) serve_stream(connection.stream);
  }
}

void Dma::serve_stream(unsigned number) {
  Stream& stream = streams_[number];
  const uint32_t bit = 1U << number;
  if ((stream.control & kEnable) == 0 || (serving_ & bit) != 0) return;
  if (wiring_.is_clocked && !wiring_.is_clocked()) return;
  const unsigned channel = stream.control >> 25 & 7U;
  serving_ |= bit;
  for (const Connection& connection : connections_) {
    if (connection.stream != number || connection.channel != channel) continue;
    for (unsigned i = 0; i < kMostItemsAtOnce; ++i) {
      if ((stream.control & kEnable) == 0 || !connection.source->requests_dma(connection.line) || !transfer(stream))
        break;
    }
  }
  serving_ &= ~bit;
  update_irqs();
}

void Dma::copy_memory(Stream& stream) {
  while ((stream.control & kEnable) != 0 && transfer(stream)) {
  }
}

bool Dma::transfer(Stream& stream) {
  const bool moved = direction(stream.control) == Direction::kFromMemory ? from_memory(stream) : to_memory(stream);
  if (!moved) {
    stream.flags |= kFlagError;
    stream.control &= ~kEnable;
    return false;
  }
  count_item(stream);
  return true;
}

bool Dma::to_memory(Stream& stream) {
  const unsigned size = peripheral_size(stream.control);
  const unsigned unit = memory_size(stream.control, stream.fifo_control);
  if (!read_bus(stream.peripheral + stream.peripheral_offset, stream.fifo.data() + stream.held, size)) return false;
  stream.held += size;
  // A unit that the last item leaves incomplete is written as it is.
  const bool last = stream.items == 1;
  const uint32_t memory = stream.memory[(stream.control & kTarget) != 0 ? 1 : 0];
  uint32_t taken = 0;
  while (stream.held - taken >= unit || (last && taken < stream.held)) {
    const unsigned count = std::min(unit, stream.held - taken);
    if (!write_bus(memory + stream.memory_offset, stream.fifo.data() + taken, count)) return false;
    taken += count;
    if ((stream.control & kMemorySteps) != 0) stream.memory_offset += count;
  }
  std::memmove(stream.fifo.data(), stream.fifo.data() + taken, stream.held - taken);
  stream.held -= taken;
  return true;
}

bool Dma::from_memory(Stream& stream) {
  const unsigned size = peripheral_size(stream.control);
  const unsigned unit = memory_size(stream.control, stream.fifo_control);
  const uint32_t memory = stream.memory[(stream.control & kTarget) != 0 ? 1 : 0];
  while (stream.held < size) {
    if (!read_bus(memory + stream.memory_offset, stream.fifo.data() + stream.held, unit)) return false;
    stream.held += unit;
    if ((stream.control & kMemorySteps) != 0) stream.memory_offset += unit;
  }
  std::array<uint8_t, 4> item{};
  std::memcpy(item.data(), stream.fifo.data(), size);
  stream.held -= size;
  std::memmove(stream.fifo.data(), stream.fifo.data() + size, stream.held);
  return write_bus(stream.peripheral + stream.peripheral_offset, item.data(), size);
}

void Dma::count_item(Stream& stream) {
  if ((stream.control & kPeripheralSteps) != 0) {
    stream.peripheral_offset += (stream.control & kPeripheralStepsByFour) != 0 ? 4 : peripheral_size(stream.control);
  }
  --stream.items;
  if (stream.items == stream.programmed / 2) stream.flags |= kFlagHalf;
  if (stream.items != 0) return;
  stream.flags |= kFlagComplete;
  if ((stream.control & (kCircular | kDoubleBuffer)) == 0) {
    stream.control &= ~kEnable;
    return;
  }
  if ((stream.control & kDoubleBuffer) != 0) stream.control ^= kTarget;
  stream.items = stream.programmed;
  stream.memory_offset = 0;
  stream.peripheral_offset = 0;
  stream.held = 0;
}

void Dma::start(Stream& stream) {
  if (stream.items == 0) stream.items = stream.programmed;
  if (stream.items == 0) return;
  stream.control |= kEnable;
  stream.memory_offset = 0;
  stream.peripheral_offset = 0;
  stream.held = 0;
  stream.seen_items = ~0U;
  if (direction(stream.control) != Direction::kMemoryToMemory) return;
  if (!wiring_.has_memory_to_memory) {
    stream.flags |= kFlagError;
    stream.control &= ~kEnable;
    return;
  }
  stream.done_at = chip_.now() + stream.items * kCyclesPerItem * kSecond / chip_.hclk_hz();
}

// Switched off by the program: what is under way ends, which the complete flag shows (section 9.3.14).
void Dma::stop(Stream& stream) {
  stream.control &= ~kEnable;
  stream.done_at = kNever;
  stream.flags |= kFlagComplete;
}

void Dma::write_control(Stream& stream, uint32_t value) {
  value &= kControlBits;
  const bool was_on = (stream.control & kEnable) != 0;
  const uint32_t changeable = was_on ? kChangeableWhileOn : ~0U;
  const bool on = (value & kEnable) != 0;
  stream.control = merge(stream.control, value, changeable & ~kEnable);
  if (on && !was_on) start(stream);
  if (!on && was_on) stop(stream);
}

// Flags of four streams lie in a register, at bits 0, 6, 16 and 22.
uint32_t Dma::flags_shift(unsigned number) { return number % 4 * 6 + (number % 4 >= 2 ? 4 : 0); }

uint32_t Dma::read_word(uint32_t offset) {
  if (offset == kLisr || offset == kHisr) {
    const unsigned first = offset == kLisr ? 0 : 4;
    uint32_t value = 0;
    for (unsigned i = first; i < first + 4; ++i) value |= streams_[i].flags << flags_shift(i);
    return value;
  }
  if (offset < kFirstStream || offset >= kFirstStream + kStreams * kStreamSize) return 0;
  Stream& stream = streams_[(offset - kFirstStream) / kStreamSize];
  switch ((offset - kFirstStream) % kStreamSize) {
    case 0x00:
      return stream.control;
    case 0x04:
      if (stream.items == stream.seen_items) ++vain_reads_;
      stream.seen_items = stream.items;
      return stream.items;
    case 0x08:
      return stream.peripheral;
    case 0x0C:
      return stream.memory[0];
    case 0x10:
      return stream.memory[1];
    default:
      // The FIFO shows empty: it holds less than a unit.
      return stream.fifo_control;
  }
}

void Dma::write_word(uint32_t offset, uint32_t value, uint32_t mask) {
  if (offset == kLifcr || offset == kHifcr) {
    const unsigned first = offset == kLifcr ? 0 : 4;
    for (unsigned i = first; i < first + 4; ++i) streams_[i].flags &= ~(value >> flags_shift(i) & kAllFlags);
    return update_irqs();
  }
  if (offset < kFirstStream || offset >= kFirstStream + kStreams * kStreamSize) return;
  const unsigned number = (offset - kFirstStream) / kStreamSize;
  Stream& stream = streams_[number];
  const bool on = (stream.control & kEnable) != 0;
  switch ((offset - kFirstStream) % kStreamSize) {
    case 0x00:
      write_control(stream, merge(stream.control, value, mask));
      serve_stream(number);
      break;
    case 0x04:
      if (!on) stream.programmed = stream.items = merge(stream.items, value, mask) & 0xFFFFU;
      break;
    case 0x08:
      if (!on) stream.peripheral = merge(stream.peripheral, value, mask);
      break;
    case 0x0C:
    case 0x10: {
      // With double buffering the one that is not in use may be changed.
      const unsigned index = (offset - kFirstStream) % kStreamSize == 0x0C ? 0 : 1;
      const bool in_use = ((stream.control & kTarget) != 0 ? 1U : 0U) == index;
      const bool doubled = (stream.control & kDoubleBuffer) != 0;
      if (!on || (doubled && !in_use)) stream.memory[index] = merge(stream.memory[index], value, mask);
      break;
    }
    default: {
      constexpr uint32_t kThresholdAndMode = 7, kFifoIrq = 1U << 7;
      const uint32_t writable = (on ? 0 : kThresholdAndMode) | kFifoIrq;
      stream.fifo_control = merge(stream.fifo_control, value, mask & writable);
      break;
    }
  }
  update_irqs();
}

bool Dma::read_bus(uint32_t address, uint8_t* bytes, unsigned size) {
  if (!is_register(address)) return chip_.dma_read(address, bytes, size);
  uint32_t value = 0;
  if (!registers_.read_register(address, value, size)) return false;
  for (unsigned i = 0; i < size; ++i) bytes[i] = static_cast<uint8_t>(value >> (8 * i));
  return true;
}

bool Dma::write_bus(uint32_t address, const uint8_t* bytes, unsigned size) {
  if (!is_register(address)) return chip_.dma_write(address, bytes, size);
  uint32_t value = 0;
  for (unsigned i = 0; i < size; ++i) value |= static_cast<uint32_t>(bytes[i]) << (8 * i);
  return registers_.write_register(address, value, size);
}

void Dma::update_irqs() {
  for (unsigned i = 0; i < kStreams; ++i) {
    const Stream& stream = streams_[i];
    const uint32_t enabled = ((stream.control & kErrorIrq) != 0 ? kFlagError : 0) |
                             ((stream.control & kHalfIrq) != 0 ? kFlagHalf : 0) |
                             ((stream.control & kCompleteIrq) != 0 ? kFlagComplete : 0);
    chip_.set_irq(wiring_.irqs[i], (stream.flags & enabled) != 0);
  }
}

}  // namespace virtual_board
