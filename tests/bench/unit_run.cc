#include "tests/bench/unit_run.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) * 1000.0 + static_cast<double>(time.tv_usec) / 1000.0;
}

// Of the children that were waited for; the agent still runs while the tool is measured.
double children_cpu_ms() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  return milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
}

// The sum of all numbers under `key` in the tool's JSON.
double sum_of(const std::string& json, const std::string& key) {
  const std::string head = "\"" + key + "\":";
  double sum = 0;
  bool found = false;
  for (size_t at = json.find(head); at != std::string::npos; at = json.find(head, at + 1)) {
    sum += std::stod(json.substr(at + head.size(), 24));
    found = true;
  }
  if (!found) throw std::runtime_error("the tool's answer has no " + key + ": " + json);
  return sum;
}

}  // namespace

UnitFigures run_unit(test::FactoryFloor& floor, const test::LineOptions& options) {
  auto unit = floor.new_unit();
  unit->power_on();
  const bool direct = options.baud == 0 && options.latency.count() == 0;
  std::unique_ptr<test::Line> line;
  if (!direct) line = std::make_unique<test::Line>(unit->port(), options);
  const std::vector<std::string> command = floor.tool_command(
      {"--json", "--yes", "inject", "--order", "o1", "--port", direct ? unit->port() : line->host_path(), "--execute"});
  const double cpu = children_cpu_ms();
  const auto start = Clock::now();
  const auto result = test::run(command, {.limit = std::chrono::seconds(60)});
  const std::chrono::duration<double, std::milli> wall = Clock::now() - start;
  if (result.exit_code != 0) throw std::runtime_error("the injection failed: " + result.err + result.out);

  UnitFigures figures;
  figures.cpu_ms = children_cpu_ms() - cpu;
  figures.wall_ms = wall.count();
  figures.bytes = sum_of(result.out, "bytes-sent") + sum_of(result.out, "bytes-received");
  figures.round_trips = sum_of(result.out, "round-trips");
  figures.retries = sum_of(result.out, "retries");
  figures.unit_ms = sum_of(result.out, "microseconds") / 1000.0;
  if (options.baud != 0) figures.wire_ms = figures.bytes * 10.0 * 1000.0 / options.baud;
  return figures;
}

UnitFigures median_unit(test::FactoryFloor& floor, const test::LineOptions& line, int count) {
  std::vector<UnitFigures> runs;
  for (int i = 0; i < count; ++i) runs.push_back(run_unit(floor, line));
  UnitFigures median;
  for (const auto member :
       {&UnitFigures::bytes, &UnitFigures::round_trips, &UnitFigures::retries, &UnitFigures::unit_ms,
        &UnitFigures::wall_ms, &UnitFigures::cpu_ms, &UnitFigures::wire_ms}) {
    std::nth_element(runs.begin(), runs.begin() + count / 2, runs.end(),
                     [member](const UnitFigures& a, const UnitFigures& b) { return a.*member < b.*member; });
    median.*member = runs[static_cast<size_t>(count / 2)].*member;
  }
  return median;
}

}  // namespace bench
