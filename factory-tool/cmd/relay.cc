// relay: lets devices that have no network of their own check in through their serial lines, side by side.
#include <pthread.h>

#include <atomic>
#include <csignal>
#include <mutex>
#include <thread>

#include "factory-tool/cmd/address.h"
#include "factory-tool/cmd/port_summary.h"
#include "factory-tool/relay/port_relay.h"

namespace factory {
namespace {

using base::ErrorCode;
using base::failure;
using base::Outcome;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

// How long the end of the program may take to reach a thread that waits for its device.
constexpr milliseconds kGlance{200};
constexpr seconds kDefaultOnceLimit{300};

// One line for people: the port is in front of it.
std::string line_of(const RelayNotice& notice, const Endpoint& to) {
  const std::string reason = notice.error == ErrorCode::kOk ? ""
                             : !notice.detail.empty()       ? notice.detail
                                                            : std::string(base::error_text(notice.error));
  const std::string number = std::to_string(notice.number);
  if (notice.event == "opened") {
    return "connected to " + to.text() + (notice.text == to.text() ? "" : "; the device asked for " + notice.text);
  }
  if (notice.event == "open-failed") return to.text() + ": " + reason;
  if (notice.event == "closed") {
    return "connection closed; " + std::to_string(notice.bytes_to_service) + " bytes to the service, " +
           std::to_string(notice.bytes_to_device) + " to the device";
  }
  if (notice.event == "connecting") return "device: connecting to " + notice.text + " port " + number;
  if (notice.event == "connected") return "device: " + notice.text + " is up, the service is the right one";
  if (notice.event == "waiting") return "device: next attempt in " + number + " ms";
  if (notice.event == "clock-behind") return "device: its clock is before the time floor " + number;
  if (notice.event == "activated") return "device: activated at " + number;
  if (notice.event == "already-activated") return "device: was activated before";
  if (notice.event == "attempt-failed") {
    return "device: failed: " + reason + (notice.text.empty() ? "" : ": " + notice.text);
  }
  return "device: " + notice.event + " " + number + " " + notice.text;
}

// Output of all ports, a line at a time.
class Printer {
 public:
  Printer(Tool& tool, const Endpoint& to) : tool_(tool), to_(to) {}

  void notice(const std::string& port, const RelayNotice& notice) {
    const std::scoped_lock lock(mutex_);
    if (!tool_.json()) {
      tool_.err() << port << "  " << line_of(notice, to_) << '\n' << std::flush;
      return;
    }
    JsonWriter json;
    json.begin_object().field("port", port).field("event", notice.event);
    if (notice.event == "opened" || notice.event == "open-failed") {
      json.field("asked", notice.text).field("to", to_.text());
    } else if (notice.event == "closed") {
      json.field("bytes-to-service", static_cast<int64_t>(notice.bytes_to_service));
      json.field("bytes-to-device", static_cast<int64_t>(notice.bytes_to_device));
    } else {
      json.field("text", notice.text).field("number", static_cast<int64_t>(notice.number));
    }
    if (notice.error != ErrorCode::kOk) json.field("error", base::error_name(notice.error));
    if (!notice.detail.empty()) json.field("detail", notice.detail);
    tool_.print(json.end_object());
  }
  void activated(const std::string& port) {
    const std::scoped_lock lock(mutex_);
    if (tool_.json()) {
      JsonWriter json;
      json.begin_object().field("port", port).field("result", "activated");
      tool_.print(json.end_object());
    } else {
      tool_.out() << port << ": activated\n" << std::flush;
    }
  }
  void failed(const std::string& port, const base::Failure& problem, bool is_only_port) {
    const std::scoped_lock lock(mutex_);
    print_port_failure(tool_, port, problem, is_only_port);
  }

 private:
  Tool& tool_;
  const Endpoint& to_;
  std::mutex mutex_;
};

struct Work {
  const RelayOptions& options;
  Endpoint to;
  Clock::time_point deadline;
  std::atomic<bool> stop{false};
};

// The time is over, or a signal came, before the device was done.
std::unexpected<base::Failure> unfinished(const PortRelay& relay, const std::string& port) {
  if (relay.last_problem()) return std::unexpected(*relay.last_problem());
  if (relay.heard()) {
    return failure(ErrorCode::kTimeout, "the device was not activated in time", port,
                   "Run the same command again: the device goes on by itself.");
  }
  if (relay.bytes_received() != 0) {
    return failure(ErrorCode::kNoAnswer, "the device sends something, but it asks for no connection", port,
                   "Check the baud rate, and that the product's firmware with the first-boot client is on it.");
  }
  return failure(ErrorCode::kNoAnswer, "the device is silent", port,
                 "Check power, cable, port and baud rate, and that the product's firmware with the first-boot client "
                 "is on it.");
}

Outcome<void> serve_port(const std::string& port, Work& work, Printer& printer) {
  BASE_ASSIGN(const std::unique_ptr<Link> link, open_serial(port, {work.options.baud}));
  bool told = false;
  PortRelay relay(*link, work.to, [&](const RelayNotice& notice) { printer.notice(port, notice); });
  while (!work.stop && Clock::now() < work.deadline) {
    auto served = relay.serve_for(kGlance);
    if (relay.activated() && !told) printer.activated(port);
    told = relay.activated();
    if (told && work.options.once) return {};
    if (!served) return served;
  }
  if (told || (!work.options.once && work.stop)) return {};
  return unfinished(relay, port);
}

}  // namespace

Status run(Tool& tool, const RelayOptions& options) {
  BASE_ASSIGN(const Address address, parse_address(options.to, "--to"));
  if (address.host.empty() || address.port == 0) {
    return failure(ErrorCode::kUsage, "`--to " + options.to + "` names no host or no port");
  }
  const auto limit = options.timeout_s > 0 ? seconds(options.timeout_s)
                     : options.once        ? kDefaultOnceLimit
                                           : seconds(std::chrono::years(1));
  Work work{options, {address.host, static_cast<uint16_t>(address.port)}, Clock::now() + limit};
  Printer printer(tool, work.to);

  // Blocked before the threads start, so that only this one takes them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  std::vector<Outcome<void>> results(options.ports.size());
  std::atomic<size_t> at_work = options.ports.size();
  std::vector<std::jthread> threads;
  for (size_t i = 0; i < options.ports.size(); ++i) {
    threads.emplace_back([&, i] {
      results[i] = serve_port(options.ports[i], work, printer);
      if (!results[i]) printer.failed(options.ports[i], results[i].error(), options.ports.size() == 1);
      --at_work;
    });
  }
  if (!tool.json()) {
    tool.err() << "relaying to " << work.to.text() << (options.once ? "" : "; end it with Ctrl-C") << '\n'
               << std::flush;
  }
  while (at_work != 0) {
    const timespec glance{0, 100'000'000};
    if (sigtimedwait(&signals, nullptr, &glance) > 0) work.stop = true;
  }
  threads.clear();

  PortSummary summary;
  for (size_t i = 0; i < results.size(); ++i) {
    if (!results[i]) summary.add(options.ports[i], results[i].error());
  }
  return summary.status(options.ports.size());
}

}  // namespace factory
