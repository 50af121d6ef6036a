// Flash and OTP of a Linux product: flash in a file, on a raw block device or on an MTD character device; OTP in
// a file or behind nvmem. Each is locked exclusively, so that two processes never share a store.
#pragma once

#include "rot/flash.h"
#include "rot/otp.h"

namespace rot {

// A file descriptor that closes itself.
class FileDescriptor {
 public:
  explicit FileDescriptor(int fd = -1) : fd_(fd) {}
  ~FileDescriptor() { reset(); }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  void reset(int fd = -1);
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

struct LinuxFlashSettings {
  // A file (made if it does not exist, mode 0600), a block device or an MTD character device (/dev/mtdN).
  const char* path = nullptr;
  // Where the write protection is kept, for a file, a block device, and an MTD device whose chip has no locks of its
  // own. Null: `path` + ".protect" for a file; the others need it.
  const char* protection_path = nullptr;
  size_t sector_size = 16384;  // bytes; an MTD device has its own
  size_t sector_count = 3;
  size_t first_byte = 0;  // where the sectors start on a device
  size_t write_unit = 4;  // bytes; for a file and a block device
};

class LinuxFlash final : public Flash {
 public:
  static constexpr size_t kMaxSectors = 64;

  // kBadState: another process holds it; kInvalidArgument: settings that cannot be; kUnsupported: an MTD device
  // whose write unit is larger than 8 bytes (raw NAND), or that has no locks and no protection path; kFlashIo: errno
  // says why.
  Status open(const LinuxFlashSettings& settings);
  void close();

  size_t sector_count() const override { return settings_.sector_count; }
  size_t sector_size(size_t) const override { return settings_.sector_size; }
  size_t write_unit() const override { return settings_.write_unit; }
  Status read(size_t sector, size_t offset, MutableBytes out) override;
  Status program(size_t sector, size_t offset, ByteView data) override;
  Status sync() override;
  Status erase(size_t sector) override;
  Status protect(size_t sector) override;
  Result<bool> is_protected(size_t sector) override;

 private:
  enum class Medium : uint8_t { kFile, kBlock, kMtd };
  Status open_protection();
  Status open_file();
  Status open_block();
  Status open_mtd();
  Status check(size_t sector, size_t offset, size_t size) const;
  [[nodiscard]] uint64_t address(size_t sector, size_t offset) const;

  LinuxFlashSettings settings_;
  Medium medium_ = Medium::kFile;
  bool locks_in_chip_ = false;
  FileDescriptor device_;
  FileDescriptor protection_;
  std::array<bool, kMaxSectors> protected_{};
};

struct LinuxOtpSettings {
  // A file (made if it does not exist, mode 0600; 512 bytes, then 16 lock bytes) or an nvmem device
  // (/sys/bus/nvmem/devices/NAME/nvmem).
  const char* path = nullptr;
  // Lock bytes where the OTP is behind nvmem, which has no locks of its own that Linux could reach.
  const char* lock_path = nullptr;
  size_t first_byte = 0;      // in the nvmem device
  bool burns_to_one = false;  // fuses that read 0 when blank: the port turns them round
};

class LinuxOtp final : public Otp {
 public:
  // As LinuxFlash::open().
  Status open(const LinuxOtpSettings& settings);
  void close();

  Status read(size_t offset, MutableBytes out) override;
  Status program_word(size_t offset, uint32_t word) override;
  Status sync() override;
  Status lock_block(size_t block) override;
  Result<bool> is_locked(size_t block) override;

 private:
  LinuxOtpSettings settings_;
  FileDescriptor device_;
  FileDescriptor locks_;  // the same file as device_, unless behind nvmem
  size_t locks_at_ = 0;
  bool unsynced_ = false;
  std::array<bool, kBlockCount> locked_{};
};

}  // namespace rot
