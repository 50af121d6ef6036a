// The client of the first boot on Linux: wires board, sockets and clock to the client and tells what happens.
//
// Signals keep their default action: the store survives an end at any instant.
#include <stdio.h>
#include <sys/resource.h>

#include "client/app/linux/exit_code.h"
#include "client/app/linux/options.h"
#include "client/port/linux/linux_clock.h"
#include "client/port/linux/linux_stream.h"
#include "device/port/linux/linux_board.h"

#ifndef FACTORY_LINE_VERSION
#define FACTORY_LINE_VERSION "unknown"
#endif

namespace client {
namespace {

using base::ErrorCode;

// A view for "%.*s".
int length(std::string_view text) { return static_cast<int>(text.size()); }
const char* chars(std::string_view text) { return text.empty() ? "" : text.data(); }

class Printer final : public Observer {
 public:
  void event(Event event, ErrorCode error, std::string_view text, uint64_t number) override {
    const auto value = static_cast<unsigned long long>(number);
    switch (event) {
      case Event::kAlreadyActivated:
        printf("already activated\n");
        break;
      case Event::kClockBehind:
        printf("the clock is before the time floor; using the floor, %llu\n", value);
        break;
      case Event::kWaiting:
        printf("next attempt in %llu ms\n", value);
        break;
      case Event::kConnecting:
        printf("connecting to %.*s port %llu\n", length(text), chars(text), value);
        break;
      case Event::kConnected:
        printf("connected with %.*s\n", length(text), chars(text));
        break;
      case Event::kAttemptFailed:
        print_error(error, text);
        break;
      case Event::kActivated:
        printf("activated at %llu\n", value);
        break;
    }
    fflush(stdout);
  }

  static void print_error(ErrorCode error, std::string_view text) {
    const std::string_view what = base::error_text(error);
    const std::string_view name = base::error_name(error);
    printf("failed: %.*s%s%.*s [%.*s]\n", length(what), chars(what), text.empty() ? "" : ": ", length(text),
           chars(text), length(name), chars(name));
  }
};

// VmHWM of proc(5): unlike ru_maxrss it does not count what the process was before exec.
void print_figures() {
  FILE* status = fopen("/proc/self/status", "re");
  if (status == nullptr) return;
  char line[128];
  while (fgets(line, sizeof(line), status) != nullptr) {
    unsigned long kibibytes = 0;
    if (sscanf(line, "VmHWM: %lu kB", &kibibytes) == 1) printf("peak memory %lu KiB\n", kibibytes);
  }
  fclose(status);
}

int finish(const base::Status& status) {
  return static_cast<int>(exit_code_of(status ? ErrorCode::kOk : status.error()));
}

int run(int argc, char** argv) {
  AppOptions options;
  device::Diagnostic diagnostic;
  if (const auto read = read_options(argc, argv, options, diagnostic); !read) {
    fprintf(stderr, "first-boot-client: %s\n", diagnostic.text);
    return static_cast<int>(ExitCode::kUsage);
  }
  if (options.help || options.version) {
    fputs(options.help ? usage_text() : "first-boot-client " FACTORY_LINE_VERSION "\n", stdout);
    return static_cast<int>(ExitCode::kDone);
  }

  // No core dump holds the keys of a unit.
  const rlimit no_core{};
  (void)setrlimit(RLIMIT_CORE, &no_core);

  device::LinuxBoard board;
  if (const auto opened = board.open(options.device, {}, diagnostic); !opened) {
    fprintf(stderr, "first-boot-client: %s\n", diagnostic.text);
    if (opened.error() == ErrorCode::kBadState) return static_cast<int>(ExitCode::kBusy);
    return static_cast<int>(opened.error() == ErrorCode::kConfiguration ? ExitCode::kUsage : ExitCode::kUnfit);
  }
  LinuxStream stream;
  LinuxClock clock;
  Printer printer;
  Client client(board, stream, clock, printer, options.client);
  const auto prepared = client.prepare();
  if (!prepared) {
    // A link error cannot come from here: what fails is the unit.
    if (prepared.error() == ErrorCode::kAlreadyActivated) return static_cast<int>(ExitCode::kDone);
    Printer::print_error(prepared.error(), {});
    return static_cast<int>(ExitCode::kUnfit);
  }
  const auto result = client.run();
  if (options.figures) print_figures();
  return finish(result);
}

}  // namespace
}  // namespace client

int main(int argc, char** argv) { return client::run(argc, argv); }
