#include "device-agent/app/linux/options.h"

#include <cstdio>
#include <cstring>

namespace agent_app {
namespace {

using base::ErrorCode;
using base::Status;
using device::Diagnostic;

int length(std::string_view text) { return static_cast<int>(text.size()); }

bool parse_number(std::string_view text, uint32_t& number) {
  number = 0;
  if (text.empty() || text.size() > 9) return false;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    number = number * 10 + static_cast<uint32_t>(c - '0');
  }
  return true;
}

Status set_path(device::PathText& to, std::string_view key, std::string_view value, Diagnostic& diagnostic) {
  if (!value.empty() && to.assign(value)) return {};
  return diagnostic.fail(ErrorCode::kConfiguration, "%.*s is empty or too long", length(key), key.data());
}

// The keys that only the agent knows; false: not one of them.
class AgentKeys final : public device::ConfigKeys {
 public:
  explicit AgentKeys(Options& options) : options_(options) {}

  base::Result<bool> set(std::string_view key, std::string_view value, Diagnostic& diagnostic) override {
    if (key == "port") {
      BASE_TRY(set_path(options_.port, key, value, diagnostic));
    } else if (key == "link") {
      BASE_TRY(set_path(options_.link, key, value, diagnostic));
    } else if (key == "baud") {
      if (!parse_number(value, options_.baud)) {
        return diagnostic.fail(ErrorCode::kConfiguration, "baud is no number: %.*s", length(value), value.data());
      }
    } else if (key == "locked-linger-s") {
      if (!parse_number(value, options_.locked_linger_s)) {
        return diagnostic.fail(ErrorCode::kConfiguration, "locked-linger-s is no number of seconds: %.*s", length(value),
                               value.data());
      }
    } else if (key == "on-reboot") {
      if (value != "exec" && value != "exit") {
        return diagnostic.fail(ErrorCode::kConfiguration, "on-reboot is exec or exit, not %.*s", length(value), value.data());
      }
      options_.on_reboot = value == "exec" ? OnReboot::kExec : OnReboot::kExit;
    } else {
      return false;
    }
    return true;
  }

 private:
  Options& options_;
};

// "M,S": the two ends of a pseudo-terminal, open across an exec.
bool parse_pty_fds(std::string_view text, Options& options) {
  const size_t comma = text.find(',');
  uint32_t master = 0;
  uint32_t slave = 0;
  if (comma == std::string_view::npos || !parse_number(text.substr(0, comma), master) ||
      !parse_number(text.substr(comma + 1), slave)) {
    return false;
  }
  options.master_fd = static_cast<int>(master);
  options.slave_fd = static_cast<int>(slave);
  return true;
}

// Flags without a value; false: not one of them.
bool set_switch(std::string_view flag, Options& options) {
  if (flag == "pty") return options.port.assign(kPtyPort);
  if (flag == "once") {
    options.on_reboot = OnReboot::kEnd;
    return true;
  }
  if (flag == "help") {
    options.help = true;
    return true;
  }
  return false;
}

Status set_flag(std::string_view flag, std::string_view value, Options& options, Diagnostic& diagnostic) {
  if (flag == "config") return {};  // read before
  if (flag == "pty-fds") {
    if (parse_pty_fds(value, options)) return {};
    return diagnostic.fail(ErrorCode::kUsage, "--pty-fds is for the program itself");
  }
  AgentKeys keys(options);
  BASE_ASSIGN(const bool own, keys.set(flag, value, diagnostic));
  return own ? Status() : device::set_config(options.board, flag, value, diagnostic);
}

// Splits "--flag=value" and "--flag value"; moves `at` past what it used.
struct Flag {
  std::string_view name;
  std::string_view value;
  bool has_value = false;
};
Status take_flag(int argc, char** argv, int& at, Flag& flag, Diagnostic& diagnostic) {
  std::string_view text = argv[at++];
  if (text.size() < 3 || text.substr(0, 2) != "--") {
    return diagnostic.fail(ErrorCode::kUsage, "unexpected argument %.*s; see --help", length(text), text.data());
  }
  text.remove_prefix(2);
  const size_t equals = text.find('=');
  flag = {text.substr(0, equals), {}, false};
  Options ignored;
  if (equals != std::string_view::npos) {
    flag.value = text.substr(equals + 1);
    flag.has_value = true;
  } else if (!set_switch(flag.name, ignored)) {
    if (at >= argc) return diagnostic.fail(ErrorCode::kUsage, "--%.*s needs a value", length(flag.name), flag.name.data());
    flag.value = argv[at++];
    flag.has_value = true;
  }
  return {};
}

}  // namespace

Status read_options(int argc, char** argv, Options& options, Diagnostic& diagnostic) {
  Flag flag;
  for (int at = 1; at < argc;) {
    BASE_TRY(take_flag(argc, argv, at, flag, diagnostic));
    if (flag.name != "config") continue;
    device::PathText path;
    BASE_TRY(set_path(path, flag.name, flag.value, diagnostic));
    AgentKeys keys(options);
    BASE_TRY(device::read_config(path.c_str(), options.board, &keys, diagnostic));
  }
  for (int at = 1; at < argc;) {
    BASE_TRY(take_flag(argc, argv, at, flag, diagnostic));
    if (flag.has_value) {
      BASE_TRY(set_flag(flag.name, flag.value, options, diagnostic));
    } else {
      (void)set_switch(flag.name, options);
    }
  }
  if (options.help) return {};
  if (options.port.empty()) return diagnostic.fail(ErrorCode::kUsage, "give --port DEVICE or --pty; see --help");
  return device::complete_config(options.board, diagnostic);
}

void print_usage() {
  std::fputs(
      "device-agent: takes a unit through its provisioning over a serial line\n"
      "\n"
      "  --config FILE          key = value lines; every flag below but the switches is a key, flags go over the file\n"
      "  --port DEVICE          serial device (115200 8N1, no flow control)\n"
      "  --baud N               its speed\n"
      "  --pty                  a pseudo-terminal instead; its path is printed\n"
      "  --link PATH            symbolic link to the pseudo-terminal\n"
      "  --on-reboot exec|exit  when the host asks for a restart: start anew, or exit with code 10\n"
      "  --locked-linger-s N    end after N seconds without the host once the unit is locked (0: stay)\n"
      "  --once                 exit with code 0 then\n"
      "  --storage-dir DIR      where flash and OTP of the unit are kept\n"
      "  --chip-id HEX          instead of the machine's own\n"
      "  --batch-block-file F   instead of the block in the program's image\n"
      "  --flash, --flash-kind, --otp, --otp-kind, --sector-size, --chip-id-file, --board, --trng: see the example file\n",
      stdout);
}

}  // namespace agent_app
