#include "factory-tool/home.h"

#include <sys/stat.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>

#include "factory-tool/files.h"

namespace factory {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::failure;
using base::Outcome;

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

Outcome<void> check_settings(const HomeSettings& settings, const std::string& where) {
  if (!settings.check_in_uri.starts_with("https://")) {
    return failure(ErrorCode::kConfiguration, "check-in-uri must start with https://", where,
                   "Devices speak nothing but TLS; give e.g. https://checkin.example.com:8443.");
  }
  for (const std::string* text : {&settings.check_in_uri, &settings.station}) {
    if (std::any_of(text->begin(), text->end(), [](unsigned char c) { return c <= 0x20 || c == 0x7F; })) {
      return failure(ErrorCode::kConfiguration, "a setting has a space or a control character in it", where);
    }
  }
  return {};
}

}  // namespace

Outcome<Home> Home::begin_draft(const fs::path& directory, const HomeSettings& settings) {
  BASE_TRY(check_settings(settings, "init"));
  std::error_code error;
  if (fs::exists(directory, error) && !(fs::is_directory(directory, error) && fs::is_empty(directory, error))) {
    return failure(ErrorCode::kConfiguration, "the directory of the new home exists and is not empty",
                   directory.string(), "Give another --home; an existing home is never overwritten.");
  }
  fs::path absolute = fs::absolute(directory, error);
  if (!absolute.has_filename()) absolute = absolute.parent_path();  // a trailing slash
  const fs::path draft_directory = absolute.string() + ".new-" + std::to_string(::getpid());
  fs::remove_all(draft_directory, error);
  Home draft(draft_directory, settings);
  for (const fs::path& part :
       {draft_directory, draft_directory / "keys", draft.ca(), draft.profiles(), draft.service()}) {
    if (auto made = create_private_directory(part); !made) {
      discard_draft(draft);
      return std::unexpected(made.error());
    }
  }
  const std::string text =
      "# Settings of this factory home; see docs/operator.md.\n"
      "check-in-uri = " +
      quoted(settings.check_in_uri) +
      "\n"
      "station = " +
      quoted(settings.station) + "\n";
  if (auto made = create_file(draft_directory / "home.toml", base::as_bytes(text), kSecretFileMode); !made) {
    discard_draft(draft);
    return std::unexpected(made.error());
  }
  return draft;
}

Outcome<Home> Home::finish_draft(const Home& draft, const fs::path& directory) {
  std::error_code error;
  fs::path absolute = fs::absolute(directory, error);
  if (!absolute.has_filename()) absolute = absolute.parent_path();
  // Replaces an empty directory, fails on one that was filled meanwhile.
  fs::rename(draft.directory_, absolute, error);
  if (error) {
    discard_draft(draft);
    return failure(ErrorCode::kIo, "the new home cannot be put in place: " + error.message(), absolute.string());
  }
  return Home(absolute, draft.settings_);
}

void Home::discard_draft(const Home& draft) {
  std::error_code error;
  fs::remove_all(draft.directory_, error);
}

Outcome<Home> Home::open(const fs::path& directory) {
  std::error_code error;
  const fs::path file = directory / "home.toml";
  if (!fs::exists(file, error)) {
    return failure(ErrorCode::kHomeMissing, "there is no factory home here", directory.string(),
                   "Run `factory-tool --home DIR init`, or give the right --home or FACTORY_HOME.");
  }
  struct stat info {};
  if (::stat(directory.c_str(), &info) != 0 || (info.st_mode & 0077) != 0) {
    return failure(ErrorCode::kConfiguration, "the factory home is open to other users", directory.string(),
                   "Run `chmod 700` on it.");
  }
  BASE_ASSIGN(const base::Bytes text, read_file(file));
  try {
    const toml::table table = toml::parse(base::as_text(text), file.string());
    HomeSettings settings;
    for (const auto& [key, value] : table) {
      std::string* target = key.str() == "check-in-uri" ? &settings.check_in_uri
                            : key.str() == "station"    ? &settings.station
                                                        : nullptr;
      const auto entry = value.value<std::string>();
      if (target == nullptr || !entry) {
        return failure(ErrorCode::kConfiguration, "unknown or wrong setting `" + std::string(key.str()) + "`",
                       file.string() + ":" + std::to_string(value.source().begin.line),
                       "Settings are check-in-uri and station, both strings.");
      }
      *target = *entry;
    }
    BASE_TRY(check_settings(settings, file.string()));
    return Home(fs::absolute(directory, error), std::move(settings));
  } catch (const toml::parse_error& problem) {
    return failure(ErrorCode::kConfiguration, std::string(problem.description()),
                   file.string() + ":" + std::to_string(problem.source().begin.line));
  }
}

Outcome<void> check_name(const std::string& kind, const std::string& name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  if (name.empty() || name.size() > 64 || name[0] == '.' || name[0] == '-' ||
      !std::all_of(name.begin(), name.end(), allowed)) {
    return failure(ErrorCode::kUsage, "`" + name + "` is not a name for " + kind, {},
                   "Use 1 to 64 of A-Z a-z 0-9 . _ -, with a letter, digit or underscore first.");
  }
  return {};
}

}  // namespace factory
