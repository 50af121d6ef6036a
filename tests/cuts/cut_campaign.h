// Power cuts at the operations of one run, each from the very state that the run had there: before an operation the
// process forks, and the child loses its power in it, starts again and must recover. The parent goes on.
//
//   (default)                every operation in every kind of cut, or a sample of them (Plan::every)
//   FACTORY_LINE_CUTS=all    every operation in every kind, Plan::rounds_of_all times each
//   FACTORY_LINE_CUTS=N      every N-th of what could be left out
//   FACTORY_LINE_CUT=OP:VAR  this one alone, as a failure prints it
//   FACTORY_LINE_SEED=S      the random choices
//
// The process must have one thread when it forks.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace test {

// A number that looks random, the same for the same arguments.
uint64_t mix(uint64_t seed, uint64_t number);

struct CutCase {
  uint64_t operation = 0;
  int variant = 0;    // kind + round x number of kinds
  int kind = 0;       // index into Plan::kinds
  uint64_t seed = 0;  // of what is random in this case
};

class CutCampaign {
 public:
  struct Plan {
    std::vector<const char*> kinds;  // ways to end an operation: "whole", "torn", ...
    uint64_t every = 1;              // one in so many ordinary operations is cut, by default
    int rounds_of_all = 1;
  };
  // Exit codes of children: below kFirstBad the case is as it must be.
  static constexpr int kFirstBad = 10;

  CutCampaign(uint64_t seed, Plan plan);
  CutCampaign(const CutCampaign&) = delete;
  CutCampaign& operator=(const CutCampaign&) = delete;

  // Counts an operation. A case: this process is a child now, whose power goes in this operation; nothing: go on.
  // `times`: how often in each kind, for one round. `always`: never left out.
  std::optional<CutCase> before_operation(const std::vector<int>& times, bool always = false);
  [[nodiscard]] bool is_child() const { return is_child_; }
  // The child's end. A bad outcome is told with what replays it.
  [[noreturn]] void end_child(int outcome, base::ErrorCode error = base::ErrorCode::kOk);
  // Until no child is left.
  void wait();

  [[nodiscard]] uint64_t operations() const { return operations_; }
  [[nodiscard]] uint64_t cuts() const { return cuts_; }
  [[nodiscard]] uint64_t ended(int outcome) const { return ended_[static_cast<size_t>(outcome)]; }
  // Children that ended badly, or not by themselves.
  [[nodiscard]] uint64_t failures() const { return failures_; }

 private:
  static constexpr int kParallel = 2;

  [[nodiscard]] bool is_chosen(int variant, bool always);
  std::optional<CutCase> fork_here(const CutCase& cut);
  void reap();
  void tell(const CutCase& cut, const std::string& how) const;

  const uint64_t seed_;
  const Plan plan_;
  uint64_t every_;
  int rounds_ = 1;
  std::optional<CutCase> only_;

  uint64_t operations_ = 0;
  uint64_t candidates_ = 0;
  uint64_t cuts_ = 0;
  uint64_t failures_ = 0;
  std::array<uint64_t, 256> ended_{};
  std::map<pid_t, CutCase> running_;

  bool is_child_ = false;
  CutCase case_;
};

}  // namespace test
