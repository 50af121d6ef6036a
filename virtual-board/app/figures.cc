#include "virtual-board/app/figures.h"

#include <cstdio>

namespace virtual_board::app {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c));
      out += escaped;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

// Exact: whole microseconds and nothing rounded by binary fractions.
std::string seconds(Time time) {
  char text[40];
  std::snprintf(text, sizeof text, "%llu.%06llu", static_cast<unsigned long long>(time / kSecond),
                static_cast<unsigned long long>(time % kSecond / kMicrosecond));
  return text;
}

class Members {
 public:
  explicit Members(std::string indent) : indent_(std::move(indent)) {}
  Members& add(const char* name, const std::string& value) {
    text_ += (text_.empty() ? "" : ",\n") + indent_ + "\"" + name + "\": " + value;
    return *this;
  }
  Members& add(const char* name, uint64_t value) { return add(name, std::to_string(value)); }
  [[nodiscard]] std::string object(const std::string& closing_indent) const {
    return "{\n" + text_ + "\n" + closing_indent + "}";
  }

 private:
  std::string indent_;
  std::string text_;
};

}  // namespace

std::string figures_json(const RunSummary& summary, const BoardCounters& counters) {
  Members flash("    ");
  flash.add("operations", counters.flash.operations)
      .add("units-programmed", counters.flash.units_programmed)
      .add("sectors-erased", counters.flash.sectors_erased)
      .add("otp-units", counters.flash.otp_units)
      .add("otp-locks", counters.flash.otp_locks)
      .add("option-changes", counters.flash.option_changes)
      .add("busy-seconds", seconds(counters.flash.busy));
  Members all("  ");
  all.add("end", quoted(summary.end));
  if (!summary.trouble.empty()) all.add("trouble", quoted(summary.trouble));
  all.add("seed", summary.seed)
      .add("virtual-seconds", seconds(summary.ran))
      .add("instructions", counters.instructions)
      .add("cycles", counters.cycles)
      .add("stalled-seconds", seconds(counters.stalled))
      .add("asleep-seconds", seconds(counters.asleep))
      .add("resets", counters.resets)
      .add("baud", summary.baud)
      .add("bytes-in", counters.bytes_in)
      .add("bytes-out", counters.bytes_out)
      .add("bytes-unread", summary.lost)
      .add("overruns", counters.overruns)
      .add("flash", flash.object("  "));
  return all.object("") + "\n";
}

}  // namespace virtual_board::app
