#include "factory-tool/session/injection.h"

#include <ctime>

#include "factory-tool/json.h"
#include "factory-tool/session/advice.h"
#include "factory-tool/session/verifier.h"

namespace factory {
namespace {

using base::ErrorCode;
using base::failure;
using base::Outcome;

std::string steps_json(const std::vector<Step>& steps) {
  JsonWriter json;
  json.begin_array();
  for (const Step& step : steps) {
    json.begin_object().field("step", step.name).field("skipped", step.skipped);
    json.field("microseconds", static_cast<int64_t>(step.time.count())).end_object();
  }
  return json.end_array().text();
}

// What no further run can mend: the unit is done with.
bool is_final(ErrorCode code) {
  switch (code) {
    case ErrorCode::kStoreCorrupt:
    case ErrorCode::kStoreRollback:
    case ErrorCode::kLayoutVersion:
    case ErrorCode::kOtpExhausted:
    case ErrorCode::kOtpProgram:
    case ErrorCode::kSessionLimit:
      return true;
    default:
      return false;
  }
}

}  // namespace

Injection::Injection(Link& link, InjectionContext& context, uint16_t first_sequence)
    : context_(context), session_(link, first_sequence, context.reply_limit, context.retries) {
  context_.certificates.device.clear();  // of the unit before this one
}

bool Injection::reached(db::UnitState state) const {
  return result_.unit.state >= state && result_.unit.state <= db::UnitState::kActivated;
}

void Injection::done(const std::string& step, bool skipped) {
  const auto now = std::chrono::steady_clock::now();
  result_.steps.push_back({step, skipped, std::chrono::duration_cast<std::chrono::microseconds>(now - step_start_)});
  step_start_ = now;
  if (context_.on_step) context_.on_step(result_.steps.back());
}

cert::UnitValues Injection::values() const {
  cert::UnitValues values;
  values.serial = result_.unit.serial;
  values.chip_id_hex = base::to_hex(device_.chip_id);
  values.order = context_.order.name;
  values.batch = context_.order.batch;
  for (const auto& [name, value] : context_.order.variables) values.variables[name] = value;
  values.now = std::time(nullptr);
  return values;
}

Injection::Status Injection::refresh() {
  BASE_ASSIGN(result_.unit, context_.registry.unit(result_.unit.serial));
  return {};
}

Injection::Status Injection::fail_unit(base::Failure cause) {
  if (result_.unit.state >= db::UnitState::kContacted && result_.unit.state < db::UnitState::kProvisioned) {
    BASE_TRY(context_.registry.record_failed(result_.unit, base::error_name(cause.code), cause.what));
    if (auto read = refresh(); !read) return read;
  }
  return std::unexpected(std::move(cause));
}

Injection::Status Injection::contact() {
  const db::Unit& proposal = known_ ? *known_ : *reserved_;
  BASE_ASSIGN(const db::Registry::Contact contact, context_.registry.contact(proposal, device_.chip_id, device_.board,
                                                                             device_.agent_version, context_.port));
  result_.unit = contact.unit;
  result_.resumed = contact.resumed;
  attempt_ = contact.attempt;
  return {};
}

Injection::Status Injection::open_channel() {
  BASE_ASSIGN(chip_, session_.open_channel(device_, context_.batch, context_.station_key_id, context_.station_public));
  done("channel");
  return {};
}

Injection::Status Injection::forget_foreign() {
  if (!foreign_) return {};
  std::vector<SealedCommand> commands(1);
  commands[0].step = "abort";
  commands[0].command = protocol::Command::kAbort;
  // An empty map.
  commands[0].body = base::SecretBuffer(base::ByteView(std::to_array<uint8_t>({0xA0})));
  BASE_TRY(session_.run(commands));
  chip_ = {};
  done("abort");
  return {};
}

Injection::Status Injection::check_chip_state() {
  const db::Unit& unit = result_.unit;
  if (chip_.transaction && !chip_is_ours()) {
    return failure(ErrorCode::kForeignTransaction,
                   "the device holds a transaction that unit " + unit.serial + " never had", where("channel"),
                   advice_for(ErrorCode::kOtherTransaction));
  }
  const auto lost = [&](const std::string& what) {
    return fail_unit({ErrorCode::kUnitUnusable, "the device lost " + what + ": it was erased since", where("channel"),
                      "The unit is recorded as failed. Put it aside; what it held is never used again."});
  };
  if (reached(db::UnitState::kSeeded) && !chip_.transaction) return lost("its transaction");
  if (reached(db::UnitState::kKeyed) && !chip_.public_key) return lost("its key");
  if (reached(db::UnitState::kKeyed) && chip_.public_key != unit.public_key) return lost("the key on record");
  if (reached(db::UnitState::kCommitted) && chip_.committed != unit.items_digest) return lost("its committed items");
  if (!chip_.serial.empty() && chip_.serial != unit.serial) {
    return failure(ErrorCode::kOtherSerial,
                   "the device holds serial number " + chip_.serial + ", the registry says " + unit.serial,
                   where("channel"), "Put the unit aside and ask the auditor.");
  }
  return {};
}

Injection::Status Injection::finish_locked() {
  if (reached(db::UnitState::kProvisioned)) {
    result_.already_done = true;
  } else {
    BASE_TRY(contact());
  }
  auto receipt = attest_unit(session_, context_.seeds, result_.unit, context_.profile.read_protection());
  if (!receipt && receipt.error().code == ErrorCode::kReceiptInvalid && !result_.already_done) {
    return fail_unit(receipt.error());
  }
  if (!receipt) return std::unexpected(receipt.error());
  if (!result_.already_done)
    BASE_TRY(context_.registry.record_provisioned(result_.unit, receipt->receipt, receipt->read_protection));
  done("receipt");
  result_.locked = true;
  BASE_TRY(refresh());
  if (!result_.already_done) (void)session_.reboot();  // the unit is finished either way
  return {};
}

Injection::Status Injection::run_unlocked() {
  BASE_TRY(contact());
  BASE_TRY(check_record());  // another process may have been faster
  BASE_TRY(open_channel());
  BASE_TRY(forget_foreign());
  BASE_TRY(check_chip_state());
  BASE_TRY(seed_and_key());
  BASE_TRY(certify());
  BASE_TRY(put_items());
  return lock();
}

Outcome<InjectionResult> Injection::run() {
  BASE_TRY(reserve());
  step_start_ = std::chrono::steady_clock::now();
  BASE_ASSIGN(device_, session_.hello());
  BASE_TRY(check_device());
  BASE_ASSIGN(known_, context_.registry.unit_by_chip(device_.chip_id));
  if (known_) result_.unit = *known_;
  BASE_TRY(check_record());
  BASE_TRY(check_transaction());
  done("hello");

  Status ended = device_locked() ? finish_locked() : run_unlocked();
  if (!ended && attempt_ != 0 && is_final(ended.error().code)) ended = fail_unit(ended.error());
  if (attempt_ != 0) {
    const std::string name(ended ? "" : base::error_name(ended.error().code));
    const std::string text = ended ? "" : ended.error().to_string();
    auto recorded = context_.registry.finish_attempt(attempt_, name, text, steps_json(result_.steps));
    if (ended && !recorded) ended = recorded;
  }
  if (!ended) return std::unexpected(ended.error());
  result_.figures = session_.figures();
  return std::move(result_);
}

Outcome<InjectionResult> inject(Link& link, InjectionContext& context) {
  BASE_ASSIGN(const uint16_t sequence, random_sequence(context.seeds));
  Injection injection(link, context, sequence);
  return injection.run();
}

}  // namespace factory
