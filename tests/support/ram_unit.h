// A unit in this process: the agent on the RAM model of a chip, and the line to it. The power can be cut and put
// back; the chip, the program's image (batch block) and nothing else outlive it.
#pragma once

#include <functional>
#include <optional>

#include "device-agent/src/agent.h"
#include "rot/port/ram/ram_chip.h"
#include "tests/support/test_host.h"

namespace test {

class RamUnit final : public BytePipe, public device::Board, public agent::Output {
 public:
  // `number` makes the chip id. The batch block may be empty: an image that was never patched.
  RamUnit(const protocol::BatchBlock* batch, uint64_t number, rot::ram::Geometry geometry = {});
  ~RamUnit() override;

  // A new life of the agent, as after a reset; what start() said. The chip's power is on.
  base::Status power_on();
  void power_off();
  base::Status reset() {
    power_off();
    return power_on();
  }

  [[nodiscard]] agent::Agent& agent() { return *agent_; }
  [[nodiscard]] bool batch_is_wiped() const;
  // The power is gone: nothing the agent says leaves the chip until power_on().
  [[nodiscard]] bool is_dead() const { return dead_ || chip.is_off(); }

  // ---- BytePipe ---- A restart that the agent asks for happens at once; a chip without power answers nothing.
  void send(base::ByteView bytes) override;
  base::Bytes receive() override;

  // ---- device::Board ----
  std::string_view name() const override { return "ram"; }
  base::ByteView chip_id() const override { return chip_id_; }
  uint32_t reset_cause() const override { return 0; }
  rot::Otp& otp() override { return otp_port != nullptr ? *otp_port : chip.otp(); }
  rot::Flash& flash() override { return flash_port != nullptr ? *flash_port : chip.flash(); }
  const rot::Layout& layout() const override { return layout_; }
  entropy::Trng* trng() override { return trng_port; }
  entropy::NoiseSource* noise() override { return nullptr; }
  base::ByteView batch_block() const override { return batch_block_; }
  base::Status wipe_batch_block() override;
  uint8_t max_read_protection() const override { return highest_protection; }
  uint8_t read_protection() override { return protection; }
  base::Status set_read_protection(uint8_t level) override;

  // ---- agent::Output ----
  void write(base::ByteView bytes) override;

  rot::ram::Chip chip;
  // What the agent gets instead of the chip's own, from the next power_on() on.
  rot::Flash* flash_port = nullptr;
  rot::Otp* otp_port = nullptr;
  entropy::Trng* trng_port = nullptr;
  // Called before the wipe of the batch block; true cuts it half-way, and the power is gone.
  std::function<bool()> cut_wipe;
  bool fail_wipe = false;  // the wipe does nothing and says so
  uint8_t highest_protection = 0;
  uint8_t protection = 0;        // outlives a power cut
  bool forget_protection = false;  // says that the level was raised, and it was not
  // Called before the level is raised. The power is gone before (kFlashPowerLost), or after it was (true).
  std::function<base::Result<bool>(uint8_t level)> cut_protection;

 private:
  base::ByteArray<12> chip_id_{};
  rot::Layout layout_;
  base::Bytes batch_block_;
  std::optional<agent::Agent> agent_;
  base::Bytes output_;
  bool dead_ = false;  // cut in the wipe, which the chip's model does not count
};

// Equal cells: nothing was changed between two snapshots.
bool same_image(const rot::ram::Image& a, const rot::ram::Image& b);

}  // namespace test
