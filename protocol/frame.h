// Frames on the byte stream: COBS (Cheshire and Baker 1999) with a 0x00 delimiter around
// version(1) type(1) sequence(2) payload CRC-32C(4), all big-endian. SPEC.md, section 2.
#pragma once

#include "protocol/messages.h"

namespace protocol {

enum class FrameType : uint8_t {
  kHello = 0x01,
  kHandshake = 0x02,
  kSealed = 0x03,  // a channel message
  kAttest = 0x04,
  kReboot = 0x05,   // in clear, only on a locked unit
  kRelay = 0x10,    // device to host, and the reply from host to device (relay.h)
  kRefusal = 0x7F,  // device to host only
};
// A reply has the request's type and sequence number with this bit set in the type.
inline constexpr uint8_t kReplyBit = 0x80;
[[nodiscard]] constexpr uint8_t reply_type(FrameType request) { return static_cast<uint8_t>(request) | kReplyBit; }

inline constexpr uint8_t kFrameVersion = 1;
inline constexpr size_t kFrameHeaderSize = 4;
inline constexpr size_t kFrameCrcSize = 4;

// Size of a FrameDecoder's buffer that takes payloads of up to `payload` bytes.
[[nodiscard]] constexpr size_t frame_buffer_size(size_t payload) { return payload + kFrameHeaderSize + kFrameCrcSize; }

// Largest number of bytes on the wire for a payload, both delimiters included.
[[nodiscard]] constexpr size_t frame_wire_size(size_t payload) {
  const size_t raw = frame_buffer_size(payload);
  return raw + raw / 254 + 1 + 2;
}

struct Frame {
  uint8_t type = 0;  // FrameType, with kReplyBit in a reply
  uint16_t sequence = 0;
  ByteView payload;
};

// A payload may lie in the very buffer that its frame is written to, if at least this many bytes stand in front of it:
// the writer then never overtakes the reader. One extra byte for each full COBS block.
[[nodiscard]] constexpr size_t frame_front_room(size_t payload) {
  return kFrameHeaderSize + 3 + (kFrameHeaderSize + payload) / 254;
}

// Writes delimiter, encoded frame, delimiter. kBufferTooSmall.
[[nodiscard]] Result<ByteView> encode_frame(const Frame& frame, MutableBytes out);

// The associated data of a sealed frame: its type byte (with kReplyBit in a reply) and sequence number.
[[nodiscard]] constexpr base::ByteArray<3> sealed_header(uint8_t type, uint16_t sequence) {
  return {type, static_cast<uint8_t>(sequence >> 8), static_cast<uint8_t>(sequence)};
}

// Takes the stream byte by byte; finds the next frame after any noise. `buffer` bounds the frames it can take
// (frame_buffer_size).
class FrameDecoder {
 public:
  explicit FrameDecoder(MutableBytes buffer) : buffer_(buffer) {}

  // A frame when `byte` completes one (its payload lives in the buffer until the next push); nothing
  // while one is under way or between frames. Errors, each dropping one frame and going on with the
  // next: kFrameCrc, kFrameTooLong, kFrameVersion, kFrameEncoding (not COBS, or shorter than any frame).
  [[nodiscard]] Result<std::optional<Frame>> push(uint8_t byte);
  // Forgets a frame that is under way.
  void reset();

 private:
  [[nodiscard]] Result<std::optional<Frame>> end_of_frame() const;
  void append(uint8_t byte);

  MutableBytes buffer_;
  size_t size_ = 0;
  uint8_t block_left_ = 0;     // data bytes left in the COBS block
  bool zero_pending_ = false;  // a zero byte stands between the block that ended and the next one
  bool in_frame_ = false;
  bool overflow_ = false;
};

}  // namespace protocol
