// order create | list | show.
#include <openssl/evp.h>

#include "cert-templates/src/issuer.h"
#include "factory-tool/cmd/tool.h"
#include "factory-tool/session/precheck.h"
#include "factory-tool/table.h"

namespace factory {
namespace {

using base::ErrorCode;
using base::failure;
using base::Outcome;

Outcome<std::vector<std::pair<std::string, std::string>>> parse_variables(const std::vector<std::string>& texts) {
  std::map<std::string, std::string> variables;
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return failure(ErrorCode::kUsage, "`--var " + text + "` is not of the form NAME=VALUE");
    }
    if (!variables.emplace(text.substr(0, equals), text.substr(equals + 1)).second) {
      return failure(ErrorCode::kUsage, "the variable `" + text.substr(0, equals) + "` is given twice");
    }
  }
  return std::vector<std::pair<std::string, std::string>>(variables.begin(), variables.end());
}

void print_order(Tool& tool, const db::Order& order, const db::OrderCounts& counts) {
  JsonWriter json;
  json.begin_object().field("name", order.name).field("batch", order.batch).field("profile", order.profile_name);
  json.field("profile-version", order.profile_version).field("profile-sha-256", base::to_hex(order.profile_digest));
  json.field("ca", order.issuing_ca)
      .field("serial-prefix", order.serial_prefix)
      .field("serial-digits", order.serial_digits);
  json.field("serial-first", order.serial_first).field("quantity", order.quantity).field("used", counts.used);
  json.key("variables").begin_object();
  for (const auto& [name, value] : order.variables) json.field(name, value);
  json.end_object().key("units").begin_object();
  for (size_t i = 0; i < std::size(counts.by_state); ++i) {
    if (counts.by_state[i] != 0) json.field(db::state_name(static_cast<db::UnitState>(i)), counts.by_state[i]);
  }
  tool.print(json.end_object().field("created-at", order.created_at).end_object());
}

}  // namespace

Status run(Tool& tool, const OrderCreateOptions& options) {
  BASE_TRY(check_name("an order", options.name));
  BASE_ASSIGN(const Home home, tool.home());
  BASE_ASSIGN(const cert::Profile profile, tool.load_profile(home, options.profile));
  BASE_ASSIGN(db::Registry registry, tool.registry(home));
  BASE_ASSIGN(const db::Batch batch, registry.batch(options.batch));

  db::Order order;
  order.name = options.name;
  order.batch = batch.name;
  order.profile_name = profile.name();
  order.profile_version = profile.version();
  order.profile_source = profile.source();
  const auto source = base::as_bytes(profile.source());
  if (EVP_Digest(source.data(), source.size(), order.profile_digest.data(), nullptr, EVP_sha256(), nullptr) != 1) {
    return failure(ErrorCode::kCrypto, "SHA-256 failed");
  }
  order.issuing_ca = options.ca;
  order.serial_prefix = options.serial_prefix.value_or(options.name + "-");
  order.serial_digits = options.serial_digits;
  order.serial_first = options.serial_first;
  order.quantity = options.quantity;
  BASE_ASSIGN(order.variables, parse_variables(options.variables));

  // Everything that can be known before a unit is there is checked now: the CA, and a sample of certificate and items.
  BASE_ASSIGN(const PrecheckInputs inputs, precheck_inputs(home.ca(), home.settings().check_in_uri, order.issuing_ca));
  BASE_ASSIGN(const std::vector<std::string> warnings,
              precheck_order(order, profile, inputs, now_milliseconds() / 1000));
  for (const std::string& warning : warnings) tool.err() << "warning: " << warning << '\n';

  BASE_TRY(registry.create_order(order));
  BASE_ASSIGN(order, registry.order(order.name));
  if (tool.json()) {
    BASE_ASSIGN(const db::OrderCounts counts, registry.order_counts(order.name));
    print_order(tool, order, counts);
  } else {
    tool.out() << "made order " << order.name << ": " << order.quantity << " units of " << order.profile_name
               << " version " << order.profile_version << ", batch " << order.batch << ", CA " << order.issuing_ca
               << '\n';
  }
  return {};
}

Status run(Tool& tool, const OrderListOptions&) {
  BASE_ASSIGN(const Home home, tool.home());
  BASE_ASSIGN(db::Registry registry, tool.registry(home, db::Registry::Mode::kReadOnly));
  BASE_ASSIGN(const std::vector<db::Order> orders, registry.orders());
  Table table({"name", "profile", "batch", "ca", "quantity", "used", "done", "failed"});
  for (const db::Order& order : orders) {
    BASE_ASSIGN(const db::OrderCounts counts, registry.order_counts(order.name));
    if (tool.json()) print_order(tool, order, counts);
    const auto count = [&](db::UnitState state) { return counts.by_state[static_cast<size_t>(state)]; };
    table.add({order.name, order.profile_name + " " + std::to_string(order.profile_version), order.batch,
               order.issuing_ca, std::to_string(order.quantity), std::to_string(counts.used),
               std::to_string(count(db::UnitState::kProvisioned) + count(db::UnitState::kActivated)),
               std::to_string(count(db::UnitState::kFailed))});
  }
  if (!tool.json()) tool.out() << table.text();
  return {};
}

Status run(Tool& tool, const OrderShowOptions& options) {
  BASE_ASSIGN(const Home home, tool.home());
  BASE_ASSIGN(db::Registry registry, tool.registry(home, db::Registry::Mode::kReadOnly));
  BASE_ASSIGN(const db::Order order, registry.order(options.name));
  BASE_ASSIGN(const db::OrderCounts counts, registry.order_counts(order.name));
  if (tool.json()) {
    print_order(tool, order, counts);
    return {};
  }
  tool.out() << "name      " << order.name << "\nprofile   " << order.profile_name << " version "
             << order.profile_version << " (sha-256 " << base::to_hex(order.profile_digest) << ")\nbatch     "
             << order.batch << "\nca        " << order.issuing_ca << "\nserials   " << order.serial_prefix << "..., "
             << order.serial_digits << " digits from " << order.serial_first << "\nquantity  " << order.quantity
             << ", used " << counts.used << "\ncreated   " << time_text(order.created_at) << '\n';
  for (const auto& [name, value] : order.variables) tool.out() << "variable  " << name << " = " << value << '\n';
  for (size_t i = 0; i < std::size(counts.by_state); ++i) {
    if (counts.by_state[i] != 0) {
      tool.out() << "units     " << counts.by_state[i] << ' ' << db::state_name(static_cast<db::UnitState>(i)) << '\n';
    }
  }
  return {};
}

}  // namespace factory
