#include "tests/user_errors/terminal.h"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>

namespace test {

TerminalResult run_on_terminal(const std::vector<std::string>& arguments, const std::string& prompt,
                               const std::string& typed) {
  std::vector<std::string> texts = arguments;
  std::vector<char*> argv;
  for (std::string& text : texts) argv.push_back(text.data());
  argv.push_back(nullptr);

  int master = -1;
  const pid_t pid = forkpty(&master, nullptr, nullptr, nullptr);
  if (pid < 0) throw std::runtime_error("forkpty");
  if (pid == 0) {
    execvp(argv[0], argv.data());
    _exit(127);
  }
  TerminalResult result;
  bool answered = false;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (true) {
    if (std::chrono::steady_clock::now() > end) {
      kill(pid, SIGKILL);
      break;
    }
    pollfd ready{master, POLLIN, 0};
    if (poll(&ready, 1, 100) <= 0) continue;
    char buffer[4096];
    const ssize_t count = read(master, buffer, sizeof buffer);
    if (count <= 0) break;  // the program ended and took its terminal with it
    result.shown.append(buffer, static_cast<size_t>(count));
    if (!answered && result.shown.find(prompt) != std::string::npos) {
      answered = true;
      if (write(master, typed.data(), typed.size()) != static_cast<ssize_t>(typed.size())) break;
    }
  }
  int status = 0;
  waitpid(pid, &status, 0);
  close(master);
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  return result;
}

}  // namespace test
