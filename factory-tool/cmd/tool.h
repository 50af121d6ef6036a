// What every command stands on: the home, the registry, the seed source, where output goes.
#pragma once

#include <memory>
#include <ostream>

#include "cert-templates/src/profile.h"
#include "db/src/registry.h"
#include "entropy/host/seed_source.h"
#include "factory-tool/ca/ca_store.h"
#include "factory-tool/cmd/options.h"
#include "factory-tool/home.h"
#include "factory-tool/json.h"
#include "factory-tool/session/injector.h"
#include "factory-tool/transport/link.h"

namespace factory {

using Status = base::Outcome<void>;

// The kernel's generator behind the health tests, as the session wants it.
class EntropySeeds final : public SeedProvider {
 public:
  explicit EntropySeeds(entropy::SeedSource& source) : source_(source) {}
  base::Outcome<void> fill(base::MutableBytes out) override { return source_.fill(out); }

 private:
  entropy::SeedSource& source_;
};

class Tool {
 public:
  Tool(GlobalOptions options, std::ostream& out, std::ostream& err)
      : options_(std::move(options)), out_(out), err_(err) {}

  [[nodiscard]] const GlobalOptions& options() const { return options_; }
  [[nodiscard]] bool json() const { return options_.json; }
  // Results.
  std::ostream& out() { return out_; }
  // Everything else.
  std::ostream& err() { return err_; }
  // One result object on a line of its own.
  void print(const JsonWriter& object);
  // For -v; never a secret.
  void say(const std::string& text);

  base::Outcome<Home> home();
  base::Outcome<db::Registry> registry(const Home& home, db::Registry::Mode mode = db::Registry::Mode::kReadWrite);
  // The source of every secret, also of what PSA draws; opened and tested once. kSeedSource, kHealth*.
  base::Outcome<SeedProvider*> seeds();
  // Of the key files: --passphrase-file, FACTORY_PASSPHRASE, the home's own file, or asked for on the terminal.
  // kConfiguration.
  base::Outcome<base::SecretBuffer> passphrase(const Home& home);

  // Asks on the terminal for `word`, unless --yes. kDeclined, also where there is no terminal to ask on.
  Status confirm(const std::string& question, const std::string& word);

  // A file, or a name under the home's profiles/. Every error of it goes to stderr. kProfileSyntax, kProfileField.
  base::Outcome<cert::Profile> load_profile(const Home& home, const std::string& file_or_name);

 private:
  GlobalOptions options_;
  std::ostream& out_;
  std::ostream& err_;
  std::unique_ptr<entropy::SeedSource> source_;
  std::unique_ptr<EntropySeeds> seeds_;
};

// This station's key: a PSA key while the object lives.
class StationKey {
 public:
  // kSignerKey, kCrypto.
  static base::Outcome<StationKey> open(const Home& home, base::ByteView passphrase);
  StationKey(StationKey&& other) noexcept;
  StationKey& operator=(StationKey&&) = delete;
  ~StationKey();

  [[nodiscard]] uint32_t id() const { return id_; }
  [[nodiscard]] const base::ByteArray<65>& public_key() const { return public_key_; }

 private:
  StationKey(uint32_t id, const base::ByteArray<65>& public_key) : id_(id), public_key_(public_key) {}

  uint32_t id_ = 0;
  base::ByteArray<65> public_key_{};
};

// "2026-11-22T07:00:00Z" of milliseconds since 1970.
std::string time_text(int64_t milliseconds);
// Milliseconds since 1970.
int64_t now_milliseconds();

// The commands, one file a group.
Status run(Tool& tool, const InitOptions& options);
Status run(Tool& tool, const CaCreateOptions& options);
Status run(Tool& tool, const CaImportOptions& options);
Status run(Tool& tool, const CaShowOptions& options);
Status run(Tool& tool, const ProfileCheckOptions& options);
Status run(Tool& tool, const BatchCreateOptions& options);
Status run(Tool& tool, const BatchShowOptions& options);
Status run(Tool& tool, const BatchListOptions& options);
Status run(Tool& tool, const BatchImageOptions& options);
Status run(Tool& tool, const OrderCreateOptions& options);
Status run(Tool& tool, const OrderShowOptions& options);
Status run(Tool& tool, const OrderListOptions& options);
Status run(Tool& tool, const DeviceInfoOptions& options);
Status run(Tool& tool, const InjectOptions& options);
Status run(Tool& tool, const VerifyOptions& options);
Status run(Tool& tool, const UnitListOptions& options);
Status run(Tool& tool, const UnitShowOptions& options);
Status run(Tool& tool, const UnitScrapOptions& options);
Status run(Tool& tool, const UnitRevokeOptions& options);
Status run(Tool& tool, const AuditLogOptions& options);
Status run(Tool& tool, const AuditVerifyOptions& options);
Status run(Tool& tool, const ServeOptions& options);
Status run(Tool& tool, const RelayOptions& options);

}  // namespace factory
