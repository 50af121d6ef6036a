// The factory home: one directory with everything a station needs. Nothing in it is for other users.
//
//   home.toml              settings: the check-in URI and the station's name
//   registry.db            the registry; no secret in it
//   keys/passphrase        encrypts the key files below (development; see docs/pki-officer.md)
//   keys/station.pem       key of this station, encrypted PKCS #8; station.pub.pem for other stations' batches
//   keys/batch-NAME.secret 32 bytes
//   ca/NAME/cert.der, ca/NAME/key.pem (encrypted PKCS #8)
//   profiles/*.toml
//   service/cert.pem, service/key.pem   TLS identity of the check-in service
#pragma once

#include <filesystem>
#include <string>

#include "base/host/bytes_host.h"
#include "base/host/failure.h"

namespace factory {

struct HomeSettings {
  std::string check_in_uri = "https://localhost:8443";  // goes into devices where a profile says {check-in-uri}
  std::string station;                                  // name of this station in the audit log
};

class Home {
 public:
  // `directory` must be absent or empty. `fill` makes what belongs inside, in a directory that becomes the
  // home only when everything succeeded: there is never half a home. kConfiguration, kIo, and what `fill` returns.
  template <typename Fill>
  static base::Outcome<Home> create(const std::filesystem::path& directory, const HomeSettings& settings, Fill fill) {
    auto draft = begin_draft(directory, settings);
    if (!draft) return std::unexpected(draft.error());
    if (auto filled = fill(*draft); !filled) {
      discard_draft(*draft);
      return std::unexpected(filled.error());
    }
    return finish_draft(*draft, directory);
  }
  // kHomeMissing: no home there; kConfiguration: its settings are wrong, or it is open to other users.
  static base::Outcome<Home> open(const std::filesystem::path& directory);

  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  [[nodiscard]] const HomeSettings& settings() const { return settings_; }

  [[nodiscard]] std::filesystem::path registry() const { return directory_ / "registry.db"; }
  [[nodiscard]] std::filesystem::path passphrase() const { return directory_ / "keys" / "passphrase"; }
  [[nodiscard]] std::filesystem::path station_key() const { return directory_ / "keys" / "station.pem"; }
  [[nodiscard]] std::filesystem::path batch_secret(const std::string& batch) const {
    return directory_ / "keys" / ("batch-" + batch + ".secret");
  }
  [[nodiscard]] std::filesystem::path ca() const { return directory_ / "ca"; }
  [[nodiscard]] std::filesystem::path profiles() const { return directory_ / "profiles"; }
  [[nodiscard]] std::filesystem::path service() const { return directory_ / "service"; }

 private:
  Home(std::filesystem::path directory, HomeSettings settings)
      : directory_(std::move(directory)), settings_(std::move(settings)) {}
  static base::Outcome<Home> begin_draft(const std::filesystem::path& directory, const HomeSettings& settings);
  static base::Outcome<Home> finish_draft(const Home& draft, const std::filesystem::path& directory);
  static void discard_draft(const Home& draft);

  std::filesystem::path directory_;
  HomeSettings settings_;
};

// Names of batches, orders and CAs become file names: 1 to 64 of [A-Za-z0-9._-], not starting with '.' or '-'.
// kUsage.
base::Outcome<void> check_name(const std::string& kind, const std::string& name);

}  // namespace factory
