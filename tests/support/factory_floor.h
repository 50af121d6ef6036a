// A factory floor for end-to-end tests: a home, units with an agent process each, the check-in service and
// the client, all as the real programs that a user runs.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace test {

// Paths of the programs under test, given by the build.
struct Programs {
  std::string tool;
  std::string agent;
  std::string client;
};
Programs built_programs();

struct UnitOptions {
  std::string board = "linux";
  std::string trng = "none";
  std::string agent;                  // another build of the agent (a big-endian one, say); empty: ours
  std::vector<std::string> run_with;  // what runs the programs of this unit (an emulator); empty: nothing
};

// One virtual unit of the Linux kind: its own directory with storage, configuration and a copy of the patched agent
// image, as each chip has its own flash.
class UnitProcess {
 public:
  UnitProcess(std::filesystem::path directory, const std::filesystem::path& patched_agent, std::string chip_id,
              UnitOptions options);

  // Starts the agent and waits until its line is there.
  void power_on();
  // SIGKILL, as when the supply is cut.
  void power_off();
  [[nodiscard]] bool is_on();
  // The line as the host opens it: a symbolic link that follows the agent's pseudo-terminal.
  [[nodiscard]] std::string port() const { return (directory_ / "line").string(); }
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  [[nodiscard]] std::filesystem::path config() const { return directory_ / "unit.conf"; }
  [[nodiscard]] const std::string& chip_id() const { return chip_id_; }
  // Switches the agent off and runs the first-boot client once.
  CommandResult first_boot(const std::string& client, const std::vector<std::string>& more = {});
  [[nodiscard]] std::string log() const;

 private:
  std::filesystem::path directory_;
  std::filesystem::path agent_image_;
  std::string chip_id_;
  UnitOptions options_;
  std::unique_ptr<Child> agent_;
};

class FactoryFloor {
 public:
  // Makes a home with a batch "b1" and, if `quantity` > 0, an order "o1" of a shipped profile.
  explicit FactoryFloor(int quantity = 10, const std::string& profile = "lwm2m");
  ~FactoryFloor();
  FactoryFloor(const FactoryFloor&) = delete;
  FactoryFloor& operator=(const FactoryFloor&) = delete;

  [[nodiscard]] std::vector<std::string> tool_command(const std::vector<std::string>& arguments) const;
  CommandResult tool(const std::vector<std::string>& arguments, const CommandOptions& options = {});
  // inject --order o1 --port PORT --execute, without questions
  [[nodiscard]] std::vector<std::string> inject_command(const std::string& port) const;
  CommandResult inject(const std::string& port, const std::vector<std::string>& more = {});
  // A new unit, switched off.
  std::unique_ptr<UnitProcess> new_unit(const UnitOptions& options = {}, const std::string& batch = "b1");
  // A copy of the agent image (ours unless `image` is given) patched for a batch.
  std::filesystem::path patched_agent(const std::string& batch = "b1", const std::string& image = {});

  void start_service();
  void stop_service();
  [[nodiscard]] int service_port() const { return service_port_; }
  [[nodiscard]] std::string service_log() const;

  [[nodiscard]] const Programs& programs() const { return programs_; }
  [[nodiscard]] const std::filesystem::path& directory() const { return temp_.path(); }
  [[nodiscard]] std::filesystem::path home() const { return temp_ / "home"; }
  // What the sqlite3 program answers; for invariants that the tool itself must not judge.
  std::string sql(const std::string& query);
  // The state of the unit that holds this chip; nothing: no such unit.
  std::optional<std::string> state_of(const std::string& chip_id);

 private:
  TempDir temp_;
  Programs programs_ = built_programs();
  std::mutex mutex_;
  int units_ = 0;
  int service_port_ = 0;
  std::unique_ptr<Child> service_;
};

}  // namespace test
