#include <fcntl.h>
#include <linux/fs.h>
#include <mtd/mtd-user.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "rot/port/linux/file_descriptor.h"

namespace rot {

using base::ErrorCode;
using base::fail;

namespace {

constexpr unsigned kMtdMajor = 90;
constexpr uint8_t kOpen = 0xff;  // a byte of the protection file: one a sector
constexpr uint8_t kProtected = 0x00;

erase_info_t range_at(uint64_t start, size_t length) {
  erase_info_t range{};
  range.start = static_cast<uint32_t>(start);
  range.length = static_cast<uint32_t>(length);
  return range;
}

bool is_power_of_two_unit(size_t unit) { return unit == 1 || unit == 2 || unit == 4 || unit == 8; }

}  // namespace

Status LinuxFlash::open(const LinuxFlashSettings& settings) {
  close();
  settings_ = settings;
  protected_.fill(false);
  locks_in_chip_ = false;
  if (!settings.path || settings.sector_count == 0 || settings.sector_count > kMaxSectors ||
      settings.sector_size % 8 != 0 || !is_power_of_two_unit(settings.write_unit)) {
    return fail(ErrorCode::kInvalidArgument);
  }
  struct stat info {};
  const bool exists = ::stat(settings.path, &info) == 0;
  Status status;
  if (exists && S_ISCHR(info.st_mode)) {
    medium_ = Medium::kMtd;
    status = major(info.st_rdev) == kMtdMajor ? open_mtd() : fail(ErrorCode::kInvalidArgument);
  } else if (exists && S_ISBLK(info.st_mode)) {
    medium_ = Medium::kBlock;
    status = open_block();
  } else {
    medium_ = Medium::kFile;
    status = open_file();
  }
  if (!status) close();
  return status;
}

void LinuxFlash::close() {
  device_.reset();
  protection_.reset();
}

Status LinuxFlash::open_protection() {
  std::array<char, 4096> beside;
  const char* path = settings_.protection_path;
  if (!path) {
    if (medium_ != Medium::kFile) return fail(ErrorCode::kInvalidArgument);
    const int length = std::snprintf(beside.data(), beside.size(), "%s.protect", settings_.path);
    if (length < 0 || static_cast<size_t>(length) >= beside.size()) return fail(ErrorCode::kInvalidArgument);
    path = beside.data();
  }
  protection_.reset(::open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!protection_.valid()) return fail(ErrorCode::kFlashIo);
  BASE_TRY(lock_exclusively(protection_.get()));
  // A file that ends early was being made: what it lacks was never protected.
  std::array<uint8_t, kMaxSectors> bytes;
  bytes.fill(kOpen);
  const ssize_t got = ::pread(protection_.get(), bytes.data(), settings_.sector_count, 0);
  if (got < 0) return fail(ErrorCode::kFlashIo);
  if (static_cast<size_t>(got) < settings_.sector_count) {
    BASE_TRY(write_at(protection_.get(), 0, ByteView(bytes).first(settings_.sector_count)));
    BASE_TRY(sync_data(protection_.get()));
  }
  for (size_t i = 0; i < settings_.sector_count; ++i) protected_[i] = bytes[i] != kOpen;
  return {};
}

Status LinuxFlash::open_file() {
  BASE_TRY(open_protection());
  settings_.first_byte = 0;
  const size_t size = settings_.sector_count * settings_.sector_size;
  struct stat info {};
  if (::stat(settings_.path, &info) != 0) {
    if (errno != ENOENT) return fail(ErrorCode::kFlashIo);
    // All of it is written now, so that a full disk is found out here and not in the middle of a record.
    BASE_TRY(create_file(settings_.path, size, 0xff));
  } else if (!S_ISREG(info.st_mode) || static_cast<uint64_t>(info.st_size) != size) {
    return fail(ErrorCode::kInvalidArgument);
  }
  device_.reset(::open(settings_.path, O_RDWR | O_CLOEXEC));
  if (!device_.valid()) return fail(ErrorCode::kFlashIo);
  return lock_exclusively(device_.get());
}

Status LinuxFlash::open_block() {
  BASE_TRY(open_protection());
  // O_EXCL: not while it is mounted.
  device_.reset(::open(settings_.path, O_RDWR | O_EXCL | O_CLOEXEC));
  if (!device_.valid()) return fail(errno == EBUSY ? ErrorCode::kBadState : ErrorCode::kFlashIo);
  BASE_TRY(lock_exclusively(device_.get()));
  uint64_t size = 0;
  if (::ioctl(device_.get(), BLKGETSIZE64, &size) != 0) return fail(ErrorCode::kFlashIo);
  if (address(settings_.sector_count, 0) > size) return fail(ErrorCode::kInvalidArgument);
  return {};
}

Status LinuxFlash::open_mtd() {
  device_.reset(::open(settings_.path, O_RDWR | O_SYNC | O_CLOEXEC));
  if (!device_.valid()) return fail(ErrorCode::kFlashIo);
  BASE_TRY(lock_exclusively(device_.get()));
  mtd_info_t info{};
  if (::ioctl(device_.get(), MEMGETINFO, &info) != 0) return fail(ErrorCode::kFlashIo);
  if (!is_power_of_two_unit(info.writesize)) return fail(ErrorCode::kUnsupported);
  settings_.sector_size = info.erasesize;
  settings_.write_unit = info.writesize;
  if (settings_.first_byte % info.erasesize != 0 || address(settings_.sector_count, 0) > info.size) {
    return fail(ErrorCode::kInvalidArgument);
  }
  // Found out now: at lock it would be too late.
  erase_info_t first = range_at(address(0, 0), settings_.sector_size);
  locks_in_chip_ = ::ioctl(device_.get(), MEMISLOCKED, &first) >= 0;
  if (locks_in_chip_) return {};
  return settings_.protection_path ? open_protection() : fail(ErrorCode::kUnsupported);
}

uint64_t LinuxFlash::address(size_t sector, size_t offset) const {
  return uint64_t{settings_.first_byte} + uint64_t{sector} * settings_.sector_size + offset;
}

Status LinuxFlash::check(size_t sector, size_t offset, size_t size) const {
  if (!device_.valid()) return fail(ErrorCode::kFlashIo);
  if (sector >= settings_.sector_count || offset > settings_.sector_size || size > settings_.sector_size - offset) {
    return fail(ErrorCode::kFlashAlignment);
  }
  return {};
}

Status LinuxFlash::read(size_t sector, size_t offset, MutableBytes out) {
  BASE_TRY(check(sector, offset, out.size()));
  return read_at(device_.get(), address(sector, offset), out);
}

Status LinuxFlash::program(size_t sector, size_t offset, ByteView data) {
  BASE_TRY(check(sector, offset, data.size()));
  const size_t unit = settings_.write_unit;
  if (offset % unit != 0 || data.size() % unit != 0) return fail(ErrorCode::kFlashAlignment);
  BASE_ASSIGN(const bool is_closed, is_protected(sector));
  if (is_closed) return fail(ErrorCode::kFlashProtected);
  // A disk would take any bytes; flash would not.
  std::array<uint8_t, 64> now;
  for (size_t done = 0; done < data.size();) {
    const ByteView part = data.subspan(done, std::min(now.size(), data.size() - done));
    BASE_TRY(read_at(device_.get(), address(sector, offset + done), MutableBytes(now).first(part.size())));
    for (size_t at = 0; at < part.size(); at += unit) {
      const auto is = [unit](ByteView bytes, uint8_t value) {
        return std::all_of(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(unit),
                           [value](uint8_t byte) { return byte == value; });
      };
      if (!is(ByteView(now).subspan(at), 0xff) && !is(part.subspan(at), 0)) return fail(ErrorCode::kFlashNotErased);
    }
    BASE_TRY(write_at(device_.get(), address(sector, offset + done), part));
    BASE_TRY(read_at(device_.get(), address(sector, offset + done), MutableBytes(now).first(part.size())));
    if (!base::equal(ByteView(now).first(part.size()), part)) return fail(ErrorCode::kFlashProgram);
    done += part.size();
  }
  return {};
}

Status LinuxFlash::sync() {
  if (!device_.valid()) return fail(ErrorCode::kFlashIo);
  return sync_data(device_.get());
}

Status LinuxFlash::erase(size_t sector) {
  BASE_TRY(check(sector, 0, 0));
  BASE_ASSIGN(const bool is_closed, is_protected(sector));
  if (is_closed) return fail(ErrorCode::kFlashProtected);
  if (medium_ == Medium::kMtd) {
    erase_info_t range = range_at(address(sector, 0), settings_.sector_size);
    return ::ioctl(device_.get(), MEMERASE, &range) == 0 ? Status{} : fail(ErrorCode::kFlashErase);
  }
  std::array<uint8_t, 4096> blank;
  blank.fill(0xff);
  for (size_t at = 0; at < settings_.sector_size; at += blank.size()) {
    const size_t take = std::min(blank.size(), settings_.sector_size - at);
    BASE_TRY(write_at(device_.get(), address(sector, at), ByteView(blank).first(take)));
  }
  return {};
}

Status LinuxFlash::protect(size_t sector) {
  BASE_TRY(check(sector, 0, 0));
  if (locks_in_chip_) {
    erase_info_t range = range_at(address(sector, 0), settings_.sector_size);
    return ::ioctl(device_.get(), MEMLOCK, &range) == 0 ? Status{} : fail(ErrorCode::kFlashIo);
  }
  const uint8_t mark = kProtected;
  BASE_TRY(write_at(protection_.get(), sector, {&mark, 1}));
  BASE_TRY(sync_data(protection_.get()));
  protected_[sector] = true;
  return {};
}

Result<bool> LinuxFlash::is_protected(size_t sector) {
  BASE_TRY(check(sector, 0, 0));
  if (!locks_in_chip_) return protected_[sector];
  erase_info_t range = range_at(address(sector, 0), settings_.sector_size);
  const int locked = ::ioctl(device_.get(), MEMISLOCKED, &range);
  if (locked < 0) return fail(ErrorCode::kFlashIo);
  return locked == 1;
}

}  // namespace rot
