#include "client/app/linux/options.h"

#include <string.h>

namespace client {
namespace {

using base::ErrorCode;

base::Result<uint64_t> parse_ms(std::string_view key, std::string_view text, uint64_t most,
                                device::Diagnostic& diagnostic) {
  uint64_t value = 0;
  bool good = !text.empty() && text.size() <= 12;
  for (const char c : text) {
    good = good && c >= '0' && c <= '9';
    value = value * 10 + static_cast<uint64_t>(c - '0');
  }
  if (!good || value > most) {
    return diagnostic.fail(ErrorCode::kConfiguration, "%.*s must be milliseconds from 0 to %llu",
                           static_cast<int>(key.size()), key.data(), static_cast<unsigned long long>(most));
  }
  return value;
}

// The keys of the configuration file that only the client knows; all in milliseconds. device/port/linux/config.cc
// lists their names for the agent to skip.
class ClientKeys final : public device::ConfigKeys {
 public:
  explicit ClientKeys(ClientOptions& options) : options_(options) {}

  base::Result<bool> set(std::string_view key, std::string_view value, device::Diagnostic& diagnostic) override {
    constexpr uint64_t kWeek = 604'800'000;
    constexpr uint64_t kHour = 3'600'000;
    const bool limit = key == "connect-limit-ms" || key == "io-limit-ms";
    const bool wait =
        key == "stagger-ms" || key == "retry-first-least-ms" || key == "retry-first-most-ms" || key == "retry-limit-ms";
    if (!limit && !wait) return false;
    BASE_ASSIGN(const uint64_t number, parse_ms(key, value, limit ? kHour : kWeek, diagnostic));
    if (key == "stagger-ms") options_.stagger = number;
    if (key == "retry-first-least-ms") options_.backoff.first_least = number;
    if (key == "retry-first-most-ms") options_.backoff.first_most = number;
    if (key == "retry-limit-ms") options_.backoff.limit = number;
    if (key == "connect-limit-ms") options_.connect_limit = static_cast<uint32_t>(number);
    if (key == "io-limit-ms") options_.io_limit = static_cast<uint32_t>(number);
    return true;
  }

 private:
  ClientOptions& options_;
};

base::Status apply_setting(const char* setting, ClientKeys& keys, AppOptions& options, device::Diagnostic& diagnostic) {
  const char* equals = strchr(setting, '=');
  if (equals == nullptr) return diagnostic.fail(ErrorCode::kUsage, "--set takes KEY=VALUE, not '%s'", setting);
  const std::string_view key(setting, static_cast<size_t>(equals - setting));
  const std::string_view value(equals + 1);
  BASE_ASSIGN(const bool taken, keys.set(key, value, diagnostic));
  return taken ? base::Status() : device::set_config(options.device, key, value, diagnostic);
}

}  // namespace

const char* usage_text() {
  return "usage: first-boot-client [--config FILE] [--set KEY=VALUE]... [--once] [--figures]\n"
         "Proves to the check-in service, once, that this unit holds its key.\n\n"
         "  --config FILE     configuration of the unit (default /etc/factory-line/device.conf)\n"
         "  --set KEY=VALUE   a key of the configuration, over what the file says; without --config no file is read\n"
         "  --once            one attempt now; without it: attempts with growing waits until one succeeds\n"
         "  --figures         at the end, say how much memory was used at most\n"
         "  --version, --help\n\n"
         "Keys of the client, in milliseconds: stagger-ms, retry-first-least-ms, retry-first-most-ms,\n"
         "retry-limit-ms, connect-limit-ms, io-limit-ms.\n\n"
         "Exit codes: 0 activated, now or before; 1 the service refused the unit; 2 command line or configuration;\n"
         "3 the unit is not fit (not provisioned, damaged); 4 the service was not reached or not trusted;\n"
         "5 another program, such as device-agent, uses the unit's storage: try again.\n";
}

base::Status read_options(int argc, char** argv, AppOptions& options, device::Diagnostic& diagnostic) {
  const char* config = nullptr;
  bool has_settings = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument(argv[i]);
    const bool takes_value = argument == "--config" || argument == "--set";
    if (takes_value && i + 1 == argc) {
      return diagnostic.fail(ErrorCode::kUsage, "%s needs a value", argv[i]);
    }
    if (argument == "--config") {
      config = argv[++i];
    } else if (argument == "--set") {
      has_settings = true;
      ++i;  // applied below, over the file
    } else if (argument == "--once") {
      options.client.once = true;
    } else if (argument == "--figures") {
      options.figures = true;
    } else if (argument == "--help") {
      options.help = true;
    } else if (argument == "--version") {
      options.version = true;
    } else {
      return diagnostic.fail(ErrorCode::kUsage, "unknown argument '%s'; see --help", argv[i]);
    }
  }
  if (options.help || options.version) return {};

  ClientKeys keys(options.client);
  if (config == nullptr && !has_settings) config = kDefaultConfig;
  if (config != nullptr) BASE_TRY(device::read_config(config, options.device, &keys, diagnostic));
  for (int i = 1; i + 1 < argc; ++i) {
    const std::string_view argument(argv[i]);
    if (argument == "--set") BASE_TRY(apply_setting(argv[i + 1], keys, options, diagnostic));
    if (argument == "--set" || argument == "--config") ++i;
  }
  const BackoffOptions& backoff = options.client.backoff;
  if (backoff.first_least > backoff.first_most || backoff.first_most > backoff.limit) {
    return diagnostic.fail(ErrorCode::kConfiguration,
                           "retry-first-least-ms, retry-first-most-ms and retry-limit-ms must not decrease");
  }
  return device::complete_config(options.device, diagnostic);
}

}  // namespace client
