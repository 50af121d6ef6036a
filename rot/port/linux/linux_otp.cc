#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "rot/port/linux/file_descriptor.h"

namespace rot {

using base::ErrorCode;
using base::fail;

namespace {

constexpr size_t kOtpSize = Otp::kBlockSize * Otp::kBlockCount;
constexpr size_t kFileSize = kOtpSize + Otp::kBlockCount;  // then a lock byte a block
constexpr uint8_t kOpen = 0xff;
constexpr uint8_t kLocked = 0x00;
constexpr long kSysfsMagic = 0x62656572;

}  // namespace

Status LinuxOtp::open(const LinuxOtpSettings& settings) {
  close();
  settings_ = settings;
  if (!settings.path) return fail(ErrorCode::kInvalidArgument);
  struct stat info {};
  if (::stat(settings.path, &info) != 0) {
    if (errno != ENOENT || settings.lock_path) return fail(ErrorCode::kFlashIo);
    BASE_TRY(create_file(settings.path, kFileSize, kOpen));
  }
  device_.reset(::open(settings.path, O_RDWR | O_CLOEXEC));
  if (!device_.valid()) return fail(ErrorCode::kFlashIo);
  struct statfs system {};
  if (::fstatfs(device_.get(), &system) != 0) return fail(ErrorCode::kFlashIo);
  const bool nvmem = settings.lock_path != nullptr;
  if (!nvmem && system.f_type == kSysfsMagic) {
    close();
    return fail(ErrorCode::kInvalidArgument);  // nvmem needs a place for the locks
  }
  if (nvmem) {
    if (::stat(settings.lock_path, &info) != 0) BASE_TRY(create_file(settings.lock_path, kBlockCount, kOpen));
    locks_.reset(::open(settings.lock_path, O_RDWR | O_CLOEXEC));
    locks_at_ = 0;
  } else {
    settings_.first_byte = 0;
    settings_.burns_to_one = false;
    if (::fstat(device_.get(), &info) != 0) return fail(ErrorCode::kFlashIo);
    if (static_cast<size_t>(info.st_size) != kFileSize) {
      close();
      return fail(ErrorCode::kInvalidArgument);
    }
    locks_.reset(::dup(device_.get()));
    locks_at_ = kOtpSize;
  }
  if (!locks_.valid()) return fail(ErrorCode::kFlashIo);
  std::array<uint8_t, kBlockCount> bytes;
  Status status = lock_exclusively(locks_.get());
  if (status) status = read_at(locks_.get(), locks_at_, bytes);
  if (!status) {
    close();
    return status;
  }
  for (size_t i = 0; i < kBlockCount; ++i) locked_[i] = bytes[i] != kOpen;
  return {};
}

void LinuxOtp::close() {
  device_.reset();
  locks_.reset();
}

Status LinuxOtp::read(size_t offset, MutableBytes out) {
  if (offset > kOtpSize || out.size() > kOtpSize - offset) return fail(ErrorCode::kFlashAlignment);
  BASE_TRY(read_at(device_.get(), settings_.first_byte + offset, out));
  if (settings_.burns_to_one) {
    for (uint8_t& byte : out) byte = static_cast<uint8_t>(~byte);
  }
  return {};
}

Status LinuxOtp::program_word(size_t offset, uint32_t word) {
  if (offset % kWordSize != 0 || offset + kWordSize > kOtpSize) return fail(ErrorCode::kFlashAlignment);
  BASE_ASSIGN(const bool closed, is_locked(offset / kBlockSize));
  if (closed) return fail(ErrorCode::kOtpLocked);
  std::array<uint8_t, kWordSize> before, raw;
  BASE_TRY(read(offset, before));
  const uint32_t wanted = base::load_be<uint32_t>(before.data()) & word;
  base::store_be(raw.data(), settings_.burns_to_one ? ~wanted : wanted);
  BASE_TRY(write_at(device_.get(), settings_.first_byte + offset, raw));
  unsynced_ = true;
  BASE_TRY(read(offset, raw));
  if (base::load_be<uint32_t>(raw.data()) != wanted) return fail(ErrorCode::kOtpProgram);
  return {};
}

Status LinuxOtp::sync() {
  if (!device_.valid()) return fail(ErrorCode::kFlashIo);
  if (!unsynced_) return {};
  BASE_TRY(sync_data(device_.get()));
  if (settings_.lock_path) BASE_TRY(sync_data(locks_.get()));
  unsynced_ = false;
  return {};
}

Status LinuxOtp::lock_block(size_t block) {
  if (block >= kBlockCount) return fail(ErrorCode::kFlashAlignment);
  if (locked_[block]) return {};
  const uint8_t mark = kLocked;
  BASE_TRY(write_at(locks_.get(), locks_at_ + block, {&mark, 1}));
  unsynced_ = true;
  locked_[block] = true;
  return {};
}

Result<bool> LinuxOtp::is_locked(size_t block) {
  if (!device_.valid()) return fail(ErrorCode::kFlashIo);
  if (block >= kBlockCount) return fail(ErrorCode::kFlashAlignment);
  return locked_[block];
}

}  // namespace rot
