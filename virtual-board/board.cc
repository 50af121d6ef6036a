#include "virtual-board/board.h"

#include <algorithm>

#include "virtual-board/machine.h"

namespace virtual_board {
namespace {

constexpr uint8_t kPaint = 0xA5;

// The part of [from, to) that is in SRAM, as offsets.
std::pair<size_t, size_t> in_sram(uint32_t from, uint32_t to) {
  const auto offset = [](uint32_t address) {
    return address < kSram.base ? size_t{0} : std::min<size_t>(address - kSram.base, kSram.size);
  };
  return {offset(from), std::max(offset(from), offset(to))};
}

}  // namespace

Board::Board(Image& image, const BoardOptions& options) : machine_(std::make_unique<Machine>(image, options)) {}
Board::~Board() = default;

base::Outcome<void> Board::flash_elf(const std::string& path) { return machine_->flash_elf(path); }
void Board::power_on() { machine_->power_on(); }
void Board::power_off() { machine_->power_off(); }
void Board::press_reset() { machine_->reset(ResetCause::kPin); }
StopReason Board::run(Time limit, bool stop_on_output) { return machine_->run(limit, stop_on_output); }
Time Board::now() const { return machine_->now(); }
std::string Board::trouble() const { return machine_->trouble(); }

void Board::line_in(std::span<const uint8_t> bytes) { machine_->line().line_in(bytes); }
std::vector<LineByte> Board::take_line_out() {
  std::vector<LineByte> bytes;
  for (const SentByte& sent : machine_->line().take_line_out()) {
    bytes.push_back({sent.at, sent.value});
  }
  return bytes;
}
uint32_t Board::baud() const { return machine_->line().baud(); }
bool Board::line_busy() const { return machine_->line().line_busy(); }

BoardCounters Board::counters() const { return machine_->counters(); }

void Board::paint_sram(uint32_t from, uint32_t to) {
  const auto [begin, end] = in_sram(from, to);
  std::ranges::fill(machine_->sram().subspan(begin, end - begin), kPaint);
  if (begin < end) {
    machine_->sram_changed(kSram.base + static_cast<uint32_t>(begin), end - begin);
  }
}

uint32_t Board::lowest_touched(uint32_t from, uint32_t to) const {
  const auto [begin, end] = in_sram(from, to);
  const std::span<const uint8_t> bytes = machine_->sram();
  for (size_t i = begin; i < end; i++) {
    if (bytes[i] != kPaint) {
      return kSram.base + static_cast<uint32_t>(i);
    }
  }
  return to;
}

void Board::put_in(const ImageContent& content) { machine_->put_in(content); }
void Board::reseed(uint64_t seed) { machine_->reseed(seed); }

FlashInterface& Board::flash() { return machine_->flash(); }
bool Board::bus_read(uint32_t address, uint32_t& value, unsigned size) {
  return machine_->access(address, value, size, false);
}
bool Board::bus_write(uint32_t address, uint32_t value, unsigned size) {
  const bool answered = machine_->access(address, value, size, true);
  machine_->settle();
  return answered;
}

}  // namespace virtual_board
