// A unit that runs on Linux: storage in files or devices, identity of the machine, noise of the process.
#pragma once

#include "device/board.h"
#include "device/port/linux/batch_source.h"
#include "device/port/linux/chip_id.h"
#include "device/port/linux/config.h"
#include "device/port/linux/noise.h"
#include "device/port/linux/trng.h"
#include "rot/port/linux/linux_storage.h"

namespace device {

class LinuxBoard final : public Board {
 public:
  LinuxBoard() = default;
  ~LinuxBoard() = default;
  LinuxBoard(const LinuxBoard&) = delete;
  LinuxBoard& operator=(const LinuxBoard&) = delete;

  // Opens everything that the configuration names; call it once, and nothing else before it succeeded. One process at
  // a time has a unit's storage. `image_block`: batch_section() in an agent, empty in a client; used where the
  // configuration names no batch-block-file. Storage files that do not exist are made, their directory is not. Write
  // protection of a block device and locks of an nvmem OTP are kept in STORAGE-DIR/flash.protect and
  // STORAGE-DIR/otp.lock, since the media have none that Linux could reach.
  // kConfiguration, kIo, and what the storage reports; `diagnostic` says what and where.
  base::Status open(const LinuxConfig& config, base::ByteView image_block, Diagnostic& diagnostic);

  std::string_view name() const override { return name_.view(); }
  base::ByteView chip_id() const override { return chip_id_; }
  // The boot status of the first watchdog (WDIOF_* bits of linux/watchdog.h); 0: no watchdog, or an ordinary start.
  uint32_t reset_cause() const override { return reset_cause_; }
  rot::Otp& otp() override { return otp_; }
  rot::Flash& flash() override { return flash_; }
  const rot::Layout& layout() const override { return layout_; }
  entropy::Trng* trng() override { return trng_.present() ? &trng_ : nullptr; }
  entropy::NoiseSource* noise() override { return &noise_; }
  base::ByteView batch_block() const override { return batch_.block(); }
  base::Status wipe_batch_block() override { return batch_.wipe(); }

 private:
  base::Status open_flash(const LinuxConfig& config, Diagnostic& diagnostic);
  base::Status open_otp(const LinuxConfig& config, Diagnostic& diagnostic);

  FixedText<32> name_;
  ChipId chip_id_bytes_{};
  base::ByteView chip_id_;
  uint32_t reset_cause_ = 0;
  rot::Layout layout_;
  // The storage keeps pointers to its paths.
  PathText flash_path_;
  PathText protection_path_;
  PathText otp_path_;
  PathText otp_lock_path_;
  rot::LinuxFlash flash_;
  rot::LinuxOtp otp_;
  LinuxTrng trng_;
  LinuxNoise noise_;
  BatchSource batch_;
  bool open_ = false;
};

}  // namespace device
