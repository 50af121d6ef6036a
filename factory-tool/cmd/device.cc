// device info, and verify: what asks a device and changes nothing.
#include "factory-tool/cmd/tool.h"
#include "factory-tool/session/verifier.h"

namespace factory {
namespace {

std::string_view lifecycle_name(protocol::Lifecycle lifecycle) {
  switch (lifecycle) {
    case protocol::Lifecycle::kAssemblyAndTest:
      return "assembly-and-test";
    case protocol::Lifecycle::kPsaRotProvisioning:
      return "psa-rot-provisioning";
    case protocol::Lifecycle::kSecured:
      return "secured";
    case protocol::Lifecycle::kDecommissioned:
      return "decommissioned";
  }
  return "unknown";
}

template <typename Id>
std::optional<std::string> hex_of(const std::optional<Id>& id) {
  return id ? std::optional(base::to_hex(*id)) : std::nullopt;
}

std::optional<std::string> fault_name(const DeviceInfo& device) {
  if (!device.fault) return std::nullopt;
  return base::is_known_error(*device.fault)
             ? std::string(base::error_name(static_cast<base::ErrorCode>(*device.fault)))
             : std::to_string(*device.fault);
}

// The platform's own bits; device/port/<platform> says what each means.
std::string reset_cause_text(uint32_t cause) {
  if (cause == 0) return "unknown";
  base::ByteArray<4> raw;
  base::store_be(raw.data(), cause);
  return "0x" + base::to_hex(raw);
}

}  // namespace

Status run(Tool& tool, const DeviceInfoOptions& options) {
  BASE_ASSIGN(SeedProvider* const seeds, tool.seeds());
  BASE_ASSIGN(const uint16_t sequence, random_sequence(*seeds));
  BASE_ASSIGN(const std::unique_ptr<Link> link, open_serial(options.port, {options.link.baud}));
  DeviceSession session(*link, sequence, std::chrono::milliseconds(options.link.reply_limit_ms), options.link.retries);
  BASE_ASSIGN(const DeviceInfo device, session.hello());
  if (tool.json()) {
    JsonWriter json;
    json.begin_object()
        .field("port", options.port)
        .field("board", device.board)
        .field("agent-version", device.agent_version);
    json.field("chip-id", base::to_hex(device.chip_id)).field("lifecycle", lifecycle_name(device.lifecycle));
    json.field("has-trng", device.has_trng)
        .field("seeded", device.seeded)
        .field("free-bytes", int64_t{device.free_bytes});
    json.field("max-read-protection", int64_t{device.max_read_protection});
    json.field("max-payload", int64_t{device.max_payload}).field("window", int64_t{device.window});
    json.optional_field("transaction", hex_of(device.transaction)).optional_field("batch-id", hex_of(device.batch));
    json.field("reset-cause", int64_t{device.reset_cause}).optional_field("fault", fault_name(device));
    tool.print(json.end_object());
    return {};
  }
  tool.out() << "board        " << device.board << " (agent " << device.agent_version << ")\nchip id      "
             << base::to_hex(device.chip_id) << "\nlifecycle    " << lifecycle_name(device.lifecycle)
             << "\nTRNG         " << (device.has_trng ? "yes" : "no") << "\nseed         "
             << (device.seeded ? "yes" : "no") << "\nfree bytes   " << device.free_bytes << "\nbatch id     "
             << hex_of(device.batch).value_or("-") << "\ntransaction  " << hex_of(device.transaction).value_or("-")
             << "\nframes       " << device.max_payload << " bytes, " << int{device.window} << " at once\nreset cause  "
             << reset_cause_text(device.reset_cause) << '\n';
  if (device.fault) tool.out() << "FAULT        " << *fault_name(device) << '\n';
  return {};
}

Status run(Tool& tool, const VerifyOptions& options) {
  BASE_ASSIGN(const Home home, tool.home());
  BASE_ASSIGN(SeedProvider* const seeds, tool.seeds());
  BASE_ASSIGN(db::Registry registry, tool.registry(home, db::Registry::Mode::kReadOnly));
  BASE_ASSIGN(const std::unique_ptr<Link> link, open_serial(options.port, {options.link.baud}));
  VerifyContext context{registry, *seeds, std::chrono::milliseconds(options.link.reply_limit_ms), options.link.retries};
  BASE_ASSIGN(const VerifyResult result, verify_unit(*link, context));
  const db::Unit& unit = result.unit;
  if (tool.json()) {
    JsonWriter json;
    json.begin_object().field("serial", unit.serial).field("chip-id", base::to_hex(*unit.chip_id));
    json.field("state", db::state_name(unit.state)).field("read-protection", int64_t{result.read_protection});
    tool.print(json.field("verified", true).end_object());
  } else {
    tool.out() << "unit " << unit.serial
               << " is genuine: it signed a fresh challenge, and everything in its receipt is as recorded ("
               << db::state_name(unit.state) << ", read protection level " << int{result.read_protection} << ")\n";
  }
  return {};
}

}  // namespace factory
