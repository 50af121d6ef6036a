#include "device/port/linux/linux_board.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>

#include "base/secure.h"

namespace device {

using base::ErrorCode;
using base::Status;

namespace {

// The number in a one-line file of the kernel; 0 where there is none.
uint32_t read_number(const char* path) {
  uint8_t text[16] = {};
  const auto size = read_file(path, base::MutableBytes(text).first(sizeof text - 1));
  return size ? static_cast<uint32_t>(std::strtoul(reinterpret_cast<const char*>(text), nullptr, 0)) : 0;
}

}  // namespace

Status LinuxBoard::open(const LinuxConfig& config, base::ByteView image_block, Diagnostic& diagnostic) {
  if (open_) return base::fail(ErrorCode::kBadState);
  if (!name_.assign(config.board.view())) return base::fail(ErrorCode::kInvalidArgument);
  BASE_ASSIGN(chip_id_, read_chip_id(config, chip_id_bytes_, diagnostic));
  BASE_TRY(trng_.open(config.trng, diagnostic));
  if (config.batch_block_file.empty()) {
    batch_.use_image(image_block);
  } else {
    BASE_TRY(batch_.open_file(config.batch_block_file, diagnostic));
  }
  reset_cause_ = read_number("/sys/class/watchdog/watchdog0/bootstatus");
  return {};
}

}  // namespace device
