// The client of the first boot: proves to the service that this unit holds the key that was put or made on it,
// once, and remembers that it did. No I/O of its own: an app gives it a board, a stream and a clock.
#pragma once

#include "client/port.h"
#include "client/src/backoff.h"
#include "client/src/check_in.h"
#include "client/src/time_floor.h"
#include "device/board.h"
#include "device/seed_store.h"
#include "entropy/device/generator.h"

namespace client {

// Bytes for what the client reads from the chip and keeps: its certificate, the chain, the server's CA, URI and serial.
// A build for a chip sets less than what all of them at their largest would take.
#if !defined(FACTORY_LINE_CLIENT_ITEM_SPACE)
#define FACTORY_LINE_CLIENT_ITEM_SPACE (3 * protocol::kMaxItemSize + 512)
#endif
inline constexpr size_t kItemSpace = FACTORY_LINE_CLIENT_ITEM_SPACE;
static_assert(kItemSpace >= protocol::kMaxItemSize);  // an item of the product has to fit, to be digested

// Milliseconds.
struct ClientOptions {
  BackoffOptions backoff;
  uint64_t stagger = 20'000;        // the first attempt comes at random within this time after the start
  uint32_t connect_limit = 30'000;  // connection and handshake together
  uint32_t io_limit = 15'000;       // for each request to be sent, and for each wait for an answer
  bool once = false;                // one attempt at once, without stagger
};

// What happens, for a log. Nothing in it is secret.
class Observer {
 public:
  enum class Event : uint8_t {
    kAlreadyActivated,
    kClockBehind,    // the clock is before the time floor and was not believed
    kWaiting,        // `number`: milliseconds until the next attempt
    kConnecting,     // `text`: host name; `number`: port
    kConnected,      // `text`: version of TLS
    kAttemptFailed,  // `error`, `text`: what is known
    kActivated,      // `number`: time of the service
  };
  virtual void event(Event event, base::ErrorCode error, std::string_view text, uint64_t number) = 0;

 protected:
  ~Observer() = default;
};

class Client {
 public:
  Client(device::Board& board, Stream& stream, Clock& clock, Observer& observer, const ClientOptions& options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Opens the root of trust, seeds the generator (its successor is stored first) and reads the items.
  // kAlreadyActivated: nothing is left to do, and nothing was changed; kNotProvisioned: not locked, or an item,
  // the key or the commit record is missing; kDigestMismatch: the items are not those that were committed;
  // kUriNotTls, kUriMalformed, kUnsupported: the server's URI; kItemTooLarge: the items do not fit into kItemSpace; and
  // what rot and generator report.
  base::Status prepare();

  // After prepare(): attempts, with waits in between, until one succeeds; with options.once a single one.
  // kBadState: not prepared; kTimeout: the app was asked to end; kMalformed, kNoKey: the unit's certificates or key
  // cannot be used, ever; what the generator reports; what attempt() reports, with options.once only.
  base::Status run();

  // One attempt: connect, prove, store. On success the unit is activated and the store says so.
  // Refusals of the service: kClone, kRefusedByServer (text says why); what TLS session and check-in report;
  // what the store reports: then the service knows the unit as activated, and a second attempt is welcome.
  base::Status attempt();

 private:
  base::Status read_items();
  base::Status read_item(std::string_view name, base::ByteView& view, bool optional = false);
  base::Status check_digest();
  base::Status finish(const ServiceAnswer& answer);

  device::Board& board_;
  Clock& clock_;
  Observer& observer_;
  ClientOptions options_;
  rot::Rot rot_;
  device::RotSeedStore seed_store_;
  entropy::Generator generator_;
  TimeFloor time_floor_;
  TlsSession session_;

  // The items that the client needs, one behind the other, as long as it lives.
  std::array<uint8_t, kItemSpace> items_{};
  size_t items_used_ = 0;
  TlsIdentity identity_;
  ServerUri server_;
  UnitFacts facts_;
  std::string_view detail_;
  ServiceAnswer answer_;
  bool prepared_ = false;
};

}  // namespace client
