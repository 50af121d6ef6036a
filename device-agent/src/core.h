// What session and commands work on: the chip's root of trust, the generator, and the one scratch buffer
// that all share, because RAM is small.
#pragma once

#include <psa/crypto.h>

#include "device/board.h"
#include "device/seed_store.h"
#include "protocol/messages.h"

namespace agent {

// Not inlined: what a command keeps on the stack is then there while it runs, not under everything else as well, and
// near enough for short instructions.
#define AGENT_OWN_STACK [[gnu::noinline]]

// Largest frame payload that the agent takes; `hello` tells the host.
inline constexpr size_t kMaxPayload = protocol::kMinNegotiatedPayload;
// Largest payload of a reply. The longest is the handshake's: a SessionState with kMaxItems tags.
inline constexpr size_t kMaxReply = 768;

// An item that arrives in parts; its bytes gather in Core::scratch.
struct PendingItem {
  std::array<char, protocol::kMaxItemNameSize> name{};
  uint8_t name_size = 0;  // 0: none under way
  uint8_t flags = 0;
  uint16_t total = 0;
  uint16_t received = 0;
};

struct Core {
  explicit Core(device::Board& on_board)
      : board(on_board),
        rot(on_board.otp(), on_board.flash(), on_board.layout(), on_board.chip_id()),
        seed_store(rot) {}

  [[nodiscard]] bool is_locked() const { return rot.is_locked(); }
  // Scratch for a command's own use; whatever was gathered of an item is dropped and wiped.
  base::MutableBytes take_scratch() {
    pending = {};
    base::secure_wipe(scratch);
    return scratch;
  }

  device::Board& board;
  rot::Rot rot;
  device::RotSeedStore seed_store;
  entropy::Generator generator;
  base::ErrorCode fault = base::ErrorCode::kOk;  // of the start-up, or of a store that closed since
  bool mounted = false;
  uint16_t item_count = 0;  // items of the product on the chip; counted at the handshake
  PendingItem pending;
  base::ByteArray<protocol::kMaxItemSize> scratch{};
};

// The last step of what answers: `value` is what `result` holds, if it does.
[[nodiscard]] base::Status take_value(const base::Result<base::ByteView>& result, base::ByteView& value);

// The error of a PSA status in this project's terms: what the generator and the store said, else kCrypto.
[[nodiscard]] base::Status from_psa(psa_status_t status);

}  // namespace agent
