#include "client/port/relay/relay_stream.h"

#include <algorithm>

namespace client {
namespace {

using base::ErrorCode;
using base::fail;
using protocol::FrameType;
using protocol::kRelayFrontRoom;
using protocol::RelayOperation;
using protocol::RelayRequest;

constexpr uint32_t kCloseMs = 1000;
// For the reply to a request that wants no data, with room for fields that a newer host adds.
constexpr size_t kShortReply = 48;

static_assert(RelayStream::kWaitMs + RelayStream::kReplyMs <= kMaxSerialWait);
static_assert(RelayStream::kDataSize >= protocol::kMaxRelayHost && RelayStream::kDataSize <= protocol::kMaxRelayData);

// Whatever else a host may say: the client takes some errors for a fault of the unit and gives up.
ErrorCode stream_error(uint16_t status) {
  const auto code = static_cast<ErrorCode>(status);
  const bool is_ours =
      code == ErrorCode::kStreamEnd || code == ErrorCode::kConnect || code == ErrorCode::kNameResolution;
  return is_ours ? code : ErrorCode::kIo;
}

}  // namespace

// Differences of it are right beyond its wrap, and no limit is near that.
uint32_t RelayStream::now_ms() { return static_cast<uint32_t>(clock_.monotonic_ms()); }

// Sends until the reply comes or the time is over; at least once. kTimeout; what stream_error() lets through.
base::Result<base::ByteView> RelayStream::exchange(const RelayRequest& request, base::MutableBytes room,
                                                   base::MutableBytes reply_buffer, uint32_t limit_ms) {
  const uint16_t sequence = sequence_++;
  BASE_ASSIGN(const base::ByteView wire, protocol::encode_relay_frame(request, sequence, room));
  protocol::FrameDecoder decoder(reply_buffer);
  const uint32_t start = now_ms();
  const uint32_t patience = std::min(request.limit_ms, kWaitMs) + kReplyMs;
  uint32_t passed = 0;
  do {
    serial_.write(wire);
    const uint32_t sent = passed;
    while ((passed = now_ms() - start) - sent < patience) {
      base::ByteArray<32> bytes;
      const size_t size = serial_.read(bytes, patience - (passed - sent));
      for (size_t i = 0; i < size; ++i) {
        const auto frame = decoder.push(bytes[i]);
        if (!frame || !*frame) continue;
        // A reply to what was sent twice may come late.
        if ((*frame)->type != protocol::reply_type(FrameType::kRelay) || (*frame)->sequence != sequence) continue;
        protocol::RelayReply reply;
        if (!protocol::decode((*frame)->payload, reply)) return fail(ErrorCode::kIo);
        if (reply.status != 0) return fail(stream_error(reply.status));
        return reply.data;
      }
    }
  } while (passed <= limit_ms);
  return fail(ErrorCode::kTimeout);
}

base::Status RelayStream::connect(std::string_view host, uint16_t port, uint32_t limit_ms) {
  if (host.empty() || host.size() > protocol::kMaxRelayHost) return fail(ErrorCode::kInvalidArgument);
  pending_ = 0;
  unread_ = {};
  state_ = State::kBroken;  // where the answer is lost the host may be connected
  const base::MutableBytes data = base::MutableBytes(room_).subspan(kRelayFrontRoom, host.size());
  base::copy(data, base::as_bytes(host));
  const RelayRequest request{.operation = RelayOperation::kOpen, .number = port, .limit_ms = limit_ms, .data = data};
  BASE_TRY(exchange(request, room_, reply_, limit_ms));
  state_ = State::kOpen;
  return {};
}

// Sends what was gathered and takes up to `wanted` bytes, which needs unread_ to be empty.
base::Status RelayStream::send(RelayOperation operation, size_t wanted, uint32_t wait_ms, uint32_t limit_ms) {
  const RelayRequest request{.operation = operation,
                             .number = wanted,
                             .limit_ms = wait_ms,
                             .data = base::ByteView(room_).subspan(kRelayFrontRoom, pending_)};
  pending_ = 0;
  base::ByteArray<kShortReply> short_reply;
  const auto data = exchange(request, room_, wanted != 0 ? base::MutableBytes(reply_) : short_reply, limit_ms);
  ErrorCode error = ErrorCode::kIo;
  if (!data) {
    error = data.error();
    if (error == ErrorCode::kStreamEnd) {
      state_ = State::kEnded;
      return {};
    }
  } else if (data->size() <= wanted) {
    if (wanted != 0) unread_ = *data;
    return {};
  }
  state_ = State::kBroken;  // something is lost, and nothing may follow it
  return fail(error);
}

base::Result<size_t> RelayStream::read(base::MutableBytes out, uint32_t limit_ms) {
  const uint32_t start = now_ms();
  while (unread_.empty()) {
    if (state_ == State::kEnded) return 0;
    if (state_ != State::kOpen) return fail(ErrorCode::kIo);
    const uint32_t passed = now_ms() - start;
    const uint32_t left = passed < limit_ms ? limit_ms - passed : 0;
    BASE_TRY(send(RelayOperation::kTransfer, kDataSize, std::min(left, kWaitMs), left));
    if (left == 0 && unread_.empty() && state_ == State::kOpen) return fail(ErrorCode::kTimeout);
  }
  const size_t size = std::min(out.size(), unread_.size());
  base::copy(out, unread_.first(size));
  unread_ = unread_.subspan(size);
  return size;
}

base::Result<size_t> RelayStream::write(base::ByteView bytes, uint32_t limit_ms) {
  if (state_ != State::kOpen) return fail(ErrorCode::kIo);
  if (pending_ == kDataSize) BASE_TRY(send(RelayOperation::kTransfer, 0, 0, limit_ms));
  const size_t size = std::min(bytes.size(), kDataSize - pending_);
  base::copy(base::MutableBytes(room_).subspan(kRelayFrontRoom + pending_), bytes.first(size));
  pending_ += size;
  return size;
}

void RelayStream::close() {
  if (state_ != State::kClosed) (void)send(RelayOperation::kClose, 0, 0, kCloseMs);
  unread_ = {};
  state_ = State::kClosed;
}

base::Status RelayStream::log(protocol::RelayEvent event, ErrorCode error, std::string_view text, uint64_t number,
                              uint32_t limit_ms) {
  // Its own room: room_ may hold bytes of the session that were not sent yet.
  base::ByteArray<protocol::relay_request_room(kMaxLogText)> room;
  base::ByteArray<kShortReply> reply;
  const base::ByteView shown = base::as_bytes(text.substr(0, kMaxLogText));
  base::copy(base::MutableBytes(room).subspan(kRelayFrontRoom), shown);
  const RelayRequest request{.operation = RelayOperation::kLog,
                             .number = number,
                             .event = static_cast<uint8_t>(event),
                             .error = static_cast<uint16_t>(error),
                             .data = base::ByteView(room).subspan(kRelayFrontRoom, shown.size())};
  BASE_TRY(exchange(request, room, reply, limit_ms));
  return {};
}

}  // namespace client
