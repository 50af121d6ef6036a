#include "factory-tool/cmd/tool.h"

#include <psa/crypto.h>
#include <sys/time.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <iostream>

#include "entropy/device/random_source.h"
#include "factory-tool/files.h"

namespace factory {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::failure;
using base::Outcome;

base::ByteView without_line_end(base::ByteView text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text = text.first(text.size() - 1);
  return text;
}

// Reads a line from the terminal without showing it.
Outcome<base::SecretBuffer> prompt_for_passphrase() {
  termios before{};
  if (::tcgetattr(STDIN_FILENO, &before) != 0) {
    return failure(ErrorCode::kConfiguration, "no passphrase for the key files, and no terminal to ask on", {},
                   "Give --passphrase-file.");
  }
  termios silent = before;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  std::cerr << "Passphrase of the key files: " << std::flush;
  base::SecretBuffer line(1024);
  const ssize_t count = ::read(STDIN_FILENO, line.span().data(), line.size());
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  std::cerr << '\n';
  const base::ByteView text = without_line_end(line.view().first(count > 0 ? static_cast<size_t>(count) : 0));
  if (text.empty()) return failure(ErrorCode::kDeclined, "no passphrase was given");
  return base::SecretBuffer(text);
}

}  // namespace

void Tool::print(const JsonWriter& object) { out_ << object.text() << '\n' << std::flush; }

void Tool::say(const std::string& text) {
  if (options_.verbose) err_ << text << '\n';
}

Outcome<Home> Tool::home() { return Home::open(options_.home); }

Outcome<db::Registry> Tool::registry(const Home& home, db::Registry::Mode mode) {
  BASE_ASSIGN(db::Registry registry, db::Registry::open(home.registry(), mode));
  const char* user = std::getenv("USER");
  const std::string who = !options_.operator_name.empty() ? options_.operator_name
                          : user != nullptr               ? user
                                                          : "uid " + std::to_string(::getuid());
  registry.set_actor(home.settings().station, who);
  return registry;
}

Outcome<SeedProvider*> Tool::seeds() {
  if (!seeds_) {
    BASE_ASSIGN(source_, entropy::SeedSource::open());
    entropy::set_psa_random_source(source_.get());
    if (psa_crypto_init() != PSA_SUCCESS) return failure(ErrorCode::kCrypto, "PSA Crypto does not start");
    seeds_ = std::make_unique<EntropySeeds>(*source_);
  }
  return seeds_.get();
}

Outcome<base::SecretBuffer> Tool::passphrase(const Home& home) {
  std::error_code error;
  fs::path file = options_.passphrase_file;
  const char* from_environment = std::getenv("FACTORY_PASSPHRASE");
  if (file.empty() && from_environment != nullptr && *from_environment != '\0') {
    return base::SecretBuffer(base::as_bytes(from_environment));
  }
  if (file.empty() && fs::exists(home.passphrase(), error)) file = home.passphrase();
  if (file.empty()) return prompt_for_passphrase();
  BASE_ASSIGN(const base::SecretBuffer text, read_secret_file(file, 1024));
  const base::ByteView trimmed = without_line_end(text.view());
  if (trimmed.empty()) return failure(ErrorCode::kConfiguration, "the passphrase file is empty", file.string());
  return base::SecretBuffer(trimmed);
}

Status Tool::confirm(const std::string& question, const std::string& word) {
  if (options_.yes) return {};
  if (::isatty(STDIN_FILENO) == 0) {
    return failure(ErrorCode::kDeclined, "this cannot be undone, and there is no terminal to confirm it on", {},
                   "Give --yes where a program runs this tool.");
  }
  err_ << question << "\nType `" << word << "` to go on: " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  if (answer != word) return failure(ErrorCode::kDeclined, "declined: the word was not typed, nothing was changed");
  return {};
}

Outcome<cert::Profile> Tool::load_profile(const Home& home, const std::string& file_or_name) {
  std::error_code error;
  fs::path file = file_or_name;
  if (!fs::exists(file, error) && file_or_name.find('/') == std::string::npos) {
    for (const fs::path& candidate : {home.profiles() / file_or_name, home.profiles() / (file_or_name + ".toml")}) {
      if (fs::exists(candidate, error)) file = candidate;
    }
  }
  if (!fs::is_regular_file(file, error)) {
    return failure(ErrorCode::kConfiguration, "there is no profile `" + file_or_name + "`", home.profiles().string(),
                   "Give a file, or a name under the home's profiles/.");
  }
  std::vector<cert::ProfileError> errors;
  auto profile = cert::Profile::load(file, &errors);
  if (!profile && errors.size() > 1) {
    for (const auto& problem : errors) {
      err_ << problem.file << ':' << problem.line << ": " << problem.field << (problem.field.empty() ? "" : ": ")
           << problem.what << (problem.next.empty() ? "" : ". ") << problem.next << '\n';
    }
  }
  return profile;
}

std::string time_text(int64_t milliseconds) {
  const time_t seconds = static_cast<time_t>(milliseconds / 1000);
  tm parts{};
  char text[32];
  gmtime_r(&seconds, &parts);
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

int64_t now_milliseconds() {
  timeval now{};
  gettimeofday(&now, nullptr);
  return int64_t{now.tv_sec} * 1000 + now.tv_usec / 1000;
}

Outcome<StationKey> StationKey::open(const Home& home, base::ByteView passphrase) {
  BASE_ASSIGN(const base::SecretBuffer pem, read_secret_file(home.station_key()));
  BASE_ASSIGN(const PrivateKey key, parse_private_key(pem.view(), passphrase, home.station_key().string()));
  BASE_ASSIGN(const auto public_key, public_point(key.get()));
  base::SecretBytes<32> scalar;
  BASE_TRY(private_scalar(key, scalar.span()));
  psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
  psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
  psa_set_key_bits(&attributes, 256);
  psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_DERIVE);
  psa_set_key_algorithm(&attributes, PSA_ALG_ECDH);
  psa_key_id_t id = PSA_KEY_ID_NULL;
  if (psa_import_key(&attributes, scalar.view().data(), scalar.size(), &id) != PSA_SUCCESS) {
    return failure(ErrorCode::kCrypto, "PSA Crypto does not take the station's key", home.station_key().string());
  }
  return StationKey(id, public_key);
}

StationKey::StationKey(StationKey&& other) noexcept
    : id_(std::exchange(other.id_, PSA_KEY_ID_NULL)), public_key_(other.public_key_) {}

StationKey::~StationKey() {
  if (id_ != PSA_KEY_ID_NULL) psa_destroy_key(id_);
}

}  // namespace factory
