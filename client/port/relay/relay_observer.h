#pragma once

#include "client/port/relay/relay_stream.h"
#include "client/src/client.h"

namespace client {

// Tells the host's people what the client does. Where nobody listens it costs kLogMs an event, and nothing else; the
// news that a unit is activated is worth kActivatedMs.
class RelayObserver final : public Observer {
 public:
  static constexpr uint32_t kLogMs = 1'000;
  static constexpr uint32_t kActivatedMs = 10'000;

  explicit RelayObserver(RelayStream& stream) : stream_(stream) {}
  void event(Event event, base::ErrorCode error, std::string_view text, uint64_t number) override;

 private:
  RelayStream& stream_;
};

}  // namespace client
