// device-agent: the provisioning agent of a unit that runs Linux.
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/hex.h"
#include "device-agent/app/linux/line.h"
#include "device-agent/app/linux/options.h"
#include "device-agent/src/agent.h"
#include "device-agent/src/version.h"
#include "device/batch_section.h"
#include "device/port/linux/linux_board.h"

namespace {

using agent_app::Line;
using agent_app::OnReboot;
using agent_app::Options;
using device::Diagnostic;

constexpr int kMaxArguments = 64;

volatile sig_atomic_t g_stop = 0;

void on_signal(int) { g_stop = 1; }

// Blocks the signals that end the program and gives the mask with which a wait lets them in.
sigset_t catch_signals() {
  sigset_t ending;
  sigset_t unblocked;
  sigemptyset(&ending);
  for (const int signal_number : {SIGTERM, SIGINT, SIGHUP, SIGALRM}) {
    struct sigaction action = {};
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    sigaction(signal_number, &action, nullptr);
    sigaddset(&ending, signal_number);
  }
  signal(SIGPIPE, SIG_IGN);
  sigprocmask(SIG_BLOCK, &ending, &unblocked);
  for (const int signal_number : {SIGTERM, SIGINT, SIGHUP, SIGALRM}) sigdelset(&unblocked, signal_number);
  return unblocked;
}

const char* lifecycle_name(rot::Lifecycle lifecycle) {
  switch (lifecycle) {
    case rot::Lifecycle::kAssemblyAndTest:
      return "assembly-and-test";
    case rot::Lifecycle::kPsaRotProvisioning:
      return "psa-rot-provisioning";
    case rot::Lifecycle::kSecured:
      return "secured";
    case rot::Lifecycle::kDecommissioned:
      break;
  }
  return "decommissioned";
}

int complain(base::ErrorCode code, const Diagnostic& diagnostic, int exit_code) {
  const std::string_view text = base::error_text(code);
  std::fprintf(stderr, "device-agent: %s [%.*s]\n", diagnostic.text[0] != '\0' ? diagnostic.text : text.data(),
               static_cast<int>(base::error_name(code).size()), base::error_name(code).data());
  return exit_code;
}

// One line, nothing secret.
void log_state(const device::Board& board, const agent::Agent& agent, const base::Status& started, const char* port) {
  char chip[2 * 16 + 1] = "";
  const auto hex = base::hex_encode(board.chip_id(), chip);
  const std::string_view fault = started ? std::string_view("none") : base::error_name(started.error());
  std::fprintf(stderr, "device-agent %.*s: board %.*s, chip %.*s, lifecycle %s, %s, fault %.*s, line %s\n",
               static_cast<int>(agent::kAgentVersion.size()), agent::kAgentVersion.data(), static_cast<int>(board.name().size()),
               board.name().data(), hex ? static_cast<int>(hex->size()) : 0, chip, lifecycle_name(agent.lifecycle()),
               agent.is_seeded() ? "seeded" : "no seed", static_cast<int>(fault.size()), fault.data(), port);
}

enum class End : uint8_t { kStopped, kReboot, kFailed };

// The life of the unit from power-up to reset.
End run_unit(const Options& options, Line& line, const sigset_t& unblocked) {
  device::LinuxBoard board;
  Diagnostic diagnostic;
  if (const auto opened = board.open(options.board, device::batch_section(), diagnostic); !opened) {
    complain(opened.error(), diagnostic, 0);
    return End::kFailed;
  }
  agent::Agent agent(board, line);
  const base::Status started = agent.start();
  log_state(board, agent, started, line.host_path());
  if (line.host_path()[0] != '\0' && options.port.view() == agent_app::kPtyPort && options.master_fd < 0) {
    std::printf("%s\n", line.host_path());
    std::fflush(stdout);
  }
  uint8_t buffer[512];
  const base::WipeOnExit wipe(buffer);
  while (g_stop == 0) {
    // Of a locked unit the host may still want the receipt; after that the storage is the product's.
    if (agent.lifecycle() >= rot::Lifecycle::kSecured) alarm(options.locked_linger_s);
    agent.receive(line.read(buffer, unblocked));
    if (!agent.reboot_requested()) continue;
    alarm(0);  // it would outlive an exec
    line.drain();
    return End::kReboot;
  }
  return End::kStopped;
}

// Where this program lies. Kept from the start: the wipe of the batch block puts a new image in its place.
bool own_path(char (&out)[PATH_MAX]) {
  const ssize_t size = ::readlink("/proc/self/exe", out, sizeof out - 1);
  if (size <= 0) return false;
  out[size] = '\0';
  return true;
}

// Becomes the program anew, with the same arguments and the same line. Returns on an error only.
void start_anew(const char* program, int argc, char** argv, Line& line) {
  char* arguments[kMaxArguments + 3];
  int count = 0;
  for (int i = 0; i < argc && count < kMaxArguments; ++i) {
    // The one of the exec before this one.
    if (std::strncmp(argv[i], "--pty-fds=", 10) != 0) arguments[count++] = argv[i];
  }
  char flag[48];
  device::FixedText<32> fds;
  if (line.hand_over(fds)) {
    std::snprintf(flag, sizeof flag, "--pty-fds=%s", fds.c_str());
    arguments[count++] = flag;
  }
  arguments[count] = nullptr;
  ::execv(program, arguments);
}

}  // namespace

int main(int argc, char** argv) {
  // Keys pass through this process: no core dump may keep them.
  const rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);

  Options options;
  Diagnostic diagnostic;
  char program[PATH_MAX] = "";
  if (argc > kMaxArguments) {
    (void)diagnostic.fail(base::ErrorCode::kUsage, "too many arguments");
    return complain(base::ErrorCode::kUsage, diagnostic, agent_app::kExitUsage);
  }
  if (const auto read = agent_app::read_options(argc, argv, options, diagnostic); !read) {
    return complain(read.error(), diagnostic, agent_app::kExitUsage);
  }
  if (options.help) {
    agent_app::print_usage();
    return agent_app::kExitDone;
  }
  const sigset_t unblocked = catch_signals();
  Line line;
  if (const auto opened = line.open(options, diagnostic); !opened) {
    return complain(opened.error(), diagnostic, agent_app::kExitFailure);
  }
  const bool has_path = own_path(program);

  switch (run_unit(options, line, unblocked)) {
    case End::kStopped:
      return agent_app::kExitDone;
    case End::kFailed:
      return agent_app::kExitFailure;
    case End::kReboot:
      break;
  }
  if (options.on_reboot == OnReboot::kEnd) return agent_app::kExitDone;
  if (options.on_reboot == OnReboot::kExit) return agent_app::kExitReboot;
  if (has_path) start_anew(program, argc, argv, line);
  std::fprintf(stderr, "device-agent: cannot start anew: %s\n", has_path ? std::strerror(errno) : "no path of the program");
  return agent_app::kExitFailure;
}
