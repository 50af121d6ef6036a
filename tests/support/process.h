// Child processes for tests: run to the end with a time limit, or start and keep.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace test {

struct CommandResult {
  int exit_code = -1;  // -1: ended by a signal or by the time limit
  int signal = 0;      // the signal that ended it, 0: none
  bool timed_out = false;
  std::string out;
  std::string err;
};

struct CommandOptions {
  std::string input;                               // given on standard input, which is then closed
  std::map<std::string, std::string> environment;  // added to the present one
  std::chrono::milliseconds limit{30000};          // then SIGKILL
};

// Runs `arguments[0]` (found through PATH) and waits for it.
CommandResult run(const std::vector<std::string>& arguments, const CommandOptions& options = {});

// A child that runs until it is told to stop; killed and reaped at the end of its life.
class Child {
 public:
  // Output goes to `log_file` (both streams).
  Child(const std::vector<std::string>& arguments, const std::string& log_file,
        const std::map<std::string, std::string>& environment = {});
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  // True while it has not ended.
  bool running();
  void send(int signal);
  // Waits for the end; the exit code, or -1 on a signal or when the limit passed (the child then still runs).
  int wait(std::chrono::milliseconds limit);

 private:
  pid_t pid_ = -1;
  bool reaped_ = false;
  int status_ = 0;
};

}  // namespace test
