// factory-tool: the program. Secrets are in its memory, so it allows no core dump and no file of it is for others.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <iostream>

#include "factory-tool/cmd/cli.h"
#include "factory-tool/cmd/tool.h"
#include "factory-tool/exit_code.h"

namespace {

// No core dump and no debugger of the same user, while it lives.
class SealedProcess {
 public:
  SealedProcess() {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0);
    ::umask(077);
  }
  // Secrets are wiped by now; a leak checker that looks at the process as it ends may do so.
  ~SealedProcess() { ::prctl(PR_SET_DUMPABLE, 1); }
  SealedProcess(const SealedProcess&) = delete;
  SealedProcess& operator=(const SealedProcess&) = delete;
};

void report(factory::Tool& tool, const base::Failure& failure) {
  tool.err() << "factory-tool: " << failure.to_string() << '\n';
  if (!tool.json()) return;
  factory::JsonWriter json;
  json.begin_object().key("error").begin_object();
  json.field("code", base::error_name(failure.code)).field("what", failure.what).field("where", failure.where);
  json.field("next", failure.next).field("exit-code", static_cast<int>(factory::exit_code_of(failure.code)));
  tool.print(json.end_object().end_object());
}

}  // namespace

int main(int argc, char** argv) {
  const SealedProcess sealed;
  std::signal(SIGPIPE, SIG_IGN);
  auto line = factory::parse_command_line(std::vector<std::string>(argv + 1, argv + argc));
  if (!line) {
    (line.error().is_error ? std::cerr : std::cout) << line.error().text;
    return line.error().is_error ? static_cast<int>(factory::ExitCode::kUsage) : 0;
  }
  factory::Tool tool(std::move(line->global), std::cout, std::cerr);
  const auto status = std::visit([&](const auto& options) { return factory::run(tool, options); }, line->command);
  if (status) return 0;
  report(tool, status.error());
  return static_cast<int>(factory::exit_code_of(status.error().code));
}
