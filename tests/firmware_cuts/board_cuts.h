// A campaign of power cuts (tests/cuts) at the operations of a virtual board's flash interface.
#pragma once

#include "tests/cuts/cut_campaign.h"
#include "virtual-board/board.h"

namespace test {

class BoardCuts {
 public:
  // What the cells of the option bytes read as while they are erased decides what a torn change of them leaves.
  enum Kind : int { kWhole, kTorn, kTornBlankSprmod };
  // Changes of the option bytes that are torn, of each kind: what is left of them has many shapes.
  static constexpr int kTornOptions = 1;

  // `every`: by default one operation in so many is cut, and every change of the option bytes.
  BoardCuts(uint64_t seed, virtual_board::Board& board, uint64_t every);
  // Counts and cuts from now on.
  void begin();

  [[nodiscard]] CutCampaign& campaign() { return campaign_; }
  [[nodiscard]] const CutCase& cut() const { return cut_; }
  // How many there were of each class, for people.
  [[nodiscard]] std::string operations_by_class() const;

 private:
  void at_operation(const virtual_board::FlashOperation& operation);

  virtual_board::Board& board_;
  CutCampaign campaign_;
  std::array<uint64_t, 5> by_class_{};
  CutCase cut_;
};

// The chip runs nothing any more, and only a debugger that erases its flash brings it back (rot/SPEC.md, section 9).
[[nodiscard]] bool is_execute_only(const virtual_board::Image& image);

}  // namespace test
