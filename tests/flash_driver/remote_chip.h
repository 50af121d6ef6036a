// A virtual board that runs the driver's test program, and the host's end of its line: flash and OTP whose changes go
// through the driver on the chip. Reads of a store that runs on the host take the cells from the image, which is
// faster.
#pragma once

#include "rot/flash.h"
#include "rot/otp.h"
#include "tests/flash_driver/requests.h"
#include "virtual-board/board.h"

namespace driver_test {

class RemoteChip {
 public:
  // Throws where the program cannot be flashed.
  explicit RemoteChip(uint64_t seed = 1);

  // False: the program does not start.
  bool power_on();
  [[nodiscard]] bool is_off() const { return off_; }

  // The driver's answer. kFlashPowerLost: the power went, or was off; kTimeout: the program hangs or has crashed.
  base::Result<Reply> call(Operation operation, uint32_t a = 0, uint32_t b = 0, base::ByteView bytes = {});
  base::Result<Reply> read(Operation operation, uint32_t a, uint32_t b, base::MutableBytes out);
  base::Status run(Operation operation, uint32_t a = 0, uint32_t b = 0, base::ByteView bytes = {}) {
    const auto reply = call(operation, a, b, bytes);
    return reply ? base::Status() : base::fail(reply.error());
  }

  virtual_board::Image image;
  virtual_board::Board board;

 private:
  base::Result<Reply> exchange(const Request& request, base::ByteView bytes, base::MutableBytes out);
  bool take(base::MutableBytes out);

  bool off_ = true;
  std::vector<uint8_t> received_;
};

class RemoteFlash final : public rot::Flash {
 public:
  explicit RemoteFlash(RemoteChip& chip) : chip_(chip) {}
  size_t sector_count() const override { return 3; }
  size_t sector_size(size_t) const override { return 16 * 1024; }
  size_t write_unit() const override { return 4; }
  base::Status read(size_t sector, size_t offset, base::MutableBytes out) override;
  base::Status program(size_t sector, size_t offset, base::ByteView data) override;
  base::Status erase(size_t sector) override;
  base::Status protect(size_t sector) override;
  base::Result<bool> is_protected(size_t sector) override;

 private:
  RemoteChip& chip_;
};

class RemoteOtp final : public rot::Otp {
 public:
  explicit RemoteOtp(RemoteChip& chip) : chip_(chip) {}
  base::Status read(size_t offset, base::MutableBytes out) override;
  base::Status program_word(size_t offset, uint32_t word) override;
  base::Status lock_block(size_t block) override;
  base::Result<bool> is_locked(size_t block) override;

 private:
  RemoteChip& chip_;
};

}  // namespace driver_test
