#include "protocol/frame.h"

#include "base/crc32c.h"

namespace protocol {

using base::ErrorCode;
using base::fail;

namespace {

constexpr uint8_t kDelimiter = 0x00;
constexpr uint8_t kFullBlock = 0xFF;  // 254 data bytes and no zero behind them

// Encodes while it is fed; `code_at_` is where the length of the open block will stand.
class CobsWriter {
 public:
  explicit CobsWriter(MutableBytes out) : out_(out) {
    emit(kDelimiter);
    open_block();
  }

  void feed(ByteView data) {
    for (uint8_t byte : data) {
      if (code_ == kFullBlock) next_block();
      if (byte == 0) {
        next_block();
      } else {
        emit(byte);
        ++code_;
      }
    }
  }

  Result<ByteView> finish() {
    close_block();
    emit(kDelimiter);
    if (size_ > out_.size()) return fail(ErrorCode::kBufferTooSmall);
    return ByteView(out_.first(size_));
  }

 private:
  // Counts on past the end, so that one check at the end is enough.
  void emit(uint8_t byte) {
    if (size_ < out_.size()) out_[size_] = byte;
    ++size_;
  }
  void open_block() {
    code_at_ = size_;
    code_ = 1;
    emit(0);
  }
  void close_block() {
    if (code_at_ < out_.size()) out_[code_at_] = code_;
  }
  void next_block() {
    close_block();
    open_block();
  }

  MutableBytes out_;
  size_t size_ = 0;
  size_t code_at_ = 0;
  uint8_t code_ = 1;
};

}  // namespace

Result<ByteView> encode_frame(const Frame& frame, MutableBytes out) {
  base::ByteArray<kFrameHeaderSize> header = {kFrameVersion, frame.type};
  base::store_be(&header[2], frame.sequence);
  base::ByteArray<kFrameCrcSize> crc;
  base::store_be(crc.data(), base::crc32c(frame.payload, base::crc32c(header)));

  CobsWriter writer(out);
  writer.feed(header);
  writer.feed(frame.payload);
  writer.feed(crc);
  return writer.finish();
}

void FrameDecoder::reset() {
  size_ = 0;
  block_left_ = 0;
  zero_pending_ = false;
  in_frame_ = false;
  overflow_ = false;
}

void FrameDecoder::append(uint8_t byte) {
  if (size_ == buffer_.size()) {
    overflow_ = true;
    return;
  }
  buffer_[size_++] = byte;
}

Result<std::optional<Frame>> FrameDecoder::push(uint8_t byte) {
  if (byte == kDelimiter) {
    if (!in_frame_) return std::nullopt;  // delimiters may follow each other
    auto result = end_of_frame();
    reset();  // the bytes stay in the buffer
    return result;
  }
  in_frame_ = true;
  if (block_left_ != 0) {
    append(byte);
    --block_left_;
    return std::nullopt;
  }
  if (zero_pending_) append(0);
  zero_pending_ = byte != kFullBlock;
  block_left_ = static_cast<uint8_t>(byte - 1);
  return std::nullopt;
}

Result<std::optional<Frame>> FrameDecoder::end_of_frame() const {
  if (overflow_) return fail(ErrorCode::kFrameTooLong);
  if (block_left_ != 0 || size_ < kFrameHeaderSize + kFrameCrcSize) return fail(ErrorCode::kFrameEncoding);
  const ByteView whole = ByteView(buffer_).first(size_);
  const ByteView covered = whole.first(size_ - kFrameCrcSize);
  if (base::crc32c(covered) != base::load_be<uint32_t>(&whole[covered.size()])) return fail(ErrorCode::kFrameCrc);
  // After the CRC: an intact frame of another version is told apart from noise.
  if (covered[0] != kFrameVersion) return fail(ErrorCode::kFrameVersion);
  return Frame{covered[1], base::load_be<uint16_t>(&covered[2]), covered.subspan(kFrameHeaderSize)};
}

}  // namespace protocol
