// What a unit costs on the NUCLEO-F411RE, in virtual time: the real firmware on the virtual board, injected by the
// tool's own session, and its first boot through the tool's relay. docs/benchmarks.md says what the figures mean.
//
//   board_bench [--agent ELF --client ELF]...
#include <cstdio>
#include <map>
#include <sstream>
#include <stdexcept>

#include "tests/firmware/board_floor.h"

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

// Milliseconds of virtual time, and how they were spent.
struct Cost {
  double total = 0, wire = 0, flash = 0, compute = 0, host = 0;
  double bytes = 0, round_trips = 0;
  FlashCounters flash_counters;
  uint64_t instructions = 0;
  uint32_t baud = 0;
};

// A program that sleeps waits for the line, or for the host; one that stands still waits for the flash; else it
// computes.
void split(Cost& cost, Time total, const BoardCounters& spent, Time host) {
  cost.total = milliseconds(total);
  cost.flash = milliseconds(spent.stalled);
  cost.host = milliseconds(host);
  cost.wire = milliseconds(spent.asleep) - cost.host;
  cost.compute = cost.total - cost.flash - cost.host - cost.wire;
  cost.instructions = spent.instructions;
  cost.flash_counters = spent.flash;
}

Cost inject_one(test::BoardFloor& floor, test::FirmwareBoard& unit, Time latency) {
  Board& board = unit.board;
  board.power_on();
  (void)board.run(board.now() + 200 * kMillisecond);  // started, and nobody there
  const BoardCounters before = board.counters();
  const Time start = board.now();
  Cost cost;
  cost.baud = board.baud();  // off again after the lock's restart
  bench::VirtualLine line(board, latency);
  const factory::InjectionResult result = floor.inject(unit, line);
  split(cost, board.now() - start, test::spent_since(before, board.counters()), line.waited_for_host());
  cost.bytes = static_cast<double>(result.figures.bytes_sent + result.figures.bytes_received);
  cost.round_trips = result.figures.round_trips;
  return cost;
}

Cost boot_one(test::BoardFloor& floor, test::FirmwareBoard& unit, const std::string& client, Time latency,
              test::FirstBoot& boot) {
  unit.board.power_off();
  if (auto flashed = unit.board.flash_elf(client); !flashed) throw std::runtime_error(flashed.error().to_string());
  boot = floor.boot(unit, latency);
  Cost cost;
  cost.baud = boot.baud;
  split(cost, boot.activated, boot.spent, boot.waited_for_host);
  cost.bytes = static_cast<double>(boot.spent.bytes_in + boot.spent.bytes_out);
  return cost;
}

void print(const Cost& cost, Time latency, double curve, const std::string& more = {}) {
  const double flash = milliseconds(cost.flash_counters.busy);
  const double wire = cost.bytes * 10 * 1000 / cost.baud;
  const double bound = wire + flash + curve;
  std::printf("| %u | %.0f ms |%s %.0f | %.0f | %.0f | %.0f | %.0f | %.0f (%.0f + %.0f + %.0f) | %.2f |\n", cost.baud,
              milliseconds(latency), more.c_str(), cost.total, cost.wire, cost.flash, cost.compute, cost.host, bound,
              wire, flash, curve, cost.total / bound);
}

void print_counts(const char* what, const Cost& cost) {
  const FlashCounters& flash = cost.flash_counters;
  std::printf(
      "%s: %.0f bytes, %.1f million instructions; %llu flash units, %llu erases, %llu OTP units, %llu changes of the "
      "option bytes\n",
      what, cost.bytes, static_cast<double>(cost.instructions) / 1e6,
      static_cast<unsigned long long>(flash.units_programmed), static_cast<unsigned long long>(flash.sectors_erased),
      static_cast<unsigned long long>(flash.otp_units), static_cast<unsigned long long>(flash.option_changes));
}

struct Images {
  std::string agent, client;
};

int run(const std::vector<Images>& builds, const std::string& speed) {
  const auto cycles = measure_crypto(speed);
  const auto ms = [&](const char* operation) { return cycles.at(operation) / 100e3; };
  std::printf("P-256 at 100 MHz, ms:");
  for (const auto& [name, value] : cycles) std::printf(" %s %.1f", name.c_str(), value / 100e3);
  // One key pair with its public half, one signature, the two agreements of the handshake.
  const double injection_curve = ms("generate") + ms("export_public") + ms("sign") + 2 * ms("agree");
  // TLS: a key pair, an agreement, the server's certificate and its proof, our proof; and the signed challenge.
  const double boot_curve = ms("generate") + ms("export_public") + ms("agree") + 2 * ms("verify") + 2 * ms("sign");

  test::BoardFloor floor(1);
  uint64_t seed = 0;
  Cost unit_cost;
  std::printf(
      "\n\n| baud | adapter | unit, ms | wire | flash | compute | host | bound (wire + flash + curve) | times |\n"
      "|---|---|---|---|---|---|---|---|---|\n");
  struct Boot {
    Cost cost;
    Time latency;
    test::FirstBoot times;
  };
  std::vector<Boot> first_boots;
  for (const auto& [agent, client] : builds) {
    for (const Time latency : {Time{0}, kMillisecond, 16 * kMillisecond}) {
      const auto unit = floor.new_unit(agent, ++seed);
      unit_cost = inject_one(floor, *unit, latency);
      print(unit_cost, latency, injection_curve);
      Boot boot{.latency = latency};
      boot.cost = boot_one(floor, *unit, client, latency, boot.times);
      first_boots.push_back(boot);
    }
  }
  std::printf(
      "\n| baud | adapter | random bytes | first frame | activated, ms | wire | flash | compute | host | bound (wire + "
      "flash + "
      "curve) | times |\n|---|---|---|---|---|---|---|---|---|---|---|\n");
  for (const Boot& boot : first_boots) {
    char times[64];
    std::snprintf(times, sizeof times, " %.0f | %.0f |", milliseconds(boot.times.seeded),
                  milliseconds(boot.times.first_frame));
    print(boot.cost, boot.latency, boot_curve, times);
  }
  std::printf("\n");
  print_counts("unit", unit_cost);
  std::printf("unit: %.0f round trips\n", unit_cost.round_trips);
  print_counts("first boot", first_boots.back().cost);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<Images> builds{{AGENT_ELF, CLIENT_ELF}, {FAST_AGENT_ELF, FAST_CLIENT_ELF}};
  if (argc > 1) builds.clear();
  for (int i = 1; i + 3 < argc; i += 4) {
    if (argv[i] != std::string("--agent") || argv[i + 2] != std::string("--client")) {
      std::fprintf(stderr, "board_bench [--agent ELF --client ELF]...\n");
      return 2;
    }
    builds.push_back({argv[i + 1], argv[i + 3]});
  }
  try {
    return run(builds, SPEED_ELF);
  } catch (const std::exception& trouble) {
    std::fprintf(stderr, "board_bench: %s\n", trouble.what());
    return 1;
  }
}
