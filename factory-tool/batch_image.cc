#include "factory-tool/batch_image.h"

#include <algorithm>

namespace factory {
namespace {

using base::ErrorCode;
using base::failure;
using base::Outcome;

bool holds_block(base::ByteView place) {
  protocol::BatchBlock block;
  const base::WipeOnExit wipe(block.secret);
  return protocol::decode_batch_block(place, block).has_value();
}

// What an unpatched image has: the magic and zeros.
bool holds_nothing(base::ByteView place) {
  const auto rest = place.subspan(protocol::kBatchMagicSize);
  return std::all_of(rest.begin(), rest.end(), [](uint8_t byte) { return byte == 0; });
}

}  // namespace

Outcome<size_t> find_batch_block(base::ByteView image) {
  size_t found = 0;
  size_t count = 0;
  auto at = image.begin();
  while (true) {
    at = std::search(at, image.end(), protocol::kBatchMagic.begin(), protocol::kBatchMagic.end());
    if (static_cast<size_t>(image.end() - at) < protocol::kBatchBlockSize) break;
    const auto offset = static_cast<size_t>(at - image.begin());
    const auto place = image.subspan(offset, protocol::kBatchBlockSize);
    if (holds_nothing(place) || holds_block(place)) {
      found = offset;
      ++count;
    }
    ++at;
  }
  if (count == 1) return found;
  return failure(ErrorCode::kMalformed,
                 count == 0 ? "the image has no place for a batch block"
                            : "the image has " + std::to_string(count) + " places for a batch block",
                 {},
                 count == 0 ? "Give an image of the agent (ELF or binary), not packed or stripped of its data."
                            : "Give an image with one agent in it.");
}

Outcome<void> patch_batch_block(base::MutableBytes image, const protocol::BatchBlock& block) {
  BASE_ASSIGN(const size_t offset, find_batch_block(image));
  const auto place = std::span<uint8_t, protocol::kBatchBlockSize>(image.subspan(offset, protocol::kBatchBlockSize));
  if (auto encoded = protocol::encode_batch_block(block, place); !encoded)
    return base::failure_of(encoded.error(), "batch block");
  return {};
}

}  // namespace factory
