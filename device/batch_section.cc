#include "device/batch_section.h"

namespace device {
namespace {

using Block = base::ByteArray<protocol::kBatchBlockSize>;

constexpr Block blank_block() {
  Block block{};
  for (size_t i = 0; i < protocol::kBatchMagicSize; ++i) block[i] = protocol::kBatchMagic[i];
  return block;
}

}  // namespace

// Its own section, so that a linker script can place it and a tool can find it; the reference below keeps it
// under --gc-sections.
extern "C" {
extern const Block factory_line_batch_block;
[[gnu::section(".batch_block"), gnu::used, gnu::aligned(16)]] const Block factory_line_batch_block = blank_block();
}

std::span<const uint8_t, protocol::kBatchBlockSize> batch_section() {
  const uint8_t* block = factory_line_batch_block.data();
  // The contents are changed after linking: the compiler must forget what it compiled.
  __asm__ __volatile__("" : "+r"(block) : : "memory");
  return std::span<const uint8_t, protocol::kBatchBlockSize>(block, protocol::kBatchBlockSize);
}

bool batch_block_is_blank(base::ByteView block) {
  if (block.size() != protocol::kBatchBlockSize) return false;
  if (!base::equal(block.first(protocol::kBatchMagicSize), protocol::kBatchMagic)) return false;
  uint8_t any = 0;
  for (const uint8_t byte : block.subspan(protocol::kBatchMagicSize)) any = static_cast<uint8_t>(any | byte);
  return any == 0;
}

}  // namespace device
