// inject: units of an order on one or more ports, one after the other.
#include <algorithm>
#include <cstdio>

#include "factory-tool/cmd/batch_secret.h"
#include "factory-tool/cmd/port_summary.h"
#include "factory-tool/cmd/tool.h"
#include "factory-tool/exit_code.h"
#include "factory-tool/session/injector.h"
#include "factory-tool/session/precheck.h"

namespace factory {
namespace {

using base::ErrorCode;
using base::failure;
using base::Outcome;

std::string_view result_name(const InjectionResult& result) {
  if (result.already_done) return "already-done";
  return result.locked ? "provisioned" : "ready-to-lock";
}

void print_result(Tool& tool, const std::string& port, const InjectionResult& result) {
  const db::Unit& unit = result.unit;
  const LinkFigures& figures = result.figures;
  if (!tool.json()) {
    tool.out() << port << ": unit " << unit.serial << ' ' << result_name(result)
               << (result.resumed && !result.already_done ? " (resumed)" : "") << "; "
               << figures.bytes_sent + figures.bytes_received << " bytes, " << figures.round_trips << " round trips, "
               << figures.retries << " frames sent again\n";
    if (!result.locked) tool.out() << port << ": nothing is locked; run again with --execute to finish the unit\n";
    return;
  }
  JsonWriter json;
  json.begin_object().field("port", port).field("result", result_name(result)).field("serial", unit.serial);
  json.field("state", db::state_name(unit.state)).field("resumed", result.resumed).field("locked", result.locked);
  json.key("chip-id");
  if (unit.chip_id) {
    json.string(base::to_hex(*unit.chip_id));
  } else {
    json.null();
  }
  json.key("steps").begin_array();
  for (const Step& step : result.steps) {
    json.begin_object().field("step", step.name).field("skipped", step.skipped);
    json.field("microseconds", static_cast<int64_t>(step.time.count())).end_object();
  }
  json.end_array().field("bytes-sent", static_cast<int64_t>(figures.bytes_sent));
  json.field("bytes-received", static_cast<int64_t>(figures.bytes_received));
  json.field("round-trips", static_cast<int64_t>(figures.round_trips))
      .field("retries", static_cast<int64_t>(figures.retries));
  tool.print(json.end_object());
}

void print_step(Tool& tool, const std::string& port, const Step& step) {
  char time[32];
  std::snprintf(time, sizeof time, "%8.1f ms", static_cast<double>(step.time.count()) / 1000.0);
  std::string name = step.name;
  name.resize(std::max<size_t>(name.size(), 12), ' ');
  tool.err() << port << "  " << name << time << (step.skipped ? "  had it already" : "") << '\n';
}

Outcome<bool> decide_lock(Tool& tool, const InjectOptions& options, const db::Order& order,
                          const cert::Profile& profile) {
  const bool lock = options.execute || (profile.production() && !options.dry_run);
  if (!lock) {
    tool.err() << "dry run: units are provisioned up to the lock; --execute locks them\n";
    return false;
  }
  const std::string units = options.ports.size() == 1 ? "the unit" : std::to_string(options.ports.size()) + " units";
  const std::string question = "Locking " + units + " of order " + order.name + " for good";
  if (profile.read_protection() < 2) {
    BASE_TRY(tool.confirm(question + ". This cannot be undone.", "lock"));
    return true;
  }
  if (tool.options().yes && !options.execute) {
    return failure(ErrorCode::kUsage, "the profile sets read protection level 2, which --yes alone does not answer for",
                   "profile " + profile.name(), "Give --execute too, or leave --yes out and type the word.");
  }
  BASE_TRY(tool.confirm(question + ", with read protection level 2: no debugger and no boot loader will ever reach " +
                            (options.ports.size() == 1 ? "this chip" : "these chips") +
                            " again. This cannot be undone by anyone.",
                        "level-2"));
  return true;
}

// A unit would refuse a station that its image does not name, but only after it was contacted.
Outcome<void> check_station(const Home& home, const db::Batch& batch, const StationKey& station) {
  if (std::find(batch.stations.begin(), batch.stations.end(), station.public_key()) != batch.stations.end()) return {};
  return failure(
      ErrorCode::kConfiguration,
      "this station is not one of batch `" + batch.name + "`: its key was replaced since the batch was made",
      home.station_key().string(),
      "Restore the key, or make a batch with `factory-tool batch create`, patch an image and make an order.");
}

}  // namespace

Status run(Tool& tool, const InjectOptions& options) {
  BASE_ASSIGN(const Home home, tool.home());
  BASE_ASSIGN(SeedProvider* const seeds, tool.seeds());
  BASE_ASSIGN(db::Registry registry, tool.registry(home));
  BASE_ASSIGN(const db::Order order, registry.order(options.order));
  BASE_ASSIGN(const db::Batch batch, registry.batch(order.batch));
  // The profile as it was when the order was made: a changed file does not change units of an old order.
  BASE_ASSIGN(const cert::Profile profile,
              cert::Profile::parse(order.profile_source, "profile of order " + order.name));
  const int64_t now = now_milliseconds() / 1000;
  BASE_ASSIGN(const PrecheckInputs inputs, precheck_inputs(home.ca(), home.settings().check_in_uri, order.issuing_ca));
  BASE_TRY(precheck_order(order, profile, inputs, now));
  BASE_ASSIGN(const auto certificate_template, cert::CertificateTemplate::compile(profile, inputs.issuer, now));

  BASE_ASSIGN(const base::SecretBuffer passphrase, tool.passphrase(home));
  BASE_ASSIGN(const StationKey station, StationKey::open(home, passphrase.view()));
  BASE_TRY(check_station(home, batch, station));
  BASE_ASSIGN(KeyFileSigner signer, CaStore(home.ca()).signer(order.issuing_ca, passphrase.view(), now));
  protocol::BatchBlock block;
  const base::WipeOnExit wipe(block.secret);
  BASE_TRY(load_batch_block(home, batch, block));
  BASE_ASSIGN(const bool lock, decide_lock(tool, options, order, profile));

  PortSummary summary;
  for (const std::string& port : options.ports) {
    auto link = open_serial(port, {options.link.baud});
    if (!link) {
      print_port_failure(tool, port, link.error(), options.ports.size() == 1);
      summary.add(port, link.error());
      continue;
    }
    InjectionContext context{.registry = registry,
                             .order = order,
                             .profile = profile,
                             .certificate_template = certificate_template,
                             .signer = signer,
                             .certificates = inputs.certificates,
                             .batch = block,
                             .station_key_id = station.id(),
                             .station_public = station.public_key(),
                             .seeds = *seeds,
                             .port = port,
                             .lock = lock,
                             .abort_foreign = options.abort_foreign,
                             .on_step = [&](const Step& step) { print_step(tool, port, step); },
                             .reply_limit = std::chrono::milliseconds(options.link.reply_limit_ms),
                             .retries = options.link.retries};
    auto result = inject(**link, context);
    if (result) {
      print_result(tool, port, *result);
    } else {
      print_port_failure(tool, port, result.error(), options.ports.size() == 1);
      summary.add(port, result.error());
    }
  }
  return summary.status(options.ports.size());
}

}  // namespace factory
