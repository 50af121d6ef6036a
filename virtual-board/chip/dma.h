// A DMA controller of eight streams: between a peripheral and memory, and on DMA2 from memory to memory. RM0383
// section 9.
//
// Who asks for transfers is a DmaSource: the controller looks whether it asks, when it tells so and when a stream is
// switched on, and moves items until it asks no more. A transfer takes no virtual time of its own; memory to memory
// takes kCyclesPerItem each and shows at its end.
#pragma once

#include <array>
#include <functional>
#include <vector>

#include "virtual-board/chip/register_model.h"

namespace virtual_board {

class DmaSource {
 public:
  // Whether request `line` of this part is asserted now.
  [[nodiscard]] virtual bool requests_dma(unsigned line) const = 0;

 protected:
  ~DmaSource() = default;
};

class Dma final : public RegisterModel {
 public:
  static constexpr unsigned kStreams = 8;
  static constexpr uint64_t kCyclesPerItem = 6;  // about: two accesses on the bus matrix, no one else on it

  struct Wiring {
    std::array<unsigned, kStreams> irqs;
    bool has_memory_to_memory;
    std::function<bool()> is_clocked;
  };

  Dma(Chip& chip, RegisterBus& registers, Wiring wiring);

  void reset() override;
  Time next_event() const override;
  void advance() override;

  // Request `line` of `source` reaches `stream` as channel `channel` (RM0383 tables 27 and 28).
  void connect(unsigned stream, unsigned channel, DmaSource& source, unsigned line);
  // The source's lines may have risen.
  void serve(const DmaSource& source);
  // Reads of NDTR that found what the read before found: a program that waits for data by looking.
  [[nodiscard]] uint64_t vain_reads() const { return vain_reads_; }

 private:
  struct Stream {
    uint32_t control = 0;
    uint32_t items = 0;       // NDTR
    uint32_t programmed = 0;  // what NDTR was last written with
    uint32_t peripheral = 0;
    std::array<uint32_t, 2> memory{};
    uint32_t fifo_control = 0x21;
    uint32_t flags = 0;
    uint32_t memory_offset = 0;  // bytes gone since the start or the last reload
    uint32_t peripheral_offset = 0;
    std::array<uint8_t, 16> fifo{};
    uint32_t held = 0;  // bytes in the FIFO
    uint32_t seen_items = ~0U;
    Time done_at = kNever;  // memory to memory
  };
  struct Connection {
    unsigned stream;
    unsigned channel;
    DmaSource* source;
    unsigned line;
  };

  uint32_t read_word(uint32_t offset) override;
  void write_word(uint32_t offset, uint32_t value, uint32_t mask) override;
  void write_control(Stream& stream, uint32_t value);
  void start(Stream& stream);
  void stop(Stream& stream);
  void serve_stream(unsigned number);
  void copy_memory(Stream& stream);
  // One item of the peripheral's size. False: a bus error stopped the stream.
  bool transfer(Stream& stream);
  bool to_memory(Stream& stream);
  bool from_memory(Stream& stream);
  void count_item(Stream& stream);
  bool read_bus(uint32_t address, uint8_t* bytes, unsigned size);
  bool write_bus(uint32_t address, const uint8_t* bytes, unsigned size);
  [[nodiscard]] static uint32_t flags_shift(unsigned number);
  void update_irqs();

  Chip& chip_;
  RegisterBus& registers_;
  Wiring wiring_;
  std::array<Stream, kStreams> streams_{};
  std::vector<Connection> connections_;
  unsigned serving_ = 0;  // streams under way, as bits: a transfer's own side effects must not start it again
  uint64_t vain_reads_ = 0;
};

}  // namespace virtual_board
