// The challenges that are out: one a certificate, used once, for a short time. In memory only: after a restart
// of the service a device fetches a new one.
#pragma once

#include <map>
#include <optional>

#include "protocol/messages.h"

namespace factory {

class ChallengeBook {
 public:
  // `life_ms`: how long a challenge can be used. Times are milliseconds of a clock that never runs backwards.
  explicit ChallengeBook(int64_t life_ms) : life_ms_(life_ms) {}

  // Notes `challenge` for the certificate; an earlier one of the same certificate is void.
  void put(const protocol::Digest& fingerprint, const protocol::Challenge& challenge, int64_t now_ms);
  // Takes it out: a second call gives nothing, nor does one after its life.
  std::optional<protocol::Challenge> take(const protocol::Digest& fingerprint, int64_t now_ms);
  [[nodiscard]] size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    protocol::Challenge challenge{};
    int64_t expires_ms = 0;
  };
  int64_t life_ms_;
  std::map<protocol::Digest, Entry> entries_;
};

}  // namespace factory
