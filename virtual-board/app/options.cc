#include "virtual-board/app/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <sstream>

#include "base/host/bytes_host.h"

namespace virtual_board::app {
namespace {

constexpr const char* kFooter =
    R"(SIGUSR1 presses the reset button, SIGUSR2 switches the power off and on, SIGTERM ends.
Ends with 0 when told to, 1 when the core locks up, 2 for a wrong command line, 3 when --cut-at
struck, 4 when the image, the firmware or the link cannot be used.)";

std::string check_unique_id(const std::string& text) {
  const auto bytes = base::from_hex(text);
  return bytes && bytes->size() == 12 ? "" : "must be 24 hexadecimal digits";
}

std::string check_seconds(const std::string& text) {
  double seconds = 0;
  const bool is_number = CLI::detail::lexical_cast(text, seconds);
  return is_number && seconds >= 1e-6 && seconds <= 1e6 ? "" : "must be a number of seconds, 0.000001 to 1000000";
}

std::string check_number(const std::string& text) {
  return text.size() <= 18 && text.find_first_not_of("0123456789") == std::string::npos
             ? ""
             : "must be a whole number, 0 to 10^18 - 1";
}

CLI::Option* add_number(CLI::App& app, const char* name, std::optional<uint64_t>& number, const char* text) {
  return app.add_option(name, number, text)->type_name("N")->check(CLI::Validator(check_number, ""));
}

const std::map<std::string, Cut> kCuts{{"whole", Cut::kWhole}, {"torn", Cut::kTorn}};
const std::map<std::string, Pace::Mode> kPaces{
    {"waiting", Pace::Mode::kWaiting}, {"all", Pace::Mode::kAll}, {"never", Pace::Mode::kNever}};

template <typename Value>
CLI::Option* add_choice(CLI::App& app, const char* name, std::string& chosen, const char* text,
                        const std::map<std::string, Value>& choices) {
  std::string names;
  for (const auto& [choice, unused] : choices) names += (names.empty() ? "" : "|") + choice;
  const auto check = [&choices, names](const std::string& given) {
    return choices.contains(given) ? std::string() : "must be one of " + names;
  };
  return app.add_option(name, chosen, text)->type_name(names)->check(CLI::Validator(check, ""));
}

}  // namespace

ParsedOptions parse_options(int argc, const char* const* argv) {
  CLI::App app("A NUCLEO-F411RE in software. Its serial line is a pseudo-terminal.", "virtual-board");
  app.footer(kFooter);
  Options options;
  std::string unique_id;
  double run_for = 0;
  bool no_hse = false;
  std::string cut = "whole";
  std::string pace = "waiting";
  app.add_option("--firmware", options.firmware,
                 "Flash this program as a debugger would; without: what the image holds")
      ->type_name("ELF");
  app.add_option("--image", options.image, "The board's flash, OTP and option bytes; made where there is no such file")
      ->type_name("FILE");
  app.add_option("--link", options.link, "Symbolic link to the line, removed at the end")->type_name("PATH");
  add_number(app, "--seed", options.seed, "Of all that is random on a real board, and of a new board's unique id");
  app.add_option("--uid", unique_id, "Unique id of a new board, 24 hexadecimal digits")
      ->type_name("HEX")
      ->check(CLI::Validator(check_unique_id, ""));
  CLI::Option* cut_at =
      add_number(app, "--cut-at", options.cut_at, "Cut the power at this flash operation of the run; the first is 0");
  add_choice(app, "--cut", cut, "How that operation ends: whole (default) or torn", kCuts)->needs(cut_at);
  app.add_flag("--no-hse", no_hse, "The 8 MHz clock of the ST-LINK is missing");
  app.add_flag("--unprotect", options.unprotect,
               "First take read and write protection back as a debugger would: this erases flash, not OTP");
  CLI::Option* flash_only = app.add_flag("--flash-only", options.flash_only, "End before the board is switched on");
  flash_only->needs("--image");
  app.add_option("--run-for", run_for, "End after so much virtual time")
      ->type_name("SECONDS")
      ->check(CLI::Validator(check_seconds, ""));
  add_choice(
      app, "--pace", pace,
      "When virtual time goes no faster than real time: while the program is waiting (default), all the time, never",
      kPaces);
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
  options.hse = !no_hse;
  options.cut = kCuts.at(cut);
  options.pace = kPaces.at(pace);
  if (run_for > 0) options.run_for = static_cast<Time>(run_for * static_cast<double>(kSecond));
  result.options = options;
  return result;
}

}  // namespace virtual_board::app
