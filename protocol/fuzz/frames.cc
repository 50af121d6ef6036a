// The frame decoder on any bytes: what it accepts encodes to a frame that it accepts again.
#include <cstdlib>

#include "protocol/frame.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace protocol;
  static base::ByteArray<frame_buffer_size(300)> buffer, second_buffer;
  static base::ByteArray<frame_wire_size(300)> wire;
  FrameDecoder decoder(buffer);
  for (size_t i = 0; i < size; ++i) {
    const auto frame = decoder.push(data[i]);
    if (!frame || !frame->has_value()) continue;
    const auto encoded = encode_frame(**frame, wire);
    if (!encoded) std::abort();
    FrameDecoder second(second_buffer);
    bool same = false;
    for (uint8_t byte : *encoded) {
      const auto again = second.push(byte);
      if (!again) std::abort();
      if (again->has_value()) {
        same = (*again)->type == (*frame)->type && (*again)->sequence == (*frame)->sequence &&
               base::equal((*again)->payload, (*frame)->payload);
      }
    }
    if (!same) std::abort();
  }
  return 0;
}
