// A batch block from an image: what decodes encodes to the same bytes. The CRC is made to fit in half of the inputs,
// so that the fields behind it are reached.
#include "protocol/batch_block.h"

#include <cstdlib>

#include "base/crc32c.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace protocol;
  BatchBlock block;
  (void)decode_batch_block(ByteView(data, size), block);
  if (size < kBatchBlockSize) return 0;

  base::ByteArray<kBatchBlockSize> image, again;
  base::copy(image, ByteView(data, kBatchBlockSize));
  if (data[kBatchBlockSize - 1] % 2 == 0) base::copy(image, kBatchMagic);
  base::store_be(&image[kBatchBlockSize - 4], base::crc32c(ByteView(image).first(kBatchBlockSize - 4)));
  if (!decode_batch_block(image, block)) return 0;
  if (!encode_batch_block(block, again) || image != again) std::abort();
  return 0;
}
