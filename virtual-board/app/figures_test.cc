#include "virtual-board/app/figures.h"

#include <gtest/gtest.h>

namespace virtual_board::app {
namespace {

TEST(Figures, OneJsonObject) {
  BoardCounters counters;
  counters.instructions = 12;
  counters.stalled = 250 * kMillisecond + 7 * kMicrosecond;
  counters.bytes_out = 3;
  counters.flash.operations = 2;
  counters.flash.busy = 32 * kMicrosecond;
  const std::string json =
      figures_json({.end = "lockup", .trouble = "a \"quoted\"\nline", .seed = 5, .ran = 2 * kSecond}, counters);
  EXPECT_EQ(json.front(), '{');
  EXPECT_EQ(json.substr(json.size() - 2), "}\n");
  for (const char* member :
       {R"("end": "lockup")", R"("trouble": "a \"quoted\"\u000aline")", R"("seed": 5)",
        R"("virtual-seconds": 2.000000)", R"("instructions": 12)", R"("stalled-seconds": 0.250007)",
        R"("bytes-out": 3)", R"("operations": 2)", R"("busy-seconds": 0.000032)"}) {
    EXPECT_NE(json.find(member), std::string::npos) << member << " in " << json;
  }
  EXPECT_EQ(figures_json({.end = "ended"}, counters).find("trouble"), std::string::npos);
}

}  // namespace
}  // namespace virtual_board::app
