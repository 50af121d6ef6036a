#include "tests/firmware_cuts/board_cuts.h"

namespace test {

using virtual_board::FlashOperation;

namespace {

constexpr std::array kClassNames = {"words of flash", "words of OTP", "lock bytes", "erases",
                                    "changes of the option bytes"};
constexpr uint32_t kSprmod = 1U << 31;

}  // namespace

BoardCuts::BoardCuts(uint64_t seed, virtual_board::Board& board, uint64_t every)
    : board_(board), campaign_(seed, {.kinds = {"whole", "torn", "torn, erased SPRMOD is 1"}, .every = every}) {}

void BoardCuts::begin() {
  board_.flash().set_observer([this](const FlashOperation& operation) { at_operation(operation); });
}

void BoardCuts::at_operation(const FlashOperation& operation) {
  if (campaign_.is_child()) return;
  ++by_class_[static_cast<size_t>(operation.kind)];
  const std::vector<int> times = operation.kind == FlashOperation::Kind::kOptions
                                     ? std::vector{1, kTornOptions, kTornOptions}
                                     : std::vector{1, 1, 0};
  const auto cut = campaign_.before_operation(times, operation.kind == FlashOperation::Kind::kOptions);
  if (!cut) return;
  cut_ = *cut;
  board_.reseed(cut_.seed);
  board_.flash().assume_erased_sprmod(cut_.kind == kTornBlankSprmod);
  board_.flash().cut_at(0, cut_.kind == kWhole ? virtual_board::Cut::kWhole : virtual_board::Cut::kTorn);
}

std::string BoardCuts::operations_by_class() const {
  std::string text;
  for (size_t i = 0; i < by_class_.size(); ++i) {
    if (by_class_[i] != 0) text += (text.empty() ? "" : ", ") + std::to_string(by_class_[i]) + " " + kClassNames[i];
  }
  return text;
}

bool is_execute_only(const virtual_board::Image& image) { return (image.content().option_bytes & kSprmod) != 0; }

}  // namespace test
