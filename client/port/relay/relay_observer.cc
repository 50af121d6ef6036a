#include "client/port/relay/relay_observer.h"

namespace client {
namespace {

using protocol::RelayEvent;

constexpr bool same(Observer::Event ours, RelayEvent theirs) {
  return static_cast<uint8_t>(ours) == static_cast<uint8_t>(theirs);
}
static_assert(same(Observer::Event::kAlreadyActivated, RelayEvent::kAlreadyActivated));
static_assert(same(Observer::Event::kClockBehind, RelayEvent::kClockBehind));
static_assert(same(Observer::Event::kWaiting, RelayEvent::kWaiting));
static_assert(same(Observer::Event::kConnecting, RelayEvent::kConnecting));
static_assert(same(Observer::Event::kConnected, RelayEvent::kConnected));
static_assert(same(Observer::Event::kAttemptFailed, RelayEvent::kAttemptFailed));
static_assert(same(Observer::Event::kActivated, RelayEvent::kActivated));

}  // namespace

void RelayObserver::event(Event event, base::ErrorCode error, std::string_view text, uint64_t number) {
  const bool is_the_end = event == Event::kActivated || event == Event::kAlreadyActivated;
  (void)stream_.log(static_cast<RelayEvent>(event), error, text, number, is_the_end ? kActivatedMs : kLogMs);
}

}  // namespace client
