#include "device/port/linux/linux_board.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace device {
namespace {

using base::ErrorCode;
using base::Status;

// The number in a one-line file of the kernel; 0 where there is none.
uint32_t read_number(const char* path) {
  uint8_t text[16] = {};
  const auto size = read_file(path, base::MutableBytes(text).first(sizeof text - 1));
  return size ? static_cast<uint32_t>(std::strtoul(reinterpret_cast<const char*>(text), nullptr, 0)) : 0;
}

Status join(PathText& to, const PathText& directory, std::string_view name, Diagnostic& diagnostic) {
  if (to.assign(directory.view()) && to.append(name)) return {};
  return diagnostic.fail(ErrorCode::kConfiguration, "storage-dir is too long");
}

// A path that names another kind of thing than the configuration says is a mistake worth stopping for: a
// flash on a partition that somebody else uses.
bool fits(FlashKind kind, const char* path) {
  struct stat info {};
  if (::stat(path, &info) != 0) return kind == FlashKind::kFile && errno == ENOENT;
  switch (kind) {
    case FlashKind::kFile:
      return S_ISREG(info.st_mode);
    case FlashKind::kBlock:
      return S_ISBLK(info.st_mode);
    case FlashKind::kMtd:
      return S_ISCHR(info.st_mode);
  }
  return false;
}

Status explain(const Status& opened, const char* key, const char* path, Diagnostic& diagnostic) {
  const ErrorCode code = opened.error();
  const char* const why = code == ErrorCode::kBadState  ? "another process uses it; stop that first"
                          : code == ErrorCode::kFlashIo ? std::strerror(errno)
                                                        : base::error_text(code).data();
  return diagnostic.fail(code, "%s = %.120s cannot be used: %s", key, path, why);
}

}  // namespace

Status LinuxBoard::open(const LinuxConfig& given, base::ByteView image_block, Diagnostic& diagnostic) {
  LinuxConfig config = given;
  BASE_TRY(complete_config(config, diagnostic));
  if (open_) return diagnostic.fail(ErrorCode::kBadState, "the board is open already");
  if (!name_.assign(config.board.view())) return diagnostic.fail(ErrorCode::kConfiguration, "board is too long");
  BASE_ASSIGN(chip_id_, read_chip_id(config, chip_id_bytes_, diagnostic));
  BASE_TRY(trng_.open(config.trng, diagnostic));
  if (config.batch_block_file.empty()) {
    batch_.use_image(image_block);
  } else {
    BASE_TRY(batch_.open_file(config.batch_block_file, diagnostic));
  }
  BASE_TRY(open_flash(config, diagnostic));
  BASE_TRY(open_otp(config, diagnostic));
  reset_cause_ = read_number("/sys/class/watchdog/watchdog0/bootstatus");
  open_ = true;
  return {};
}

Status LinuxBoard::open_flash(const LinuxConfig& config, Diagnostic& diagnostic) {
  flash_path_ = config.flash;
  if (!fits(config.flash_kind, flash_path_.c_str())) {
    return diagnostic.fail(ErrorCode::kConfiguration,
                           "flash = %.150s is missing or not of the flash-kind that is configured",
                           flash_path_.c_str());
  }
  rot::LinuxFlashSettings settings;
  settings.path = flash_path_.c_str();
  settings.sector_size = config.sector_size;
  if (config.flash_kind == FlashKind::kBlock) {
    BASE_TRY(join(protection_path_, config.storage_dir, "/flash.protect", diagnostic));
    settings.protection_path = protection_path_.c_str();
  }
  const Status opened = flash_.open(settings);
  return opened ? opened : explain(opened, "flash", settings.path, diagnostic);
}

Status LinuxBoard::open_otp(const LinuxConfig& config, Diagnostic& diagnostic) {
  otp_path_ = config.otp;
  rot::LinuxOtpSettings settings;
  settings.path = otp_path_.c_str();
  if (config.otp_kind == OtpKind::kNvmem) {
    BASE_TRY(join(otp_lock_path_, config.storage_dir, "/otp.lock", diagnostic));
    settings.lock_path = otp_lock_path_.c_str();
  }
  const Status opened = otp_.open(settings);
  return opened ? opened : explain(opened, "otp", settings.path, diagnostic);
}

}  // namespace device
