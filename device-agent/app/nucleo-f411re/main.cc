// The provisioning firmware of the NUCLEO-F411RE.
#include "device-agent/src/agent.h"
#include "device/batch_section.h"
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

// Mbed TLS allocates 160 bytes at its worst: p256-m needs none, so it is PSA's keys and their stored form. Measured.
constexpr size_t kArenaSize = 1024;

// The host has a window of frames under way, and one of them is the one that the agent works on.
base::ByteArray<(protocol::ReplyCache::kWindow - 1) * protocol::frame_wire_size(agent::kMaxPayload) + 64> g_ring;

class LineOutput final : public agent::Output {
 public:
  explicit LineOutput(stm32f411::Line& line) : line_(line) {}
  void write(base::ByteView bytes) override { line_.write(bytes); }

 private:
  stm32f411::Line& line_;
};

// Not inlined, so that the stack that it takes is free again. A failure is the unit's fault in `hello`.
[[gnu::noinline]] void start(agent::Agent& agent) { (void)agent.start(); }

}  // namespace

void run_firmware() {
  const stm32f411::Clocks clocks = stm32f411::start_clocks();
  stm32f411::start_watchdog();
  stm32f411::start_timing(clocks.core_hz);
  auto& line = stm32f411::make_static<stm32f411::Line>();
  line.start(g_ring, clocks.apb1_hz, FACTORY_LINE_BAUD);  // a host that is there already need not ask twice
  stm32f411::give_arena<kArenaSize>();

  auto& board = stm32f411::make_static<device::Stm32Board>(device::batch_section());
  auto& output = stm32f411::make_static<LineOutput>(line);
  auto& agent = stm32f411::make_static<agent::Agent>(board, output);
  start(agent);

  base::ByteArray<64> bytes;
  for (;;) {
    stm32f411::kick_watchdog();
    const size_t size = line.read(bytes);
    if (size == 0) {
      line.wait();
      continue;
    }
    agent.receive(base::ByteView(bytes).first(size));
    if (!agent.reboot_requested()) continue;
    line.drain();
    stm32f411::reset_chip();
  }
}
