#include "factory-tool/service/challenge_book.h"

namespace factory {

void ChallengeBook::put(const protocol::Digest& fingerprint, const protocol::Challenge& challenge, int64_t now_ms) {
  // Only certificates of the registry get here, so what is kept is bounded by the units that came in one life.
  std::erase_if(entries_, [now_ms](const auto& entry) { return entry.second.expires_ms <= now_ms; });
  entries_[fingerprint] = {challenge, now_ms + life_ms_};
}

std::optional<protocol::Challenge> ChallengeBook::take(const protocol::Digest& fingerprint, int64_t now_ms) {
  const auto found = entries_.find(fingerprint);
  if (found == entries_.end()) return std::nullopt;
  const Entry entry = found->second;
  entries_.erase(found);
  if (entry.expires_ms <= now_ms) return std::nullopt;
  return entry.challenge;
}

}  // namespace factory
