#include "virtual-board/app/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <sstream>

#include "base/host/bytes_host.h"

namespace virtual_board::app {
namespace {

constexpr const char* kFooter = R"(
SIGUSR1 presses the reset button, SIGUSR2 switches the power off and on, SIGTERM ends.
Ends with 0 when told to, 1 when the core locks up, 2 for a wrong command line, 3 when --cut-at
struck, 4 when the image, the firmware or the link cannot be used.)";

std::string check_unique_id(const std::string& text) {
  const auto bytes = base::from_hex(text);
  return bytes && bytes->size() == 12 ? "" : "must be 24 hexadecimal digits";
}

}  // namespace

ParsedOptions parse_options(int argc, const char* const* argv) {
  CLI::App app("A NUCLEO-F411RE in software. Its serial line is a pseudo-terminal.", "virtual-board");
  app.footer(kFooter);
  Options options;
  std::string unique_id;
  double run_for = 0;
  app.add_option("--firmware", options.firmware, "ELF to flash as a debugger would; without: what the image holds");
  app.add_option("--image", options.image, "File of the board's flash, OTP and option bytes, made where there is none");
  app.add_option("--link", options.link, "Symbolic link to the line, removed at the end");
  app.add_option("--seed", options.seed, "Of everything that is random on a real board, and of a new board's unique id")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--uid", unique_id, "Unique id of a new board, 24 hexadecimal digits")
      ->check(CLI::Validator(check_unique_id, "HEX"));
  app.add_option("--cut-at", options.cut_at, "Cut the power at this flash operation of the run, the first being 0")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--cut", options.cut, "How the operation ends: whole or torn")
      ->transform(CLI::CheckedTransformer(std::map<std::string, Cut>{{"whole", Cut::kWhole}, {"torn", Cut::kTorn}}))
      ->needs("--cut-at");
  app.add_flag("!--no-hse", options.hse, "The 8 MHz clock of the ST-LINK is missing");
  CLI::Option* flash_only = app.add_flag("--flash-only", options.flash_only, "Flash and end");
  flash_only->needs("--firmware")->needs("--image");
  app.add_option("--run-for", run_for, "End after so many seconds of virtual time")->check(CLI::Range(1e-6, 1e6));
  app.add_option("--pace", options.pace,
                 "When virtual time waits for real time: while the program waits, all the time, never")
      ->transform(CLI::CheckedTransformer(std::map<std::string, Pace::Mode>{
          {"waiting", Pace::Mode::kWaiting}, {"all", Pace::Mode::kAll}, {"never", Pace::Mode::kNever}}));
  app.add_flag("--figures", options.figures, "Print counters as JSON at the end");

  ParsedOptions result;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    std::ostringstream err;
    const int code = app.exit(error, out, err);
    result.exit_code = code == 0 ? kExitEnded : kExitUsage;
    result.text = out.str() + err.str();
    return result;
  }
  if (!unique_id.empty()) {
    const auto bytes = base::from_hex(unique_id);
    std::copy_n(bytes->begin(), 12, options.unique_id.emplace().begin());
  }
  if (run_for > 0) options.run_for = static_cast<Time>(run_for * static_cast<double>(kSecond));
  result.options = options;
  return result;
}

}  // namespace virtual_board::app
