#include <gtest/gtest.h>

#include <signal.h>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace test {
namespace {

TEST(Process, GivesOutputExitCodeAndInput) {
  const auto result = run({"sh", "-c", "cat; echo oops >&2; exit 3"}, {.input = "hello"});
  EXPECT_EQ(result.out, "hello");
  EXPECT_EQ(result.err, "oops\n");
  EXPECT_EQ(result.exit_code, 3);
}

TEST(Process, EndsWhatRunsTooLong) {
  const auto result = run({"sleep", "60"}, {.limit = std::chrono::milliseconds(50)});
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.signal, 9);
}

TEST(Process, ChildIsKilledAndReaped) {
  TempDir dir;
  pid_t pid = 0;
  {
    Child child({"sleep", "60"}, (dir / "log").string());
    pid = child.pid();
    EXPECT_TRUE(child.running());
  }
  EXPECT_NE(kill(pid, 0), 0);
}

}  // namespace
}  // namespace test
