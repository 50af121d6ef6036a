// Runs a program as an operator does: on a terminal, where it can ask.
#pragma once

#include <string>
#include <vector>

namespace test {

struct TerminalResult {
  int exit_code = -1;
  std::string shown;  // everything on the terminal
};

// `typed` is what the operator types, sent when `prompt` has appeared. Ends the program after 30 s.
TerminalResult run_on_terminal(const std::vector<std::string>& arguments, const std::string& prompt,
                               const std::string& typed);

}  // namespace test
