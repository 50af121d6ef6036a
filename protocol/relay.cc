#include "protocol/relay.h"

#include "protocol/cbor.h"

namespace protocol {
namespace {

using base::ErrorCode;
using base::fail;
using base::Status;

constexpr auto kMap = CborReader::Container::kMap;
constexpr uint8_t kDataKey = 6;

// Everything in front of the data. Keys ascend, and the data comes last so that it can lie where it is.
void write_head(CborWriter& w, const RelayRequest& m) {
  const bool is_log = m.operation == RelayOperation::kLog;
  w.map(is_log ? 6 : 4);
  w.field(1, static_cast<uint8_t>(m.operation));
  w.field(2, m.number);
  w.field(3, m.limit_ms);
  if (is_log) {
    w.field(4, m.event);
    w.field(5, m.error);
  }
  w.key(kDataKey);
}

Status check_bounds(const RelayRequest& m) {
  switch (m.operation) {
    case RelayOperation::kOpen: {
      const bool is_port = m.number >= 1 && m.number <= 65535;
      if (is_port && !m.data.empty() && m.data.size() <= kMaxRelayHost) return {};
      break;
    }
    case RelayOperation::kTransfer:
      if (m.number <= kMaxRelayData) return {};
      break;
    case RelayOperation::kClose:
      return {};
    case RelayOperation::kLog:
      if (m.data.size() <= kMaxRelayText) return {};
      break;
  }
  return fail(ErrorCode::kCborFieldType);
}

}  // namespace

Result<ByteView> encode(const RelayRequest& m, MutableBytes out) {
  CborWriter w(out);
  write_head(w, m);
  w.value(m.data);
  return w.finish();
}

Status decode(ByteView bytes, RelayRequest& m) {
  m = {};
  CborReader r(bytes, kMap);
  uint8_t operation = 0;
  r.uint(1, operation);
  if (!r.failed() && (operation < 1 || operation > static_cast<uint8_t>(RelayOperation::kLog))) {
    return fail(ErrorCode::kUnsupported);
  }
  m.operation = static_cast<RelayOperation>(operation);
  r.uint(2, m.number);
  r.uint(3, m.limit_ms);
  if (m.operation == RelayOperation::kLog) {
    r.uint(4, m.event);
    r.uint(5, m.error);
  }
  r.bytes(kDataKey, m.data, 0, kMaxRelayData);
  BASE_TRY(r.finish());
  return check_bounds(m);
}

Result<ByteView> encode(const RelayReply& m, MutableBytes out) {
  CborWriter w(out);
  w.map(2);
  w.field(1, m.status);
  w.field(2, m.data);
  return w.finish();
}

Status decode(ByteView bytes, RelayReply& m) {
  m = {};
  CborReader r(bytes, kMap);
  r.uint(1, m.status);
  r.bytes(2, m.data, 0, kMaxRelayData);
  return r.finish();
}

Result<ByteView> encode_relay_frame(const RelayRequest& m, uint16_t sequence, MutableBytes room) {
  if (room.size() < relay_request_room(m.data.size())) return fail(ErrorCode::kBufferTooSmall);
  base::ByteArray<kMaxRelayRequestHead> head;
  CborWriter w(head);
  write_head(w, m);
  BASE_ASSIGN(const ByteView fields, w.finish());
  w.value(uint64_t{m.data.size()});
  BASE_ASSIGN(const ByteView all, w.finish());
  head[fields.size()] |= 0x40;  // a byte string's head is that of its length with another major type
  const size_t head_size = all.size();
  const size_t start = kRelayFrontRoom - head_size;
  base::copy(room.subspan(start), ByteView(head).first(head_size));
  const ByteView payload = ByteView(room).subspan(start, head_size + m.data.size());
  return encode_frame({static_cast<uint8_t>(FrameType::kRelay), sequence, payload}, room);
}

ByteView RelayReplyStore::repeated(const Frame& request) const {
  const bool same = wire_size_ != 0 && request.sequence == sequence_ &&
                    base::equal(request.payload, ByteView(request_).first(request_size_));
  return ByteView(wire_).first(same ? wire_size_ : 0);
}

Result<ByteView> RelayReplyStore::store(const Frame& request, const RelayReply& reply) {
  base::ByteArray<kMaxRelayReplyHead + kMaxRelayData> payload;
  BASE_ASSIGN(const ByteView encoded, encode(reply, payload));
  const Frame frame{reply_type(FrameType::kRelay), request.sequence, encoded};
  wire_size_ = 0;  // of a request that does not fit nothing is kept
  BASE_ASSIGN(const ByteView wire, encode_frame(frame, wire_));
  if (request.payload.size() <= request_.size()) {
    base::copy(request_, request.payload);
    request_size_ = request.payload.size();
    sequence_ = request.sequence;
    wire_size_ = wire.size();
  }
  return wire;
}

}  // namespace protocol
