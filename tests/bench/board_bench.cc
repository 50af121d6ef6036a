// What a unit costs on the NUCLEO-F411RE, in virtual time: the real firmware on the virtual board, injected by the
// tool's own session.
//
//   board_bench [--agent ELF] [--agent-fast ELF] [--speed ELF]
#include <cstdio>
#include <map>
#include <sstream>
#include <stdexcept>

#include "tests/bench/virtual_line.h"
#include "tests/firmware/firmware_board.h"
#include "tests/support/injection_floor.h"

namespace {

using namespace virtual_board;

double milliseconds(Time time) { return static_cast<double>(time) / static_cast<double>(kMillisecond); }

// Core cycles of each operation, as tests/bench/firmware/crypto_speed.cc says them.
std::map<std::string, double> measure_crypto(const std::string& elf) {
  Image image(1);
  Board board(image, {});
  if (auto flashed = board.flash_elf(elf); !flashed) throw std::runtime_error(flashed.error().to_string());
  board.power_on();
  std::string text;
  while (text.find("done\n") == std::string::npos) {
    const StopReason why = board.run(board.now() + 20 * kSecond, true);
    for (const LineByte& byte : board.take_line_out()) text.push_back(static_cast<char>(byte.value));
    if (why != StopReason::kLineOut) throw std::runtime_error(elf + " stopped: " + board.trouble() + text);
  }
  std::map<std::string, double> cycles;
  std::istringstream lines(text);
  std::string name;
  double value = 0;
  while (lines >> name && name != "done" && lines >> value) cycles[name] = value;
  return cycles;
}

struct UnitCost {
  double total = 0, wire = 0, flash = 0, compute = 0, host = 0;  // milliseconds
  double boot = 0;                                               // from power-on to the first sleep
  double bytes = 0, round_trips = 0;
  FlashCounters flash_counters;
  uint64_t instructions = 0;
  uint32_t baud = 0;
};

UnitCost inject_one(test::InjectionFloor& floor, const std::string& order, const std::string& elf, uint64_t seed,
                    Time latency) {
  base::Bytes block(protocol::kBatchBlockSize);
  if (!protocol::encode_batch_block(floor.station.batch, std::span<uint8_t, protocol::kBatchBlockSize>(block))) {
    throw std::runtime_error("the batch block cannot be encoded");
  }
  test::FirmwareBoard unit(elf, block, seed);
  Board& board = unit.board;
  board.power_on();
  (void)board.run(board.now() + 200 * kMillisecond);  // started, and nobody there
  const BoardCounters before = board.counters();
  const Time start = board.now();
  const uint32_t baud = board.baud();  // off again after the lock's restart
  bench::VirtualLine line(board, latency);
  const auto result = floor.inject(order, line, [](factory::InjectionContext& context) {
    context.reply_limit = std::chrono::minutes(10);  // of the host's time, which does not count
  });
  if (!result) throw std::runtime_error(result.error().to_string() + " " + board.trouble());
  const BoardCounters after = board.counters();

  UnitCost cost;
  cost.baud = baud;
  cost.total = milliseconds(board.now() - start);
  cost.flash = milliseconds(after.stalled - before.stalled);
  cost.host = milliseconds(line.waited_for_host());
  cost.wire = milliseconds(after.asleep - before.asleep) - cost.host;
  cost.compute = cost.total - cost.flash - cost.host - cost.wire;
  cost.bytes = static_cast<double>(result->figures.bytes_sent + result->figures.bytes_received);
  cost.round_trips = result->figures.round_trips;
  cost.instructions = after.instructions - before.instructions;
  cost.flash_counters = after.flash;
  cost.flash_counters.busy -= before.flash.busy;
  return cost;
}

void print_unit(const UnitCost& cost, Time latency, const std::map<std::string, double>& cycles) {
  const double cycles_a_ms = 100e3;
  // One key pair with its public half, one signature, the two agreements of the handshake.
  const double curve =
      (cycles.at("generate") + cycles.at("export_public") + cycles.at("sign") + 2 * cycles.at("agree")) / cycles_a_ms;
  const double flash = milliseconds(cost.flash_counters.busy);
  const double wire = cost.bytes * 10 * 1000 / cost.baud;
  const double bound = wire + flash + curve;
  std::printf("| %u | %.0f ms | %.0f | %.0f | %.0f | %.0f | %.0f | %.0f (%.0f + %.0f + %.0f) | %.2f |\n", cost.baud,
              milliseconds(latency), cost.total, cost.wire, cost.flash, cost.compute, cost.host, bound, wire, flash,
              curve, cost.total / bound);
}

int run(const std::vector<std::string>& agents, const std::string& speed) {
  const auto cycles = measure_crypto(speed);
  std::printf("P-256 at 100 MHz, ms:");
  for (const auto& [name, value] : cycles) std::printf(" %s %.1f", name.c_str(), value / 100e3);
  std::printf(
      "\n\n| baud | adapter | unit, ms | wire | flash | compute | host | bound (wire + flash + curve) | times |\n");
  std::printf("|---|---|---|---|---|---|---|---|---|\n");
  test::InjectionFloor floor(1);
  floor.add_order("o1", 100);
  uint64_t seed = 0;
  UnitCost last;
  for (const std::string& agent : agents) {
    for (const Time latency : {Time{0}, kMillisecond, 16 * kMillisecond}) {
      last = inject_one(floor, "o1", agent, ++seed, latency);
      print_unit(last, latency, cycles);
    }
  }
  const FlashCounters& flash = last.flash_counters;
  std::printf(
      "\n%.0f bytes, %.0f round trips, %.1f million instructions; %llu flash units, %llu erases, %llu OTP units, %llu "
      "changes of the option bytes\n",
      last.bytes, last.round_trips, static_cast<double>(last.instructions) / 1e6,
      static_cast<unsigned long long>(flash.units_programmed), static_cast<unsigned long long>(flash.sectors_erased),
      static_cast<unsigned long long>(flash.otp_units), static_cast<unsigned long long>(flash.option_changes));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> agents{AGENT_ELF, FAST_AGENT_ELF};
  std::string speed = SPEED_ELF;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string option = argv[i];
    if (option == "--agent") agents = {argv[i + 1]};
    if (option == "--agent-fast") agents.push_back(argv[i + 1]);
    if (option == "--speed") speed = argv[i + 1];
  }
  try {
    return run(agents, speed);
  } catch (const std::exception& trouble) {
    std::fprintf(stderr, "board_bench: %s\n", trouble.what());
    return 1;
  }
}
