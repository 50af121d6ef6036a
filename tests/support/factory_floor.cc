#include "tests/support/factory_floor.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace test {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// Generous: on a busy machine with sanitizers everything takes its time, and a hang is a failure anyway.
constexpr milliseconds kStartLimit{30000};

std::string read_file(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

void expect_success(const CommandResult& result, const std::string& what) {
  if (result.exit_code != 0) {
    throw std::runtime_error(what + " failed with " + std::to_string(result.exit_code) + ": " + result.err +
                             result.out);
  }
}

// A port that is free now; nothing else on this machine takes one in between as a rule, and a test that lost the
// race fails loudly when the service cannot listen.
int free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(fd);
  if (!bound) throw std::runtime_error("no free port on the loopback interface");
  return ntohs(address.sin_port);
}

template <typename Condition>
bool wait_until(Condition condition) {
  const auto end = Clock::now() + kStartLimit;
  while (!condition()) {
    if (Clock::now() > end) return false;
    std::this_thread::sleep_for(milliseconds(2));
  }
  return true;
}

}  // namespace

Programs built_programs() { return {FACTORY_TOOL_PROGRAM, DEVICE_AGENT_PROGRAM, FIRST_BOOT_CLIENT_PROGRAM}; }

UnitProcess::UnitProcess(fs::path directory, const fs::path& patched_agent, std::string chip_id, UnitOptions options)
    : directory_(std::move(directory)),
      agent_image_(directory_ / "device-agent"),
      chip_id_(std::move(chip_id)),
      options_(std::move(options)) {
  fs::create_directories(directory_ / "storage");
  fs::permissions(directory_ / "storage", fs::perms::owner_all);
  fs::copy_file(patched_agent, agent_image_);
  std::ofstream(config()) << "storage-dir = " << (directory_ / "storage").string() << "\nchip-id = " << chip_id_
                          << "\nboard = " << options_.board << "\ntrng = " << options_.trng << "\n";
}

void UnitProcess::power_on() {
  std::error_code ignored;
  fs::remove(port(), ignored);
  std::vector<std::string> command = options_.run_with;
  command.insert(command.end(),
                 {agent_image_.string(), "--config", config().string(), "--port", "pty", "--link", port()});
  // An emulated program that becomes itself anew would do so without its emulator.
  if (!options_.run_with.empty()) command.insert(command.end(), {"--on-reboot", "exit"});
  agent_ = std::make_unique<Child>(command, (directory_ / "agent.log").string());
  if (!wait_until([&] { return fs::exists(port()) || !agent_->running(); }) || !agent_->running()) {
    throw std::runtime_error("the agent does not start: " + log());
  }
}

void UnitProcess::power_off() {
  if (!agent_) return;
  agent_->send(SIGKILL);
  agent_->wait(kStartLimit);
  agent_.reset();
}

bool UnitProcess::is_on() { return agent_ && agent_->running(); }

std::string UnitProcess::log() const { return read_file(directory_ / "agent.log"); }

CommandResult UnitProcess::first_boot(const std::string& client, const std::vector<std::string>& more) {
  power_off();
  std::vector<std::string> command = options_.run_with;
  command.insert(command.end(), {client, "--config", config().string(), "--set", "stagger-ms=0", "--once"});
  command.insert(command.end(), more.begin(), more.end());
  return run(command, {.limit = std::chrono::seconds(60)});
}

FactoryFloor::FactoryFloor(int quantity, const std::string& profile) : service_port_(free_port()) {
  expect_success(tool({"init", "--check-in-uri", "https://localhost:" + std::to_string(service_port_)}), "init");
  expect_success(tool({"batch", "create", "--name", "b1"}), "batch create");
  if (quantity > 0) {
    expect_success(tool({"order", "create", "--name", "o1", "--batch", "b1", "--profile", profile, "--quantity",
                         std::to_string(quantity)}),
                   "order create");
  }
}

FactoryFloor::~FactoryFloor() { stop_service(); }

std::vector<std::string> FactoryFloor::tool_command(const std::vector<std::string>& arguments) const {
  std::vector<std::string> command = {programs_.tool, "--home", home().string()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

CommandResult FactoryFloor::tool(const std::vector<std::string>& arguments, const CommandOptions& options) {
  return run(tool_command(arguments), options);
}

std::vector<std::string> FactoryFloor::inject_command(const std::string& port) const {
  return tool_command({"--yes", "inject", "--order", "o1", "--port", port, "--execute"});
}

CommandResult FactoryFloor::inject(const std::string& port, const std::vector<std::string>& more) {
  std::vector<std::string> command = inject_command(port);
  command.insert(command.end(), more.begin(), more.end());
  return run(command, {.limit = std::chrono::seconds(90)});
}

std::unique_ptr<UnitProcess> FactoryFloor::new_unit(const UnitOptions& options, const std::string& batch) {
  const int number = ++units_;
  char chip_id[32];
  std::snprintf(chip_id, sizeof chip_id, "c0ffee00%016x", static_cast<unsigned>(number));
  return std::make_unique<UnitProcess>(directory() / ("unit-" + std::to_string(number)),
                                       patched_agent(batch, options.agent), chip_id, options);
}

fs::path FactoryFloor::patched_agent(const std::string& batch, const std::string& image) {
  const std::string source = image.empty() ? programs_.agent : image;
  const fs::path patched = directory() / ("agent-" + batch + "-" + std::to_string(std::hash<std::string>{}(source)));
  const std::scoped_lock lock(mutex_);
  if (!fs::exists(patched)) {
    expect_success(tool({"batch", "image", "--batch", batch, "--image", source, "--out", patched.string()}),
                   "batch image");
  }
  return patched;
}

void FactoryFloor::start_service() {
  service_ = std::make_unique<Child>(tool_command({"serve", "--listen", "localhost:" + std::to_string(service_port_)}),
                                     (directory() / "service.log").string());
  const bool listening = wait_until([&] {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(service_port_));
    const bool connected = connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    close(fd);
    return connected || !service_->running();
  });
  if (!listening || !service_->running()) {
    throw std::runtime_error("the check-in service does not start: " + service_log());
  }
}

void FactoryFloor::stop_service() {
  if (!service_) return;
  service_->send(SIGTERM);
  service_->wait(kStartLimit);
  service_.reset();
}

std::string FactoryFloor::service_log() const { return read_file(directory() / "service.log"); }

std::string FactoryFloor::sql(const std::string& query) {
  // A tool that was killed leaves a log that the next reader recovers, and two readers may meet over it.
  const auto result = run({"sqlite3", "-readonly", "-cmd", ".timeout 20000", (home() / "registry.db").string(), query});
  expect_success(result, "sqlite3 " + query);
  return result.out.substr(0, result.out.find_last_not_of('\n') + 1);
}

std::optional<std::string> FactoryFloor::state_of(const std::string& chip_id) {
  const std::string state = sql("SELECT state FROM units WHERE hex(chip_id) = upper('" + chip_id + "')");
  if (state.empty()) return std::nullopt;
  return state;
}

}  // namespace test
