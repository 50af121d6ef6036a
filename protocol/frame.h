// Frames on the byte stream: COBS (Cheshire and Baker 1999) with a 0x00 delimiter around
// version(1) type(1) sequence(2) payload CRC-32C(4), all big-endian.
#pragma once

#include "protocol/messages.h"

namespace protocol {

enum class FrameType : uint8_t {
  kHello = 0x01,
  kHandshake = 0x02,
  kSealed = 0x03,   // a channel message
  kAttest = 0x04,
  kReboot = 0x05,   // in clear, only on a locked unit
  kRefusal = 0x7F,  // device to host only
};
// A reply has the request's type and sequence number with this bit set in the type.
inline constexpr uint8_t kReplyBit = 0x80;

inline constexpr size_t kFrameHeaderSize = 4;
inline constexpr size_t kFrameCrcSize = 4;
inline constexpr size_t kMinNegotiatedPayload = 1024;
inline constexpr size_t kMaxNegotiatedPayload = 4096;

// Largest number of bytes on the wire for a payload, both delimiters included.
[[nodiscard]] constexpr size_t frame_wire_size(size_t payload) {
  const size_t raw = payload + kFrameHeaderSize + kFrameCrcSize;
  return raw + raw / 254 + 1 + 2;
}

struct Frame {
  uint8_t type = 0;      // FrameType, with kReplyBit in a reply
  uint16_t sequence = 0;
  ByteView payload;
};

// Writes delimiter, encoded frame, delimiter. kBufferTooSmall.
[[nodiscard]] Result<ByteView> encode_frame(const Frame& frame, MutableBytes out);

// Takes the stream byte by byte; finds the next frame after any noise. `buffer` bounds the frames it can take.
class FrameDecoder {
 public:
  explicit FrameDecoder(MutableBytes buffer) : buffer_(buffer) {}

  // A frame when `byte` completes one (its payload lives in the buffer until the next push); nothing
  // while one is under way or between frames. Errors, each dropping one frame and going on with the
  // next: kFrameCrc, kFrameTooLong, kFrameVersion, kFrameEncoding.
  [[nodiscard]] Result<std::optional<Frame>> push(uint8_t byte);
  // Forgets a frame that is under way.
  void reset();

 private:
  MutableBytes buffer_;
  size_t size_ = 0;
  uint8_t block_left_ = 0;      // data bytes left in the COBS block
  bool zero_pending_ = false;   // the block that ends here stands for a zero byte
  bool in_frame_ = false;
  bool overflow_ = false;
  bool skipping_ = false;
};

}  // namespace protocol
