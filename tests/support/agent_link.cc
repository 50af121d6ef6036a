#include "tests/support/agent_link.h"

namespace test {

using base::ErrorCode;

base::Outcome<void> AgentLink::write(base::ByteView bytes) {
  ++writes_;
  const bool cut = cut_in_ == 0;
  if (cut_in_ >= 0) --cut_in_;
  if (cut) lost_ = true;
  if (lost_ && !(cut && cut_delivers_)) return base::failure(ErrorCode::kLinkLost, "cut by the test", name());
  {
    const ScopedRandom scope(device_random_);
    unit_.send(bytes);
    device_random_ = entropy::psa_random_source();  // a restart makes a new generator
  }
  return {};
}

base::Outcome<base::Bytes> AgentLink::read(std::chrono::milliseconds) {
  if (lost_) return base::failure(ErrorCode::kLinkLost, "cut by the test", name());
  // Nothing is on its way where the agent said nothing: no test waits for a time limit.
  return unit_.receive();
}

}  // namespace test
