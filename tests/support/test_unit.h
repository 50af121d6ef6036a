// A provisioned unit on the RAM model of a chip, made by driving the root of trust directly, so that the client
// can be tested without the agent. A unit can be switched off and on; what its flash and OTP hold stays.
#pragma once

#include <string>

#include "device/board.h"
#include "protocol/messages.h"
#include "rot/port/ram/ram_chip.h"
#include "tests/support/test_pki.h"

namespace test {

class TestBoard final : public device::Board {
 public:
  explicit TestBoard(std::string_view chip_id, uint64_t seed = 1) : chip_id_(chip_id), chip_({}, seed) {}

  std::string_view name() const override { return "ram"; }
  base::ByteView chip_id() const override { return base::as_bytes(chip_id_); }
  uint32_t reset_cause() const override { return 0; }
  rot::Otp& otp() override { return chip_.otp(); }
  rot::Flash& flash() override { return chip_.flash(); }
  const rot::Layout& layout() const override { return layout_; }
  entropy::Trng* trng() override { return nullptr; }
  entropy::NoiseSource* noise() override { return nullptr; }
  base::ByteView batch_block() const override { return {}; }
  base::Status wipe_batch_block() override { return {}; }
  rot::ram::Chip& chip() { return chip_; }

 private:
  std::string chip_id_;
  rot::ram::Chip chip_;
  rot::Layout layout_;
};

struct UnitContents {
  std::string serial = "T-000001";
  std::string uri;
  base::Bytes certificate;  // DER; empty: the item is left out, like every other one here
  base::Bytes issuer_chain;
  base::Bytes server_ca;
  int64_t current_time = 0;  // 0: no mbed.CurrentTime
  bool import_key = true;
  bool lock = true;
  bool wrong_commit = false;  // the commit record does not fit the items
};

// What the registry would know of it.
struct UnitRecord {
  std::string serial;
  protocol::Digest items_digest{};
  uint16_t item_count = 0;
};

// Takes a blank board through everything the factory does. Throws std::runtime_error where a step fails.
UnitRecord provision(device::Board& board, const UnitContents& contents, const KeyPair& key);

// Power off and on for PSA: volatile and cached keys are gone. Called by provision() at its end.
void restart_psa();

}  // namespace test
