#include "tests/support/ram_unit.h"

#include <algorithm>
#include <stdexcept>

namespace test {

RamUnit::RamUnit(const protocol::BatchBlock* batch, uint64_t number, rot::ram::Geometry geometry)
    : chip(std::move(geometry), number) {
  base::copy(chip_id_, base::as_bytes("chip"));
  base::store_be(chip_id_.data() + 4, number);
  if (batch == nullptr) return;
  batch_block_.resize(protocol::kBatchBlockSize);
  if (!protocol::encode_batch_block(*batch, std::span<uint8_t, protocol::kBatchBlockSize>(batch_block_))) {
    throw std::runtime_error("the batch block");
  }
}

RamUnit::~RamUnit() { power_off(); }

base::Status RamUnit::power_on() {
  chip.power_on();
  dead_ = false;
  agent_.emplace(*this, *this);
  return agent_->start();
}

void RamUnit::power_off() {
  agent_.reset();
  output_.clear();
}

bool RamUnit::batch_is_wiped() const {
  return std::all_of(batch_block_.begin() + protocol::kBatchMagicSize, batch_block_.end(), [](uint8_t b) { return b == 0; });
}

void RamUnit::send(base::ByteView bytes) {
  if (!agent_ || is_dead()) return;
  agent_->receive(bytes);
  if (is_dead()) {
    output_.clear();  // what the agent still said never left the chip
  } else if (agent_->reboot_requested()) {
    agent_.reset();
    (void)power_on();  // a fault shows in the next hello
  }
}

base::Bytes RamUnit::receive() { return std::exchange(output_, {}); }

void RamUnit::write(base::ByteView bytes) {
  if (!is_dead()) output_.insert(output_.end(), bytes.begin(), bytes.end());
}

base::Status RamUnit::wipe_batch_block() {
  if (is_dead()) return base::fail(base::ErrorCode::kFlashPowerLost);
  if (fail_wipe) return base::fail(base::ErrorCode::kFlashErase);
  const bool cut = cut_wipe && cut_wipe();
  const auto from = batch_block_.begin() + protocol::kBatchMagicSize;
  const auto to = cut ? from + protocol::kBatchIdSize + protocol::kBatchSecretSize / 2 : batch_block_.end();
  std::fill(from, to, uint8_t{0});
  dead_ = cut;
  return cut ? base::fail(base::ErrorCode::kFlashPowerLost) : base::Status();
}

base::Status RamUnit::set_read_protection(uint8_t level) {
  if (is_dead()) return base::fail(base::ErrorCode::kFlashPowerLost);
  if (level <= protection) return {};
  if (level > highest_protection) return base::fail(base::ErrorCode::kUnsupported);
  const base::Result<bool> cut = cut_protection ? cut_protection(level) : base::Result<bool>(false);
  dead_ = !cut || *cut;
  if (cut && !forget_protection) protection = level;
  return dead_ ? base::fail(base::ErrorCode::kFlashPowerLost) : base::Status();
}

bool same_image(const rot::ram::Image& a, const rot::ram::Image& b) {
  const auto same_sector = [](const rot::ram::Image::Sector& x, const rot::ram::Image::Sector& y) {
    return x.data == y.data && x.is_protected == y.is_protected;
  };
  return a.otp == b.otp && a.otp_locked == b.otp_locked &&
         std::equal(a.sectors.begin(), a.sectors.end(), b.sectors.begin(), b.sectors.end(), same_sector);
}

}  // namespace test
