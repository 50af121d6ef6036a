#include "tests/support/injection_floor.h"

#include <ctime>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "factory-tool/session/precheck.h"

namespace test {
namespace {

constexpr const char* kCa = "dev";
// As long as a drawn one, so that keys open in no time.
constexpr std::string_view kPassphrase = "a passphrase as long as a drawn one, so that keys open in no time";

template <typename T>
T must(base::Outcome<T> outcome) {
  if (!outcome) throw std::runtime_error(outcome.error().to_string());
  if constexpr (!std::is_void_v<T>) return std::move(*outcome);
}

}  // namespace

base::Outcome<void> TestSeeds::fill(base::MutableBytes out) {
  if (auto filled = random_.generate(out); !filled) return base::failure_of(filled.error());
  if (out.size() == protocol::kSeedSize) seeds.emplace_back(out.begin(), out.end());  // the only draws of this size
  return {};
}

std::string shipped_profile(const std::string& name) {
  const std::string file = FACTORY_LINE_SOURCE_DIR "/cert-templates/profiles/" + name + ".toml";
  std::ifstream stream(file);
  std::ostringstream text;
  if (!(text << stream.rdbuf())) throw std::runtime_error("cannot read " + file);
  return text.str();
}

InjectionFloor::InjectionFloor(uint64_t seed) : station(seed) {
  std::filesystem::create_directory(temp_ / "ca");
  factory::CaStore cas(temp_ / "ca");
  const int64_t now = std::time(nullptr);
  const auto passphrase = base::as_bytes(kPassphrase);
  must(cas.create("root", {"Org", "Root", std::nullopt, std::nullopt}, {}, passphrase, now));
  must(cas.create(kCa, {"Org", "Issuing", 0, std::nullopt}, "root", passphrase, now));
  must(cas.create("check-in", {"Org", "Check-in", 0, std::nullopt}, {}, passphrase, now));
  signer = std::make_unique<factory::KeyFileSigner>(must(cas.signer(kCa, passphrase, now)));
  new_registry("registry.db");
  entropy::set_psa_random_source(&station.random);
}

void InjectionFloor::new_registry(const std::string& file) {
  registry = std::make_unique<db::Registry>(must(db::Registry::open(temp_ / file, db::Registry::Mode::kCreate)));
  add_batch("b1", station);
}

void InjectionFloor::add_batch(const std::string& name, const TestStation& of) {
  db::Batch batch;
  batch.name = name;
  batch.id = of.batch.id;
  batch.stations = {of.public_key};
  must(registry->create_batch(batch));
}

void InjectionFloor::add_order(const std::string& name, int64_t quantity, const std::string& profile_source) {
  const std::string source = profile_source.empty() ? shipped_profile("lwm2m") : profile_source;
  const cert::Profile profile = must(cert::Profile::parse(source, "test profile"));
  db::Order order;
  order.name = name;
  order.batch = "b1";
  order.profile_name = profile.name();
  order.profile_version = profile.version();
  order.profile_source = source;
  order.issuing_ca = kCa;
  order.serial_prefix = name + "-";
  order.quantity = quantity;
  must(registry->create_order(order));
}

InjectionFloor::ServerFiles InjectionFloor::make_server_files() {
  const factory::CaStore cas(temp_ / "ca");
  const auto identity = must(
      cas.make_server_identity("check-in", "Org", "localhost", 30, base::as_bytes(kPassphrase), std::time(nullptr)));
  ServerFiles files{temp_ / "server.pem", temp_ / "server.key"};
  std::ofstream(files.certificate) << identity.certificate_pem;
  std::ofstream(files.key) << base::as_text(identity.key_pem.view());
  return files;
}

base::Bytes InjectionFloor::issuing_ca() const { return must(factory::CaStore(temp_ / "ca").find(kCa)).certificate; }

base::Outcome<factory::InjectionResult> InjectionFloor::inject(const std::string& name, factory::Link& link,
                                                               const Change& change, cert::Signer* signed_by) {
  BASE_ASSIGN(const db::Order order, registry->order(name));
  BASE_ASSIGN(const cert::Profile profile, cert::Profile::parse(order.profile_source, "test profile"));
  BASE_ASSIGN(const factory::PrecheckInputs inputs,
              factory::precheck_inputs(temp_ / "ca", "https://localhost:8443", order.issuing_ca));
  BASE_ASSIGN(const auto certificate_template,
              cert::CertificateTemplate::compile(profile, inputs.issuer, std::time(nullptr)));
  factory::InjectionContext context{.registry = *registry,
                                    .order = order,
                                    .profile = profile,
                                    .certificate_template = certificate_template,
                                    .signer = signed_by != nullptr ? *signed_by : *signer,
                                    .certificates = inputs.certificates,
                                    .batch = station.batch,
                                    .station_key_id = station.key,
                                    .station_public = station.public_key,
                                    .seeds = seeds,
                                    .port = "test",
                                    .lock = true,
                                    .on_step = {},
                                    .reply_limit = std::chrono::milliseconds(20),
                                    .retries = 2};
  if (change) change(context);
  return factory::inject(link, context);
}

}  // namespace test
