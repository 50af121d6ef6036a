#include "tests/flash_driver/remote_chip.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace driver_test {

using base::ByteView;
using base::ErrorCode;
using base::fail;
using base::MutableBytes;
using base::Result;
using base::Status;
using virtual_board::StopReason;

namespace {

constexpr virtual_board::Time kPatience = 5 * virtual_board::kSecond;

uint32_t n(size_t value) { return static_cast<uint32_t>(value); }

}  // namespace

RemoteChip::RemoteChip(uint64_t seed) : image(seed), board(image, {.seed = seed, .timing = {}}) {
  if (auto flashed = board.flash_elf(FLASH_DRIVER_ELF); !flashed) throw std::runtime_error(flashed.error().to_string());
  if (!power_on()) throw std::runtime_error("the program does not start: " + board.trouble());
}

bool RemoteChip::power_on() {
  received_.clear();
  (void)board.take_line_out();
  board.power_on();
  off_ = false;
  uint8_t ready = 0;
  return take({&ready, 1}) && ready == kReady;
}

// False: the power is gone, or nothing comes.
bool RemoteChip::take(MutableBytes out) {
  const virtual_board::Time limit = board.now() + kPatience;
  while (received_.size() < out.size()) {
    const StopReason reason = board.run(limit, true);
    for (const auto& byte : board.take_line_out()) received_.push_back(byte.value);
    if (reason == StopReason::kPowerLost) off_ = true;
    if (reason != StopReason::kLineOut && received_.size() < out.size()) return false;
  }
  std::copy_n(received_.begin(), out.size(), out.begin());
  received_.erase(received_.begin(), received_.begin() + static_cast<ptrdiff_t>(out.size()));
  return true;
}

Result<Reply> RemoteChip::exchange(const Request& request, ByteView bytes, MutableBytes out) {
  if (off_) return fail(ErrorCode::kFlashPowerLost);
  std::array<uint8_t, sizeof request> raw;
  std::memcpy(raw.data(), &request, sizeof request);
  board.line_in(raw);
  if (!bytes.empty()) board.line_in(bytes);
  std::array<uint8_t, sizeof(Reply)> answer;
  Reply reply{};
  bool came = take(answer);
  if (came) std::memcpy(&reply, answer.data(), sizeof reply);
  if (came && reply.size != 0) came = reply.size == out.size() && take(out);
  if (!came) return fail(off_ ? ErrorCode::kFlashPowerLost : ErrorCode::kTimeout);
  if (reply.error != 0) return fail(static_cast<ErrorCode>(reply.error));
  return reply;
}

Result<Reply> RemoteChip::call(Operation operation, uint32_t a, uint32_t b, ByteView bytes) {
  return exchange({operation, static_cast<uint8_t>(bytes.size()), 0, a, b}, bytes, {});
}

Result<Reply> RemoteChip::read(Operation operation, uint32_t a, uint32_t b, MutableBytes out) {
  return exchange({operation, static_cast<uint8_t>(out.size()), 0, a, b}, {}, out);
}

Status RemoteFlash::read(size_t sector, size_t offset, MutableBytes out) {
  if (chip_.is_off()) return fail(ErrorCode::kFlashPowerLost);
  base::copy(out, ByteView(chip_.image.content().flash).subspan((sector + 1) * sector_size(0) + offset, out.size()));
  return {};
}

Status RemoteFlash::program(size_t sector, size_t offset, ByteView data) {
  while (!data.empty()) {
    const ByteView part = data.first(std::min<size_t>(data.size(), kMaxBytes));
    BASE_TRY(chip_.run(Operation::kProgram, n(sector), n(offset), part));
    offset += part.size();
    data = data.subspan(part.size());
  }
  return {};
}

Status RemoteFlash::erase(size_t sector) { return chip_.run(Operation::kErase, n(sector)); }

Status RemoteFlash::protect(size_t sector) { return chip_.run(Operation::kProtect, n(sector)); }

Result<bool> RemoteFlash::is_protected(size_t sector) {
  BASE_ASSIGN(const Reply reply, chip_.call(Operation::kIsProtected, n(sector)));
  return reply.value != 0;
}

Status RemoteOtp::read(size_t offset, MutableBytes out) {
  if (chip_.is_off()) return fail(ErrorCode::kFlashPowerLost);
  base::copy(out, ByteView(chip_.image.content().otp).subspan(offset, out.size()));
  return {};
}

Status RemoteOtp::program_word(size_t offset, uint32_t word) {
  return chip_.run(Operation::kOtpProgram, n(offset), word);
}

Status RemoteOtp::lock_block(size_t block) { return chip_.run(Operation::kOtpLock, n(block)); }

Result<bool> RemoteOtp::is_locked(size_t block) {
  BASE_ASSIGN(const Reply reply, chip_.call(Operation::kOtpIsLocked, n(block)));
  return reply.value != 0;
}

}  // namespace driver_test
