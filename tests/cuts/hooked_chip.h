// Flash and OTP that call a hook before each operation that the RAM model of the chip counts: one unit
// programmed, one sector erased, one OTP word programmed, one lock or protection set.
#pragma once

#include <functional>
#include <utility>

#include "rot/flash.h"
#include "rot/otp.h"

namespace test {

enum class Operation { kProgram, kErase, kOtpWord, kLock, kWipe };
using OperationHook = std::function<void(Operation)>;

class HookedFlash final : public rot::Flash {
 public:
  HookedFlash(rot::Flash& flash, OperationHook hook) : flash_(flash), hook_(std::move(hook)) {}

  size_t sector_count() const override { return flash_.sector_count(); }
  size_t sector_size(size_t sector) const override { return flash_.sector_size(sector); }
  size_t write_unit() const override { return flash_.write_unit(); }
  rot::Status read(size_t sector, size_t offset, rot::MutableBytes out) override { return flash_.read(sector, offset, out); }
  rot::Status program(size_t sector, size_t offset, rot::ByteView data) override {
    const size_t unit = flash_.write_unit();
    if (data.size() % unit != 0) return flash_.program(sector, offset, data);
    for (size_t at = 0; at < data.size(); at += unit) {
      hook_(Operation::kProgram);
      BASE_TRY(flash_.program(sector, offset + at, data.subspan(at, unit)));
    }
    return {};
  }
  rot::Status sync() override { return flash_.sync(); }
  rot::Status erase(size_t sector) override {
    hook_(Operation::kErase);
    return flash_.erase(sector);
  }
  rot::Status protect(size_t sector) override {
    hook_(Operation::kLock);
    return flash_.protect(sector);
  }
  rot::Result<bool> is_protected(size_t sector) override { return flash_.is_protected(sector); }

 private:
  rot::Flash& flash_;
  OperationHook hook_;
};

class HookedOtp final : public rot::Otp {
 public:
  HookedOtp(rot::Otp& otp, OperationHook hook) : otp_(otp), hook_(std::move(hook)) {}

  rot::Status read(size_t offset, rot::MutableBytes out) override { return otp_.read(offset, out); }
  rot::Status program_word(size_t offset, uint32_t word) override {
    hook_(Operation::kOtpWord);
    return otp_.program_word(offset, word);
  }
  rot::Status lock_block(size_t block) override {
    hook_(Operation::kLock);
    return otp_.lock_block(block);
  }
  rot::Result<bool> is_locked(size_t block) override { return otp_.is_locked(block); }

 private:
  rot::Otp& otp_;
  OperationHook hook_;
};

}  // namespace test
