// Mounts a provisioned chip whose image was changed by the input, reads all of it and writes to it. Whatever the
// image says, nothing may be read or written out of bounds, and what is read was authenticated.
#include <psa/crypto.h>

#include <cstdlib>

#include "rot/port/ram/ram_chip.h"
#include "rot/rot.h"

namespace {

using rot::ram::Chip;

constexpr std::array<uint8_t, 8> kChipId{1, 2, 3, 4, 5, 6, 7, 8};
constexpr std::string_view kName = "item";
constexpr std::string_view kValue = "value of the item";

const rot::ram::Image& provisioned(Chip& chip) {
  static const rot::ram::Image image = [&chip] {
    rot::Rot rot(chip.otp(), chip.flash(), {}, kChipId);
    const std::array<uint8_t, 64> random{3, 1, 4, 1, 5};
    if (psa_crypto_init() != PSA_SUCCESS || !rot.mount() || !rot.create_root_key(random) ||
        !rot.put_item(kName, 0, base::as_bytes(kValue)) || !rot.its().set(1, 0, base::as_bytes("key")) ||
        !rot.put_state_u64(rot::StateId::kBootCount, 1)) {
      std::abort();
    }
    return chip.snapshot();
  }();
  return image;
}

class Counter final : public rot::ItemVisitor {
 public:
  base::Status item(std::string_view, uint8_t, base::ByteView) override { return {}; }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

// Input: any number of {sector or OTP, offset high, offset low, new byte}.
int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Chip chip({{1024, 1024, 1024}, 4}, 1);
  chip.restore(provisioned(chip));
  for (; size >= 4; data += 4, size -= 4) {
    const size_t offset = static_cast<size_t>(data[1] << 8 | data[2]);
    const size_t place = data[0] % 4;
    if (place == 3) {
      chip.image().otp[offset % chip.image().otp.size()] = data[3];
    } else {
      chip.image().sectors[place].data[offset % 1024] = data[3];
    }
  }
  rot::Rot rot(chip.otp(), chip.flash(), {}, kChipId);
  if (!rot.mount()) return 0;
  std::array<uint8_t, 2048> out;
  const auto found = rot.get_item(kName, out);
  if (found && base::as_text(base::ByteView(out).first(*found)) != kValue) std::abort();
  Counter counter;
  (void)rot.visit_items(out, counter);
  (void)rot.its().get(1, 1, out);
  (void)rot.get_state_u64(rot::StateId::kBootCount);
  (void)rot.put_item("second", 0, base::ByteView(out).first(100));
  for (uint64_t i = 0; i < 20; ++i) (void)rot.put_state_u64(rot::StateId::kBootCount, i);
  return 0;
}
