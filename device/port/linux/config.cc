#include "device/port/linux/config.h"

#include <cerrno>
#include <cstring>

namespace device {
namespace {

using base::ErrorCode;
using base::Status;

constexpr size_t kMaxLine = 511;

int length(std::string_view text) { return static_cast<int>(text.size()); }

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

template <size_t Capacity>
Status set_text(FixedText<Capacity>& to, std::string_view key, std::string_view value, Diagnostic& diagnostic) {
  if (to.assign(value)) return {};
  return diagnostic.fail(ErrorCode::kConfiguration, "%.*s is longer than %zu characters", length(key), key.data(),
                         Capacity);
}

template <typename Kind>
struct Choice {
  std::string_view name;
  Kind kind;
};

template <typename Kind, size_t N>
Status set_choice(Kind& to, const Choice<Kind> (&choices)[N], std::string_view key, std::string_view value,
                  Diagnostic& diagnostic) {
  FixedText<64> names;
  for (const auto& choice : choices) {
    if (choice.name == value) {
      to = choice.kind;
      return {};
    }
    (void)(names.append(" ") && names.append(choice.name));
  }
  return diagnostic.fail(ErrorCode::kConfiguration, "%.*s = %.*s is unknown; use one of:%s", length(key), key.data(),
                         length(value), value.data(), names.c_str());
}

constexpr Choice<FlashKind> kFlashKinds[] = {
    {"file", FlashKind::kFile}, {"block", FlashKind::kBlock}, {"mtd", FlashKind::kMtd}};
constexpr Choice<OtpKind> kOtpKinds[] = {{"file", OtpKind::kFile}, {"nvmem", OtpKind::kNvmem}};

Status set_sector_size(LinuxConfig& config, std::string_view value, Diagnostic& diagnostic) {
  uint32_t number = 0;
  bool good = value.size() <= 7;
  for (const char c : value) {
    good = good && c >= '0' && c <= '9';
    number = number * 10 + static_cast<uint32_t>(c - '0');
  }
  if (!good || number < 4096 || number > 1048576 || (number & (number - 1)) != 0) {
    return diagnostic.fail(ErrorCode::kConfiguration, "sector-size is no power of two within 4096 to 1048576 bytes");
  }
  config.sector_size = number;
  return {};
}

Status set_chip_id(LinuxConfig& config, std::string_view value, Diagnostic& diagnostic) {
  const bool digits = value.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
  if (!digits || value.size() % 2 != 0 || value.size() < 8 || !config.chip_id.assign(value)) {
    return diagnostic.fail(ErrorCode::kConfiguration, "chip-id is not 8 to 32 hexadecimal digits, in pairs");
  }
  return {};
}

enum class Key : uint8_t {
  kStorageDir,
  kFlash,
  kFlashKind,
  kOtp,
  kOtpKind,
  kSectorSize,
  kChipId,
  kChipIdFile,
  kBoard,
  kTrng,
  kBatchBlockFile,
  kCount
};
constexpr std::string_view kKeyNames[] = {"storage-dir", "flash",       "flash-kind",      "otp",
                                          "otp-kind",    "sector-size", "chip-id",         "chip-id-file",
                                          "board",       "trng",        "batch-block-file"};
static_assert(std::size(kKeyNames) == static_cast<size_t>(Key::kCount));

// Keys of one program only, which the other skips in a shared file; what they mean is known to that program's options.cc.
constexpr std::string_view kProgramKeyNames[] = {
    "port", "baud", "link", "on-reboot", "locked-linger-s",  // device-agent
    "stagger-ms", "retry-first-least-ms", "retry-first-most-ms", "retry-limit-ms", "connect-limit-ms",
    "io-limit-ms"};  // first-boot-client
static_assert(std::size(kKeyNames) + std::size(kProgramKeyNames) <= 32, "a bit each for what was seen");

template <size_t N>
size_t find_name(const std::string_view (&names)[N], std::string_view name) {
  size_t at = 0;
  while (at < N && names[at] != name) ++at;
  return at;
}

Key find_key(std::string_view name) { return static_cast<Key>(find_name(kKeyNames, name)); }

// Notes that the key number `at` was given.
Status give_once(uint32_t& seen, size_t at, std::string_view key, Diagnostic& diagnostic) {
  const uint32_t bit = 1U << at;
  if ((seen & bit) != 0) {
    return diagnostic.fail(ErrorCode::kConfiguration, "%.*s is given twice", length(key), key.data());
  }
  seen |= bit;
  return {};
}

Status set_key(LinuxConfig& config, Key key, std::string_view value, Diagnostic& diagnostic) {
  const std::string_view name = kKeyNames[static_cast<size_t>(key)];
  switch (key) {
    case Key::kStorageDir:
      return set_text(config.storage_dir, name, value, diagnostic);
    case Key::kFlash:
      return set_text(config.flash, name, value, diagnostic);
    case Key::kFlashKind:
      return set_choice(config.flash_kind, kFlashKinds, name, value, diagnostic);
    case Key::kOtp:
      return set_text(config.otp, name, value, diagnostic);
    case Key::kOtpKind:
      return set_choice(config.otp_kind, kOtpKinds, name, value, diagnostic);
    case Key::kSectorSize:
      return set_sector_size(config, value, diagnostic);
    case Key::kChipId:
      return set_chip_id(config, value, diagnostic);
    case Key::kChipIdFile:
      return set_text(config.chip_id_file, name, value, diagnostic);
    case Key::kBoard:
      return set_text(config.board, name, value, diagnostic);
    case Key::kTrng:
      return set_text(config.trng, name, value, diagnostic);
    case Key::kBatchBlockFile:
      return set_text(config.batch_block_file, name, value, diagnostic);
    case Key::kCount:
      break;
  }
  return base::fail(ErrorCode::kInvalidArgument);
}

// One line without its end; `seen` has a bit for each key that was given.
Status read_line(std::string_view line, LinuxConfig& config, ConfigKeys* own, uint32_t& seen, Diagnostic& diagnostic) {
  line = trim(line);
  if (line.empty() || line.front() == '#') return {};
  const size_t equals = line.find('=');
  if (equals == std::string_view::npos) {
    return diagnostic.fail(ErrorCode::kConfiguration, "not of the form key = value");
  }
  const std::string_view key = trim(line.substr(0, equals));
  const std::string_view value = trim(line.substr(equals + 1));
  if (key.empty()) return diagnostic.fail(ErrorCode::kConfiguration, "the key is missing before '='");
  if (value.empty()) {
    return diagnostic.fail(ErrorCode::kConfiguration, "%.*s has no value; leave the line out for the default",
                           length(key), key.data());
  }
  const Key known = find_key(key);
  if (known != Key::kCount) {
    BASE_TRY(give_once(seen, static_cast<size_t>(known), key, diagnostic));
    return set_key(config, known, value, diagnostic);
  }
  const size_t of_program = find_name(kProgramKeyNames, key);
  if (of_program == std::size(kProgramKeyNames)) {
    return diagnostic.fail(ErrorCode::kConfiguration, "unknown key %.*s", length(key), key.data());
  }
  BASE_TRY(give_once(seen, std::size(kKeyNames) + of_program, key, diagnostic));
  if (own != nullptr) BASE_TRY(own->set(key, value, diagnostic));
  return {};
}

// Puts "FILE:LINE: " in front of the text.
void locate(Diagnostic& diagnostic, const char* path, unsigned line) {
  char text[sizeof diagnostic.text];
  std::memcpy(text, diagnostic.text, sizeof text);
  (void)diagnostic.fail(ErrorCode::kConfiguration, "%.120s:%u: %.120s", path, line, text);
}

struct CloseFile {
  std::FILE* file;
  ~CloseFile() { std::fclose(file); }
};

}  // namespace

Status set_config(LinuxConfig& config, std::string_view key, std::string_view value, Diagnostic& diagnostic) {
  const Key known = find_key(key);
  if (known == Key::kCount) {
    return diagnostic.fail(ErrorCode::kConfiguration, "unknown key %.*s", length(key), key.data());
  }
  if (value.empty()) return diagnostic.fail(ErrorCode::kConfiguration, "%.*s has no value", length(key), key.data());
  return set_key(config, known, value, diagnostic);
}

Status complete_config(LinuxConfig& config, Diagnostic& diagnostic) {
  struct {
    PathText& path;
    std::string_view name;
  } const files[] = {{config.flash, "/flash.bin"}, {config.otp, "/otp.bin"}};
  for (const auto& file : files) {
    if (!file.path.empty()) continue;
    if (!file.path.assign(config.storage_dir.view()) || !file.path.append(file.name)) {
      return diagnostic.fail(ErrorCode::kConfiguration, "storage-dir is too long");
    }
  }
  return {};
}

Status read_config(const char* path, LinuxConfig& config, ConfigKeys* own, Diagnostic& diagnostic) {
  std::FILE* const file = std::fopen(path, "re");
  if (file == nullptr) {
    return diagnostic.fail(ErrorCode::kIo, "%.150s: cannot be read: %s", path, std::strerror(errno));
  }
  const CloseFile close{file};
  char line[kMaxLine + 2];  // with its end and the zero byte
  uint32_t seen = 0;
  for (unsigned number = 1; std::fgets(line, sizeof line, file) != nullptr; ++number) {
    std::string_view text(line);
    Status read;
    if (!text.empty() && text.back() == '\n') {
      text.remove_suffix(1);
    } else if (std::feof(file) == 0) {
      read = diagnostic.fail(ErrorCode::kConfiguration, "the line is longer than %zu bytes or holds a zero byte",
                             kMaxLine);
    }
    if (read) read = read_line(text, config, own, seen, diagnostic);
    if (!read) {
      locate(diagnostic, path, number);
      return read;
    }
  }
  if (std::ferror(file) != 0) return diagnostic.fail(ErrorCode::kIo, "%.150s: read error", path);
  return {};
}

}  // namespace device
