#include "factory-tool/cmd/cli.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>

namespace factory {
namespace {

// Registers a command whose options live in `options`; what was chosen lands in `chosen`.
template <typename Options>
CLI::App* add_command(CLI::App* group, const std::string& name, const std::string& text, Options& options,
                      std::optional<Command>& chosen) {
  CLI::App* command = group->add_subcommand(name, text);
  command->callback([&options, &chosen] { chosen = options; });
  return command;
}

CLI::App* add_group(CLI::App& app, const std::string& name, const std::string& text) {
  CLI::App* group = app.add_subcommand(name, text);
  group->require_subcommand(1);
  return group;
}

void add_link_options(CLI::App* command, LinkOptions& link) {
  command->add_option("--baud", link.baud, "Baud rate of the port")
      ->check(CLI::Range(1200, 12'000'000))
      ->capture_default_str();
  command->add_option("--reply-limit", link.reply_limit_ms, "Milliseconds to wait for a sign of the device")
      ->check(CLI::Range(10, 600'000))
      ->capture_default_str();
  command->add_option("--retries", link.retries, "How often a request is sent")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
}

// Every option structure, alive while CLI11 fills it.
struct AllOptions {
  InitOptions init;
  CaCreateOptions ca_create;
  CaImportOptions ca_import;
  CaShowOptions ca_show;
  ProfileCheckOptions profile_check;
  BatchCreateOptions batch_create;
  BatchShowOptions batch_show;
  BatchListOptions batch_list;
  BatchImageOptions batch_image;
  OrderCreateOptions order_create;
  OrderShowOptions order_show;
  OrderListOptions order_list;
  DeviceInfoOptions device_info;
  InjectOptions inject;
  VerifyOptions verify;
  UnitListOptions unit_list;
  UnitShowOptions unit_show;
  UnitScrapOptions unit_scrap;
  UnitRevokeOptions unit_revoke;
  AuditLogOptions audit_log;
  AuditVerifyOptions audit_verify;
  ServeOptions serve;
  RelayOptions relay;
};

void add_home_commands(CLI::App& app, AllOptions& all, std::optional<Command>& chosen) {
  CLI::App* init = add_command(&app, "init", "Make a factory home: registry, station key, development CA, profiles",
                               all.init, chosen);
  init->add_option("--check-in-uri", all.init.check_in_uri, "Where devices check in at first boot")
      ->capture_default_str();
  init->add_option("--station", all.init.station, "Name of this station in the audit log")->capture_default_str();
  init->add_option("--organization", all.init.organization, "O of the development CA")->capture_default_str();

  CLI::App* ca = add_group(app, "ca", "Certificate authorities of this home");
  CLI::App* create = add_command(ca, "create", "Make a CA", all.ca_create, chosen);
  create->add_option("NAME,--name", all.ca_create.name, "Name in this home")->required();
  create->add_option("--issuer", all.ca_create.issuer, "CA that issues it; without: self-signed");
  create->add_option("--organization", all.ca_create.organization, "O of its subject")->capture_default_str();
  create->add_option("--common-name", all.ca_create.common_name, "CN of its subject; without: its name");
  create->add_option("--path-length", all.ca_create.path_length, "How many CAs may follow below it")
      ->check(CLI::Range(0, 5));
  create->add_option("--days", all.ca_create.days, "Validity; without: no expiry")->check(CLI::Range(1, 36500));
  CLI::App* import = add_command(ca, "import", "Take in a CA made elsewhere", all.ca_import, chosen);
  import->add_option("NAME,--name", all.ca_import.name, "Name in this home")->required();
  import->add_option("--certificate", all.ca_import.certificate, "Certificate, PEM or DER")->required();
  import->add_option("--key", all.ca_import.key, "Private key, PEM; without: only for chains");
  import->add_option("--key-passphrase-file", all.ca_import.key_passphrase_file, "Passphrase of that key");
  CLI::App* show = add_command(ca, "show", "Show one CA, or all", all.ca_show, chosen);
  show->add_option("NAME,--name", all.ca_show.name, "Name in this home");

  CLI::App* profile = add_group(app, "profile", "Product profiles");
  CLI::App* check =
      add_command(profile, "check", "Check a profile: every error with its line", all.profile_check, chosen);
  check->add_option("FILE,--file", all.profile_check.file, "The file, or a name under the home's profiles/")
      ->required();
  check->add_flag("--explain", all.profile_check.explain, "Show what a unit of it would get");
}

void add_order_commands(CLI::App& app, AllOptions& all, std::optional<Command>& chosen) {
  CLI::App* batch = add_group(app, "batch", "Batches: what ties agent images to this factory");
  CLI::App* create = add_command(batch, "create", "Make a batch with its secret", all.batch_create, chosen);
  create->add_option("NAME,--name", all.batch_create.name, "Name of the batch")->required();
  create->add_option("--station-key", all.batch_create.stations, "Public key (PEM) of a further station")
      ->expected(1)
      ->take_all();
  add_command(batch, "list", "List the batches", all.batch_list, chosen);
  CLI::App* show = add_command(batch, "show", "Show a batch", all.batch_show, chosen);
  show->add_option("NAME,--name", all.batch_show.name, "Name of the batch")->required();
  CLI::App* image = add_command(batch, "image", "Patch the batch block into an agent image", all.batch_image, chosen);
  image->add_option("NAME,--batch,--name", all.batch_image.batch, "Name of the batch")->required();
  image->add_option("--image", all.batch_image.image, "Agent image; without: the block alone is written");
  image->add_option("--out", all.batch_image.out, "Where the patched image goes")->required();

  CLI::App* order = add_group(app, "order", "Orders: how many units of which product");
  CLI::App* make = add_command(order, "create", "Make an order", all.order_create, chosen);
  make->add_option("NAME,--name", all.order_create.name, "Name of the order")->required();
  make->add_option("--batch", all.order_create.batch, "Batch whose images the units carry")->required();
  make->add_option("--profile", all.order_create.profile, "Profile: a file, or a name under the home's profiles/")
      ->required();
  make->add_option("--quantity", all.order_create.quantity, "How many units")
      ->required()
      ->check(CLI::Range(int64_t{1}, int64_t{100'000'000}));
  make->add_option("--ca", all.order_create.ca, "Issuing CA")->capture_default_str();
  make->add_option("--serial-prefix", all.order_create.serial_prefix,
                   "Before the number; without: the order's name and a dash");
  make->add_option("--serial-digits", all.order_create.serial_digits, "Digits of the number")
      ->check(CLI::Range(1, 18))
      ->capture_default_str();
  make->add_option("--serial-first", all.order_create.serial_first, "First number")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  make->add_option("--var", all.order_create.variables, "NAME=VALUE: sets a variable of the profile")
      ->expected(1)
      ->take_all();
  add_command(order, "list", "List the orders", all.order_list, chosen);
  CLI::App* order_show = add_command(order, "show", "Show an order and its counts", all.order_show, chosen);
  order_show->add_option("NAME,--name", all.order_show.name, "Name of the order")->required();
}

void add_device_commands(CLI::App& app, AllOptions& all, std::optional<Command>& chosen) {
  CLI::App* device = add_group(app, "device", "A device on a port");
  CLI::App* info =
      add_command(device, "info", "What a device says of itself; changes nothing", all.device_info, chosen);
  info->add_option("--port", all.device_info.port, "Serial port or pseudo-terminal")->required();
  add_link_options(info, all.device_info.link);

  CLI::App* inject = add_command(
      &app, "inject", "Provision units: seed, key, certificate, items; with --execute also lock", all.inject, chosen);
  inject->add_option("--order", all.inject.order, "Order the units belong to")->required();
  inject->add_option("--port", all.inject.ports, "Serial port; may be given several times")
      ->required()
      ->expected(1)
      ->take_all();
  auto* execute = inject->add_flag("--execute", all.inject.execute, "Lock the units for good");
  inject->add_flag("--dry-run", all.inject.dry_run, "Stop before the lock, also for a production profile")
      ->excludes(execute);
  inject->add_flag("--abort-foreign", all.inject.abort_foreign,
                   "Forget what another registry began on an unlocked unit");
  add_link_options(inject, all.inject.link);

  CLI::App* verify =
      add_command(&app, "verify", "Compare a provisioned unit with the registry; changes nothing", all.verify, chosen);
  verify->add_option("--port", all.verify.port, "Serial port or pseudo-terminal")->required();
  add_link_options(verify, all.verify.link);
}

void add_record_commands(CLI::App& app, AllOptions& all, std::optional<Command>& chosen) {
  CLI::App* unit = add_group(app, "unit", "Units on record");
  CLI::App* list = add_command(unit, "list", "List units", all.unit_list, chosen);
  list->add_option("--order", all.unit_list.order, "Only of this order");
  list->add_option("--state", all.unit_list.state, "Only in this state");
  CLI::App* show = add_command(unit, "show", "Show everything on record of a unit", all.unit_show, chosen);
  show->add_option("SERIAL,--serial", all.unit_show.serial, "Serial number")->required();
  show->add_flag("--certificate", all.unit_show.certificate, "Only its certificate and chain below the root, as PEM");
  CLI::App* scrap = add_command(unit, "scrap", "Record that a unit is thrown away", all.unit_scrap, chosen);
  scrap->add_option("SERIAL,--serial", all.unit_scrap.serial, "Serial number")->required();
  scrap->add_option("--reason", all.unit_scrap.reason, "Why")->required();
  CLI::App* revoke = add_command(unit, "revoke", "Record that a unit is no longer trusted", all.unit_revoke, chosen);
  revoke->add_option("SERIAL,--serial", all.unit_revoke.serial, "Serial number")->required();
  revoke->add_option("--reason", all.unit_revoke.reason, "Why")->required();

  CLI::App* audit = add_group(app, "audit", "The audit log");
  CLI::App* log = add_command(audit, "log", "Show events in order", all.audit_log, chosen);
  log->add_option("--subject", all.audit_log.subject, "Only of this unit, order, batch or CA");
  log->add_option("--after", all.audit_log.after, "Only after this sequence number");
  add_command(audit, "verify", "Check the registry's integrity", all.audit_verify, chosen);

  CLI::App* serve = add_command(&app, "serve", "Run the check-in service of first boots", all.serve, chosen);
  serve->add_option("--listen", all.serve.listen, "HOST:PORT; without: loopback, at the port of the check-in URI");

  CLI::App* relay = add_command(
      &app, "relay", "Let devices without a network check in through their serial lines", all.relay, chosen);
  relay->add_option("--port", all.relay.ports, "Serial port; may be given several times")
      ->required()
      ->expected(1)
      ->take_all();
  relay->add_option("--to", all.relay.to, "HOST:PORT of the check-in service; nothing else is connected to")->required();
  relay->add_option("--baud", all.relay.baud, "Baud rate of the ports")
      ->check(CLI::Range(1200, 12'000'000))
      ->capture_default_str();
  relay->add_flag("--once", all.relay.once, "End when each device is activated");
  relay->add_option("--timeout", all.relay.timeout_s, "Seconds after which to give up; with --once 300 otherwise")
      ->check(CLI::Range(1, 1'000'000));
}

}  // namespace

std::expected<CommandLine, CommandLineEnd> parse_command_line(std::vector<std::string> arguments) {
  CLI::App app("Provision devices: seed, key, certificate and items over a serial line, once, provably.",
               "factory-tool");
  app.set_version_flag("--version", "factory-tool " FACTORY_LINE_VERSION);
  app.fallthrough();  // global options may also stand behind the command
  app.require_subcommand(1);
  GlobalOptions global;
  AllOptions all;
  std::optional<Command> chosen;
  app.add_option("--home", global.home, "The factory home")->envname("FACTORY_HOME")->capture_default_str();
  app.add_option("--passphrase-file", global.passphrase_file, "Passphrase of the key files")
      ->envname("FACTORY_PASSPHRASE_FILE");
  app.add_option("--operator", global.operator_name, "Who is at work, for the audit log")->envname("FACTORY_OPERATOR");
  app.add_flag("--json", global.json, "JSON on stdout: one object, or one a line");
  app.add_flag("-v,--verbose", global.verbose, "Say more on stderr");
  app.add_flag("--yes", global.yes, "Do not ask for the typed word");
  add_home_commands(app, all, chosen);
  add_order_commands(app, all, chosen);
  add_device_commands(app, all, chosen);
  add_record_commands(app, all, chosen);

  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& problem) {
    std::ostringstream out;
    std::ostringstream err;
    const bool is_error = app.exit(problem, out, err) != 0;
    // CLI11 says only that a command is missing, not that what was given is none.
    if (dynamic_cast<const CLI::RequiredError*>(&problem) != nullptr && !app.remaining(true).empty())
      err << "Not known here: " << app.remaining(true).front() << '\n';
    return std::unexpected(CommandLineEnd{is_error, is_error ? err.str() : out.str()});
  }
  return CommandLine{std::move(global), *std::move(chosen)};
}

}  // namespace factory
