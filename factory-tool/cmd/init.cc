// init: a home that is ready for its first order.
#include <cstdlib>

#include "base/hex.h"
#include "factory-tool/cmd/shipped_profiles.h"
#include "factory-tool/cmd/tool.h"
#include "factory-tool/files.h"

namespace factory {
namespace {

constexpr int kServerDays = 3650;

Status make_passphrase(Tool& tool, const Home& draft) {
  const char* given = std::getenv("FACTORY_PASSPHRASE");
  if (!tool.options().passphrase_file.empty() || (given != nullptr && *given != '\0')) return {};
  BASE_ASSIGN(SeedProvider* const seeds, tool.seeds());
  base::SecretBytes<32> random;
  BASE_TRY(seeds->fill(random.span()));
  base::SecretBuffer text(2 * random.size() + 1);
  const auto digits = std::span(reinterpret_cast<char*>(text.span().data()), 2 * random.size());
  if (auto encoded = base::hex_encode(random.view(), digits); !encoded) return base::failure_of(encoded.error());
  text.span().back() = '\n';
  return create_file(draft.passphrase(), text.view(), kSecretFileMode);
}

Status make_station_key(const Home& draft, base::ByteView passphrase) {
  BASE_ASSIGN(const PrivateKey key, generate_p256_key());
  BASE_ASSIGN(const base::SecretBuffer pem, private_key_pem(key, passphrase));
  BASE_TRY(create_file(draft.station_key(), pem.view(), kSecretFileMode));
  BASE_ASSIGN(const std::string public_pem, public_key_pem(key));
  return create_file(draft.directory() / "keys" / "station.pub.pem", base::as_bytes(public_pem), kPublicFileMode);
}

// A root with the issuing CA of the devices below it; apart from them the CA of the check-in service, so that no
// device's certificate can ever pass for the server's.
Status make_development_cas(const Home& draft, const InitOptions& options, base::ByteView passphrase) {
  const int64_t now = now_milliseconds() / 1000;
  CaStore cas(draft.ca());
  const std::string& organization = options.organization;
  BASE_TRY(cas.create("dev-root", {organization, "Development root", std::nullopt, std::nullopt}, {}, passphrase, now));
  BASE_TRY(cas.create("dev", {organization, "Development issuing CA", 0, std::nullopt}, "dev-root", passphrase, now));
  BASE_TRY(cas.create("check-in", {organization, "Development check-in CA", 0, std::nullopt}, {}, passphrase, now));
  BASE_ASSIGN(const std::string host, host_of_uri(options.check_in_uri));
  BASE_ASSIGN(const CaStore::ServerIdentity server,
              cas.make_server_identity("check-in", organization, host, kServerDays, passphrase, now));
  BASE_TRY(create_file(draft.service() / "cert.pem", base::as_bytes(server.certificate_pem), kPublicFileMode));
  return create_file(draft.service() / "key.pem", server.key_pem.view(), kSecretFileMode);
}

Status fill_home(Tool& tool, const Home& draft, const InitOptions& options) {
  BASE_TRY(make_passphrase(tool, draft));
  BASE_ASSIGN(const base::SecretBuffer passphrase, tool.passphrase(draft));
  BASE_TRY(make_station_key(draft, passphrase.view()));
  BASE_TRY(make_development_cas(draft, options, passphrase.view()));
  for (const ShippedProfile& profile : shipped_profiles()) {
    BASE_TRY(create_file(draft.profiles() / profile.file_name, base::as_bytes(profile.text), kSecretFileMode));
  }
  // Closed before the directory gets its name.
  BASE_TRY(tool.registry(draft, db::Registry::Mode::kCreate));
  return {};
}

}  // namespace

Status run(Tool& tool, const InitOptions& options) {
  BASE_TRY(host_of_uri(options.check_in_uri));
  BASE_TRY(check_name("a station", options.station));
  BASE_ASSIGN(const Home home, Home::create(tool.options().home, {options.check_in_uri, options.station},
                                            [&](const Home& draft) { return fill_home(tool, draft, options); }));
  if (tool.json()) {
    JsonWriter json;
    json.begin_object().field("home", home.directory().string()).field("check-in-uri", home.settings().check_in_uri);
    tool.print(json.field("station", home.settings().station).end_object());
    return {};
  }
  tool.out() << "made the factory home " << home.directory().string() << "\n"
             << "  check-in    " << home.settings().check_in_uri << "\n"
             << "  CAs         dev-root, dev (issues to devices), check-in (for the service)\n"
             << "  profiles    " << home.profiles().string() << "\n"
             << "next: factory-tool batch create NAME, batch image, order create\n";
  return {};
}

}  // namespace factory
