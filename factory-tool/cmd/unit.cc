// unit list | show | scrap | revoke.
#include "factory-tool/ca/certificate_maker.h"
#include "factory-tool/cmd/tool.h"
#include "factory-tool/table.h"

namespace factory {
namespace {

using base::ErrorCode;
using base::failure;

constexpr int64_t kPage = 1000;

template <typename Value>
std::optional<std::string> hex_of(const std::optional<Value>& value) {
  return value ? std::optional(base::to_hex(*value)) : std::nullopt;
}

void print_unit(Tool& tool, const db::Unit& unit) {
  JsonWriter json;
  json.begin_object()
      .field("serial", unit.serial)
      .field("order", unit.order)
      .field("state", db::state_name(unit.state));
  json.optional_field("chip-id", hex_of(unit.chip_id)).optional_field("board", unit.board);
  json.field("transaction", base::to_hex(unit.transaction)).optional_field("public-key", hex_of(unit.public_key));
  json.optional_field("certificate-sha-256", hex_of(unit.certificate_fingerprint));
  json.optional_field("certificate-serial", hex_of(unit.certificate_serial))
      .optional_field("items-digest", hex_of(unit.items_digest));
  json.key("item-count");
  if (unit.item_count) {
    json.number(*unit.item_count);
  } else {
    json.null();
  }
  json.optional_field("seed-commitment", hex_of(unit.seed_commitment))
      .optional_field("failure-code", unit.failure_code);
  json.optional_field("failure-text", unit.failure_text).field("clone-suspected", unit.clone_suspected);
  json.field("attempts", unit.attempts).field("created-at", unit.created_at).field("updated-at", unit.updated_at);
  tool.print(json.end_object());
}

Status retire(Tool& tool, const std::string& serial, const std::string& reason, const std::string& verb,
              db::UnitState state, Status (db::Registry::*record)(const db::Unit&, std::string_view)) {
  BASE_ASSIGN(const Home home, tool.home());
  BASE_ASSIGN(db::Registry registry, tool.registry(home));
  BASE_ASSIGN(const db::Unit unit, registry.unit(serial));
  BASE_TRY(tool.confirm("Recording unit " + unit.serial + " (" + std::string(db::state_name(unit.state)) + ") as " +
                            std::string(db::state_name(state)) + ". This cannot be undone.",
                        verb));
  BASE_TRY((registry.*record)(unit, reason));
  BASE_ASSIGN(const db::Unit now, registry.unit(serial));
  if (tool.json()) {
    print_unit(tool, now);
  } else {
    tool.out() << "unit " << now.serial << " is recorded as " << db::state_name(now.state) << '\n';
  }
  return {};
}

// As the unit presents it: its own certificate first, then what leads to the root, which the verifier has.
Status show_certificate(Tool& tool, const Home& home, db::Registry& registry, const db::Unit& unit) {
  if (!unit.certificate) {
    return failure(ErrorCode::kRegistryState, "unit " + unit.serial + " has no certificate yet",
                   std::string(db::state_name(unit.state)), "It gets one when it is injected.");
  }
  BASE_ASSIGN(const db::Order order, registry.order(unit.order));
  std::vector<base::Bytes> certificates = {*unit.certificate};
  BASE_ASSIGN(const std::vector<base::Bytes> chain, CaStore(home.ca()).chain(order.issuing_ca));
  certificates.insert(certificates.end(), chain.begin(), chain.end());
  JsonWriter json;
  json.begin_object().field("serial", unit.serial).key("certificates").begin_array();
  for (const base::Bytes& der : certificates) {
    BASE_ASSIGN(const Certificate parsed, parse_certificate(der, unit.serial));
    BASE_ASSIGN(const std::string pem, certificate_pem(parsed.get()));
    if (tool.json()) {
      json.string(pem);
    } else {
      tool.out() << pem;
    }
  }
  if (tool.json()) tool.print(json.end_array().end_object());
  return {};
}

}  // namespace

Status run(Tool& tool, const UnitListOptions& options) {
  BASE_ASSIGN(const Home home, tool.home());
  BASE_ASSIGN(db::Registry registry, tool.registry(home, db::Registry::Mode::kReadOnly));
  db::UnitFilter filter;
  filter.limit = kPage;
  if (options.order) {
    BASE_TRY(registry.order(*options.order));
    filter.order = options.order;
  }
  if (options.state) {
    filter.state = db::state_from_name(*options.state);
    if (!filter.state)
      return failure(ErrorCode::kUsage, "`" + *options.state + "` is no state of a unit", {},
                     "States are reserved, contacted, seeded, keyed, certified, committed, provisioned, activated, "
                     "failed, scrapped, revoked.");
  }
  Table table({"serial", "chip id", "certificate sha-256", "state", "note"});
  while (true) {
    BASE_ASSIGN(const std::vector<db::Unit> units, registry.units(filter));
    for (const db::Unit& unit : units) {
      if (tool.json()) {
        print_unit(tool, unit);
        continue;
      }
      std::string note = unit.failure_text.value_or("");
      if (unit.clone_suspected) note += note.empty() ? "clone suspected" : "; clone suspected";
      table.add({unit.serial, hex_of(unit.chip_id).value_or("-"),
                 hex_of(unit.certificate_fingerprint).value_or("-").substr(0, 16),
                 std::string(db::state_name(unit.state)), note});
    }
    if (static_cast<int64_t>(units.size()) < filter.limit) break;
    filter.after_serial = units.back().serial;
  }
  if (!tool.json()) tool.out() << table.text();
  return {};
}

Status run(Tool& tool, const UnitShowOptions& options) {
  BASE_ASSIGN(const Home home, tool.home());
  BASE_ASSIGN(db::Registry registry, tool.registry(home, db::Registry::Mode::kReadOnly));
  BASE_ASSIGN(const db::Unit unit, registry.unit(options.serial));
  if (options.certificate) return show_certificate(tool, home, registry, unit);
  if (tool.json()) {
    print_unit(tool, unit);
    return {};
  }
  const auto line = [&](const std::string& name, const std::optional<std::string>& value) {
    if (value) tool.out() << name << std::string(20 - name.size(), ' ') << *value << '\n';
  };
  line("serial", unit.serial);
  line("state", std::string(db::state_name(unit.state)));
  line("order", unit.order);
  line("chip id", hex_of(unit.chip_id));
  line("board", unit.board);
  line("transaction", base::to_hex(unit.transaction));
  line("seed commitment", hex_of(unit.seed_commitment));
  line("public key", hex_of(unit.public_key));
  line("certificate sha-256", hex_of(unit.certificate_fingerprint));
  line("certificate serial", hex_of(unit.certificate_serial));
  line("items", unit.item_count ? std::optional(std::to_string(*unit.item_count)) : std::nullopt);
  line("items digest", hex_of(unit.items_digest));
  line("failure", unit.failure_code);
  line("failure text", unit.failure_text);
  if (unit.clone_suspected) line("clone", "suspected");
  line("attempts", std::to_string(unit.attempts));
  line("reserved", time_text(unit.created_at));
  line("changed", time_text(unit.updated_at));
  tool.out() << (tool.options().verbose ? "\nevents\n" : "\nevents (-v shows what each recorded)\n");
  return registry.visit_events(unit.serial, 0, [&](const db::Event& event) {
    tool.out() << "  " << event.sequence << "  " << time_text(event.at) << "  " << event.kind << '\n';
    if (tool.options().verbose) tool.out() << "      " << event.json << '\n';
    return static_cast<bool>(tool.out());
  });
}

Status run(Tool& tool, const UnitScrapOptions& options) {
  return retire(tool, options.serial, options.reason, "scrap", db::UnitState::kScrapped,
                &db::Registry::record_scrapped);
}

Status run(Tool& tool, const UnitRevokeOptions& options) {
  return retire(tool, options.serial, options.reason, "revoke", db::UnitState::kRevoked, &db::Registry::record_revoked);
}

}  // namespace factory
