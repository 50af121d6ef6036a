// The figures of the project, printed; nothing passes or fails by them. docs/benchmarks.md says how to read them.
//
//   bench [--repeat N]     N units for each kind of line, 9 unless told otherwise; medians are shown
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <string>

#include "entropy/host/seed_source.h"
#include "tests/bench/unit_run.h"

namespace bench {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// What figures of a build without optimisation would be worth.
#ifdef NDEBUG
constexpr bool kOptimised = true;
#else
constexpr bool kOptimised = false;
#endif

void row(const std::string& what, const std::string& figure, const std::string& aim = {}) {
  std::printf("  %-46s %16s%s%s\n", what.c_str(), figure.c_str(), aim.empty() ? "" : "   aim: at most ", aim.c_str());
  std::fflush(stdout);
}

std::string number(double value, int digits = 0) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

void unit_rows(test::FactoryFloor& floor, int repeat) {
  std::printf("\na unit, profile lwm2m, line without a speed limit\n");
  const UnitFigures unit = median_unit(floor, {}, repeat);
  row("bytes on the wire", number(unit.bytes), "6144");
  row("round trips", number(unit.round_trips), "12");
  row("host CPU, ms", number(unit.cpu_ms, 1));
  row("the unit, hello to receipt, ms", number(unit.unit_ms, 1));
  row("the tool's process, ms", number(unit.wall_ms, 1));
}

void line_rows(test::FactoryFloor& floor, int repeat) {
  std::printf("\na unit on a paced line (wire: bytes of both directions x 10 bits / baud; aim: at most 1.25 times)\n");
  std::printf("  %8s %16s %10s %10s %8s %12s %8s\n", "baud", "adapter latency", "wire, ms", "unit, ms", "times",
              "process, ms", "retries");
  for (const int baud : {115200, 921600}) {
    for (const int latency_ms : {0, 1, 16}) {
      const UnitFigures unit =
          median_unit(floor, {.baud = baud, .latency = std::chrono::milliseconds(latency_ms)}, repeat);
      std::printf("  %8d %13d ms %10.1f %10.1f %8.2f %12.1f %8.0f\n", baud, latency_ms, unit.wire_ms, unit.unit_ms,
                  unit.unit_ms / unit.wire_ms, unit.wall_ms, unit.retries);
      std::fflush(stdout);
    }
  }
}

// "peak memory N KiB" of --figures; 0: not said.
long peak_memory(const std::string& output) {
  const char* said = std::strstr(output.c_str(), "peak memory ");
  return said != nullptr ? std::atol(said + std::strlen("peak memory ")) : 0;
}

void client_rows(test::FactoryFloor& floor) {
  std::printf("\nthe client of the first boot, static, optimised for size\n");
  floor.start_service();
  for (const std::string preset : {"client-musl", "client-mips", "client-arm"}) {
    const fs::path program = fs::path(DEVICE_BUILDS) / preset / "client" / "first-boot-client";
    if (!fs::exists(program)) {
      std::printf("  %s is not built: cmake --preset %s && cmake --build --preset %s\n", preset.c_str(), preset.c_str(),
                  preset.c_str());
      continue;
    }
    const bool native = preset == "client-musl";
    row(preset + ", file, KiB", number(static_cast<double>(fs::file_size(program)) / 1024.0), native ? "1024" : "");
    if (!native) continue;  // under an emulator the memory would be the emulator's
    auto unit = floor.new_unit();
    unit->power_on();
    if (const auto injected = floor.inject(unit->port()); injected.exit_code != 0) {
      throw std::runtime_error("the injection failed: " + injected.err);
    }
    const auto booted = unit->first_boot(program.string(), {"--figures"});
    if (booted.exit_code != 0) throw std::runtime_error("the first boot failed: " + booted.out + booted.err);
    row(preset + ", peak memory, KiB", number(static_cast<double>(peak_memory(booted.out))), "1024");
  }
}

void seed_rows() {
  std::printf("\nseeds\n");
  constexpr int kSeeds = 2000;
  const auto start = Clock::now();
  auto source = entropy::SeedSource::open();
  if (!source) throw std::runtime_error(source.error().to_string());
  const std::chrono::duration<double, std::milli> opened = Clock::now() - start;
  base::SecretBytes<48> seed;
  const auto first = Clock::now();
  for (int i = 0; i < kSeeds; ++i) {
    if (const auto made = (*source)->fill(seed.span()); !made) throw std::runtime_error(made.error().to_string());
  }
  const std::chrono::duration<double, std::micro> made = Clock::now() - first;
  row("start-up tests, ms", number(opened.count(), 2));
  row("a seed of 48 bytes, tested and conditioned, us", number(made.count() / kSeeds, 1));
}

// Prints for people itself.
void program_rows(const char* title, const std::vector<std::string>& command) {
  std::printf("\n%s\n", title);
  const auto result = test::run(command, {.limit = std::chrono::seconds(120)});
  if (result.exit_code != 0) throw std::runtime_error(std::string(title) + " failed: " + result.err);
  size_t at = 0;
  while (at < result.out.size()) {
    const size_t end = std::min(result.out.find('\n', at), result.out.size());
    std::printf("  %s\n", result.out.substr(at, end - at).c_str());
    at = end + 1;
  }
  std::fflush(stdout);
}

int run(int repeat) {
  if (!kOptimised) std::printf("this is no Release build: the times say nothing\n");
  test::FactoryFloor floor(10'000);
  unit_rows(floor, repeat);
  line_rows(floor, repeat);
  client_rows(floor);
  seed_rows();
  program_rows("certificates, one core", {BENCH_ISSUE_PROGRAM});
  program_rows("registry, one process, each transaction synced to the disk",
               {REGISTRY_BENCH_PROGRAM, "500", floor.directory().string()});
  return 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  int repeat = 9;
  if (argc == 3 && std::strcmp(argv[1], "--repeat") == 0) {
    repeat = std::atoi(argv[2]);
  } else if (argc != 1) {
    repeat = 0;
  }
  if (repeat < 1) return std::fprintf(stderr, "usage: bench [--repeat N]\n"), 2;
  try {
    return bench::run(repeat);
  } catch (const std::exception& problem) {
    return std::fprintf(stderr, "bench: %s\n", problem.what()), 1;
  }
}
