// One run of an injection; private to this folder. Each stage looks at what registry and device have, does what is
// missing, and is safe to be cut at any point. injection.cc runs them in order.
#pragma once

#include "factory-tool/session/device_session.h"

namespace factory {

class Injection {
 public:
  Injection(Link& link, InjectionContext& context, uint16_t first_sequence);

  // Everything; ends the attempt on record whatever happens.
  base::Outcome<InjectionResult> run();

 private:
  using Status = base::Outcome<void>;

  // ---- before contact: changes nothing (stages_gate.cc) ----
  Status reserve();            // a serial for the unit; an exhausted order is remembered, the chip may be known
  Status check_device();       // what the device says of itself against profile, batch and order
  Status check_record();       // what the registry says of the chip
  Status check_transaction();  // whose transaction an unlocked device holds
  Status contact();            // the chip is on record from here on

  // ---- inside the channel ----
  Status open_channel();
  Status forget_foreign();
  Status check_chip_state();  // what the registry knows to be on the chip must be there
  Status seed_and_key();      // stages_secrets.cc
  Status certify();           // stages_certificate.cc
  Status put_items();         // stages_items.cc
  Status lock();              // stages_lock.cc

  // ---- a locked unit ----
  Status finish_locked();

  Status run_unlocked();
  Status run_after_contact();

  // ---- parts of stages ----
  Status add_seed(std::vector<SealedCommand>& commands);
  void add_begin(std::vector<SealedCommand>& commands);
  Status add_key(std::vector<SealedCommand>& commands);
  base::Outcome<protocol::PublicKey> take_csr(base::ByteView body);
  // Records the key and makes the certificate, while the device still works on what was sent behind the key.
  Status take_key(const protocol::PublicKey& key);
  // The items that neither certificate nor time decide, behind the key: the line is busy while both ends compute.
  Status add_early_items(std::vector<SealedCommand>& commands);
  Status add_imported_key(std::vector<SealedCommand>& commands);
  base::Outcome<std::vector<cert::Item>> items() const;
  Status refresh();  // reads the unit's record again
  // Records the unit as failed for good, and returns `cause`.
  Status fail_unit(base::Failure cause);

  [[nodiscard]] cert::UnitValues values() const;
  // Time for the items: the same in every run of this unit, so that a resumed unit gets the same bytes.
  [[nodiscard]] int64_t item_time() const;
  [[nodiscard]] bool device_locked() const { return device_.lifecycle >= protocol::Lifecycle::kSecured; }
  [[nodiscard]] bool reached(db::UnitState state) const;
  // The chip's transaction is the one of our record.
  [[nodiscard]] bool chip_is_ours() const {
    return chip_.transaction && *chip_.transaction == result_.unit.transaction;
  }
  void done(const std::string& step, bool skipped = false);
  [[nodiscard]] std::string where(const std::string& step) const { return "step " + step + " on " + context_.port; }

  InjectionContext& context_;
  DeviceSession session_;
  InjectionResult result_;  // result_.unit is the record as last read
  DeviceInfo device_;
  ChipState chip_;
  std::optional<db::Unit> known_;           // what the registry had of this chip before contact
  std::optional<base::Failure> exhausted_;  // no serial was left
  std::optional<db::Unit> reserved_;
  bool foreign_ = false;  // the device holds a transaction to be forgotten first
  int64_t attempt_ = 0;
  std::chrono::steady_clock::time_point step_start_ = std::chrono::steady_clock::now();
};

}  // namespace factory
