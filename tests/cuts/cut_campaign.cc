#include "tests/cuts/cut_campaign.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace test {

uint64_t mix(uint64_t seed, uint64_t number) {
  uint64_t z = seed + (number + 1) * 0x9E3779B97F4A7C15U;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

CutCampaign::CutCampaign(uint64_t seed, Plan plan) : seed_(seed), plan_(std::move(plan)), every_(plan_.every) {
  if (const char* all = std::getenv("FACTORY_LINE_CUTS")) {
    if (std::strcmp(all, "all") == 0) {
      every_ = 1;
      rounds_ = plan_.rounds_of_all;
    } else {
      every_ = std::max(1ULL, std::strtoull(all, nullptr, 10));
    }
  }
  if (const char* one = std::getenv("FACTORY_LINE_CUT")) {
    unsigned long long operation = 0;
    int variant = 0;
    if (std::sscanf(one, "%llu:%d", &operation, &variant) == 2) {
      only_ = {.operation = operation, .variant = variant};
      rounds_ = variant / static_cast<int>(plan_.kinds.size()) + 1;
    }
  }
  candidates_ = mix(seed_, 0) % every_;
}

std::optional<CutCase> CutCampaign::before_operation(const std::vector<int>& times, bool always) {
  if (is_child_) return std::nullopt;
  const uint64_t number = operations_++;
  const int count = static_cast<int>(plan_.kinds.size());
  const int most = *std::max_element(times.begin(), times.end());
  for (int variant = 0; variant < most * rounds_ * count; ++variant) {
    const int kind = variant % count;
    if (variant / count >= times[static_cast<size_t>(kind)] * rounds_ || !is_chosen(variant, always)) continue;
    const uint64_t seed = mix(mix(seed_, number), static_cast<uint64_t>(variant));
    if (auto cut = fork_here({.operation = number, .variant = variant, .kind = kind, .seed = seed})) return cut;
  }
  return std::nullopt;
}

bool CutCampaign::is_chosen(int variant, bool always) {
  if (only_) return only_->operation == operations_ - 1 && only_->variant == variant;
  return always || candidates_++ % every_ == 0;
}

std::optional<CutCase> CutCampaign::fork_here(const CutCase& cut) {
  while (running_.size() >= kParallel) reap();
  std::fflush(stdout);
  std::fflush(stderr);
  const pid_t pid = ::fork();
  if (pid < 0) throw std::runtime_error("fork");
  if (pid != 0) {
    running_.emplace(pid, cut);
    ++cuts_;
    return std::nullopt;
  }
  is_child_ = true;
  case_ = cut;
  return cut;
}

void CutCampaign::tell(const CutCase& cut, const std::string& how) const {
  std::fprintf(stderr, "FACTORY_LINE_SEED=%llu FACTORY_LINE_CUT=%llu:%d (%s): %s\n",
               static_cast<unsigned long long>(seed_), static_cast<unsigned long long>(cut.operation), cut.variant,
               plan_.kinds[static_cast<size_t>(cut.kind)], how.c_str());
}

void CutCampaign::end_child(int outcome, base::ErrorCode error) {
  if (outcome >= kFirstBad)
    tell(case_, "step " + std::to_string(outcome) + ", " + std::string(base::error_name(error)));
  std::fflush(stdout);
  std::fflush(stderr);
  ::_exit(outcome);
}

void CutCampaign::wait() {
  while (!running_.empty()) reap();
}

void CutCampaign::reap() {
  // These alone: the process may have other children.
  for (auto it = running_.begin();; it = std::next(it) == running_.end() ? running_.begin() : std::next(it)) {
    int status = 0;
    const pid_t ended = ::waitpid(it->first, &status, running_.size() == 1 ? 0 : WNOHANG);
    if (ended == 0) {
      ::usleep(1000);
      continue;
    }
    const CutCase cut = it->second;
    running_.erase(it);
    if (ended > 0 && WIFEXITED(status)) {
      ++ended_[static_cast<size_t>(WEXITSTATUS(status))];
      if (WEXITSTATUS(status) >= kFirstBad) ++failures_;
    } else {
      tell(cut, ended > 0 ? "ended by signal " + std::to_string(WTERMSIG(status)) : "lost");
      ++failures_;
    }
    return;
  }
}

}  // namespace test
