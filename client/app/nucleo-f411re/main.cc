// The skeleton of a product on the NUCLEO-F411RE: runs the first-boot client, whose bytes the host at the serial line
// passes to the service (`factory-tool relay`), then sleeps where a product would begin its work.
#include "client/port/relay/relay_observer.h"
#include "client/port/relay/relay_stream.h"
#include "client/src/client.h"
#include "device/port/stm32f411/arena.h"
#include "device/port/stm32f411/clock.h"
#include "device/port/stm32f411/line.h"
#include "device/port/stm32f411/make_static.h"
#include "device/port/stm32f411/reset_cause.h"
#include "device/port/stm32f411/startup.h"
#include "device/port/stm32f411/stm32_board.h"
#include "device/port/stm32f411/timing.h"
#include "device/port/stm32f411/watchdog.h"

namespace {

// What TLS, X.509 and PSA Crypto allocate: a first boot against a service with one certificate fails at 5 KiB and works
// at 6 (virtual board). The rest is for a server's chain that fills the 2 KiB of a record.
constexpr size_t kArenaSize = 9 * 1024;

// The host sends a frame when it was asked, and at most once more.
base::ByteArray<2 * protocol::frame_wire_size(client::RelayStream::kDataSize + protocol::kMaxRelayReplyHead)> g_ring;

class LineSerial final : public client::Serial {
 public:
  explicit LineSerial(stm32f411::Line& line) : line_(line) {}

  size_t read(base::MutableBytes out, uint32_t limit_ms) override {
    const uint64_t end = stm32f411::milliseconds() + limit_ms;
    for (;;) {
      stm32f411::kick_watchdog();
      const size_t size = line_.read(out);
      if (size != 0 || stm32f411::milliseconds() >= end) return size;
      line_.wait();
    }
  }
  void write(base::ByteView bytes) override { line_.write(bytes); }

 private:
  stm32f411::Line& line_;
};

class TickClock final : public client::Clock {
 public:
  explicit TickClock(stm32f411::Line& line) : line_(line) {}

  std::optional<uint64_t> wall_seconds() override { return std::nullopt; }  // the board's has no battery
  uint64_t monotonic_ms() override { return stm32f411::milliseconds(); }
  bool sleep_ms(uint64_t milliseconds) override {
    const uint64_t end = stm32f411::milliseconds() + milliseconds;
    base::ByteArray<16> unwanted;
    while (stm32f411::milliseconds() < end) {
      stm32f411::kick_watchdog();
      if (line_.read(unwanted) == 0) line_.wait();
    }
    return true;
  }

 private:
  stm32f411::Line& line_;
};

// Another one than at the last start, or the host takes a first request for the last one's.
uint16_t first_sequence(device::Board& board) {
  base::ByteArray<2> noise{};
  (void)board.noise()->collect(noise);
  return base::load_be<uint16_t>(noise.data());
}

// Not inlined, so that the stack that it takes is free again.
[[gnu::noinline]] base::Status prepare(client::Client& client) { return client.prepare(); }

}  // namespace

void run_firmware() {
  const stm32f411::Clocks clocks = stm32f411::start_clocks();
  stm32f411::start_watchdog();
  stm32f411::start_timing(clocks.core_hz);
  auto& line = stm32f411::make_static<stm32f411::Line>();
  line.start(g_ring, clocks.apb1_hz, FACTORY_LINE_BAUD);
  stm32f411::give_arena<kArenaSize>();

  auto& board = stm32f411::make_static<device::Stm32Board>(base::ByteView());
  auto& serial = stm32f411::make_static<LineSerial>(line);
  auto& clock = stm32f411::make_static<TickClock>(line);
  auto& stream = stm32f411::make_static<client::RelayStream>(serial, clock, first_sequence(board));
  auto& observer = stm32f411::make_static<client::RelayObserver>(stream);
  client::ClientOptions options;
  options.stagger = 0;  // each has a line and a host of its own: no crowd to spread
  auto& client = stm32f411::make_static<client::Client>(board, stream, clock, observer, options);

  const base::Status prepared = prepare(client);
  if (!prepared && prepared.error() != base::ErrorCode::kAlreadyActivated) {
    observer.event(client::Observer::Event::kAttemptFailed, prepared.error(), "the unit is not fit for a first boot",
                   0);
  }
  if (prepared) {
    if (const base::Status done = client.run(); !done) {
      observer.event(client::Observer::Event::kAttemptFailed, done.error(), "given up", 0);
    }
  }
  // The product.
  for (;;) {
    stm32f411::kick_watchdog();
    base::ByteArray<16> unwanted;
    if (line.read(unwanted) == 0) line.wait();
  }
}
