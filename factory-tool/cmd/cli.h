// The grammar of the command line. The only file that knows CLI11.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "factory-tool/cmd/options.h"

namespace factory {

struct CommandLine {
  GlobalOptions global;
  Command command;
};

// Nothing to run: help or version was asked for (text for stdout, exit 0), or the line is wrong (stderr, exit 2).
struct CommandLineEnd {
  bool is_error = false;
  std::string text;
};

// `arguments`: without the program's name.
std::expected<CommandLine, CommandLineEnd> parse_command_line(std::vector<std::string> arguments);

}  // namespace factory
