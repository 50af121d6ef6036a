// A unit that runs on Linux: storage in files or devices, identity of the machine, noise of the process.
#pragma once

#include "device/board.h"
#include "device/port/linux/batch_source.h"
#include "device/port/linux/chip_id.h"
#include "device/port/linux/config.h"
#include "device/port/linux/noise.h"
#include "device/port/linux/trng.h"

namespace device {

class LinuxBoard final : public Board {
 public:
  LinuxBoard() = default;
  ~LinuxBoard();
  LinuxBoard(const LinuxBoard&) = delete;
  LinuxBoard& operator=(const LinuxBoard&) = delete;

  // Opens everything that the configuration names; call it once, and nothing else before it succeeded. One process at
  // a time has a unit's storage. `image_block`: batch_section() in an agent, empty in a client; used where the configuration
  // names no batch-block-file. Fresh storage files are made.
  // kConfiguration, kIo, and what the storage reports; `diagnostic` says what and where.
  base::Status open(const LinuxConfig& config, base::ByteView image_block, Diagnostic& diagnostic);

  std::string_view name() const override { return name_.view(); }
  base::ByteView chip_id() const override { return chip_id_; }
  // The boot status of the first watchdog (WDIOF_* bits of linux/watchdog.h); 0: no watchdog, or an ordinary start.
  uint32_t reset_cause() const override { return reset_cause_; }
  rot::Otp& otp() override;
  rot::Flash& flash() override;
  const rot::Layout& layout() const override { return layout_; }
  entropy::Trng* trng() override { return trng_.present() ? &trng_ : nullptr; }
  entropy::NoiseSource* noise() override { return &noise_; }
  base::ByteView batch_block() const override { return batch_.block(); }
  base::Status wipe_batch_block() override { return batch_.wipe(); }

 private:
  struct Storage;
  Storage& storage();

  FixedText<32> name_;
  ChipId chip_id_bytes_{};
  base::ByteView chip_id_;
  uint32_t reset_cause_ = 0;
  rot::Layout layout_;
  LinuxTrng trng_;
  LinuxNoise noise_;
  BatchSource batch_;
  bool open_ = false;
  alignas(16) unsigned char storage_[2048];  // a Storage once open_
};

}  // namespace device
