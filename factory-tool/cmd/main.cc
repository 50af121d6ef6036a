// factory-tool: the program. Secrets are in its memory, so it allows no core dump and no file of it is for others.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
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

void print_json(factory::Tool& tool, const base::Failure& failure) {
  factory::JsonWriter json;
  json.begin_object().key("error").begin_object();
  json.field("code", base::error_name(failure.code)).field("what", failure.what).field("where", failure.where);
  json.field("next", failure.next).field("exit-code", static_cast<int>(factory::exit_code_of(failure.code)));
  tool.print(json.end_object().end_object());
}

void report(factory::Tool& tool, const base::Failure& failure) {
  tool.err() << "factory-tool: " << failure.to_string() << '\n';
  if (tool.json()) print_json(tool, failure);
}

}  // namespace

int main(int argc, char** argv) {
  const SealedProcess sealed;
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file at its size limit is an error to report, not the end
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  auto line = factory::parse_command_line(arguments);
  if (!line) {
    (line.error().is_error ? std::cerr : std::cout) << line.error().text;
    if (!line.error().is_error) return 0;
    if (std::find(arguments.begin(), arguments.end(), "--json") != arguments.end()) {
      factory::Tool tool({.json = true}, std::cout, std::cerr);
      print_json(tool, {base::ErrorCode::kUsage, line.error().text, "command line", "See --help."});
    }
    return static_cast<int>(factory::ExitCode::kUsage);
  }
  factory::Tool tool(std::move(line->global), std::cout, std::cerr);
  const auto status = std::visit([&](const auto& options) { return factory::run(tool, options); }, line->command);
  if (status) return 0;
  report(tool, status.error());
  return static_cast<int>(factory::exit_code_of(status.error().code));
}
