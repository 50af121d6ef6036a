// The port contract of a device: what agent and client need from a platform. One folder in device/port/
// implements it; an app picks one. Everything here may be called before there is a root of trust.
#pragma once

#include <cstdint>
#include <string_view>

#include "entropy/device/generator.h"
#include "rot/rot.h"

namespace device {

class Board {
 public:
  // Short name in `hello` and in profiles: "linux", "nucleo-f411re".
  virtual std::string_view name() const = 0;
  // 4 to 16 bytes, the same for the life of the chip.
  virtual base::ByteView chip_id() const = 0;
  // Why the last reset happened, in the platform's own numbers; 0: unknown.
  virtual uint32_t reset_cause() const = 0;

  virtual rot::Otp& otp() = 0;
  virtual rot::Flash& flash() = 0;
  virtual const rot::Layout& layout() const = 0;

  // Null where the board has none.
  virtual entropy::Trng* trng() = 0;
  virtual entropy::NoiseSource* noise() = 0;

  // The batch block as patched into the image, protocol::kBatchBlockSize bytes; empty where there is none.
  virtual base::ByteView batch_block() const = 0;
  // Destroys the batch secret in the image, for good. Done at lock; done again succeeds.
  virtual base::Status wipe_batch_block() = 0;

  // ---- read protection against a debugger (protocol/SPEC.md section 4); a board without has level 0 ----
  virtual uint8_t max_read_protection() const { return 0; }
  // The level that the chip keeps over a power cut; in force from the next power-on at the latest.
  virtual uint8_t read_protection() { return 0; }
  // Raises it to `level`, and never lowers it: succeeds where it is as high already. kUnsupported: above the maximum;
  // and what the chip reports.
  virtual base::Status set_read_protection(uint8_t level) {
    return level == 0 ? base::Status() : base::fail(base::ErrorCode::kUnsupported);
  }

 protected:
  ~Board() = default;
};

}  // namespace device
