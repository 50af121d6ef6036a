// How a device that has no network of its own reaches one server: it asks, the host at the other end of its serial
// line answers. One request at a time; the host executes each at most once. SPEC.md, section 9; relay.cddl.
//
// The bytes that pass are those of a TLS session between device and server. Nothing else here is protected.
#pragma once

#include "protocol/frame.h"

namespace protocol {

// Sizes in bytes.
inline constexpr size_t kMaxRelayData = 1024;  // of a transfer, each way
inline constexpr size_t kMaxRelayHost = 253;   // longest DNS name
inline constexpr size_t kMaxRelayText = 128;   // of a log event

enum class RelayOperation : uint8_t {
  kOpen = 1,      // connects; an open connection is closed first
  kTransfer = 2,  // sends data, then waits for data
  kClose = 3,     // sends data, then closes; done as well where nothing is open
  kLog = 4,       // tells the people at the host what happens
};

// What a device tells. Extend only; the same numbers as client::Observer::Event.
enum class RelayEvent : uint8_t {
  kAlreadyActivated = 0,
  kClockBehind = 1,
  kWaiting = 2,        // number: milliseconds until the next attempt
  kConnecting = 3,     // text: host; number: port
  kConnected = 4,      // text: version of TLS
  kAttemptFailed = 5,  // error, text
  kActivated = 6,      // number: seconds since 1970
};

struct RelayRequest {
  RelayOperation operation = RelayOperation::kTransfer;
  // open: the port (1 to 65535). transfer: how many bytes of data are wanted (0 to kMaxRelayData). log: see RelayEvent.
  uint64_t number = 0;
  // open: milliseconds for the connection. transfer: how long to wait where there is no data to give yet.
  uint32_t limit_ms = 0;
  uint8_t event = 0;   // log only: RelayEvent, or a later one
  uint16_t error = 0;  // log only: ErrorCode
  ByteView data;       // open: host name, a literal address without brackets. log: text. Any bytes: check before show.
};

// Status (an ErrorCode), 0 for success:
//   open: kNameResolution, kConnect, kTimeout.
//   transfer: kStreamEnd: the server closed in order, and all that it sent has been handed over; kIo: reset, or nothing
//   is open. Success with no data: none came within the time.
//   all: kCbor*, kUnsupported: the request was not understood.
struct RelayReply {
  uint16_t status = 0;
  ByteView data;  // transfer only
};

// kCbor* as in messages.h; kUnsupported: another operation; kBufferTooSmall.
[[nodiscard]] base::Status decode(ByteView bytes, RelayRequest& m);
[[nodiscard]] Result<ByteView> encode(const RelayRequest& m, MutableBytes out);
[[nodiscard]] base::Status decode(ByteView bytes, RelayReply& m);
[[nodiscard]] Result<ByteView> encode(const RelayReply& m, MutableBytes out);

// ---- device ----

inline constexpr size_t kMaxRelayRequestHead = 29;  // the encoding of a request in front of its data
inline constexpr size_t kMaxRelayReplyHead = 9;     // of a reply
// Where data begins in the room that its frame is built in.
inline constexpr size_t kRelayFrontRoom = kMaxRelayRequestHead + frame_front_room(kMaxRelayRequestHead + kMaxRelayData);
// Room for the frame of a request with up to `data` bytes; a FrameDecoder's buffer for a reply with as many.
[[nodiscard]] constexpr size_t relay_request_room(size_t data) { return frame_wire_size(kMaxRelayRequestHead + data); }
static_assert(relay_request_room(0) >= kRelayFrontRoom);
[[nodiscard]] constexpr size_t relay_reply_buffer_size(size_t data) {
  return frame_buffer_size(kMaxRelayReplyHead + data);
}

// The wire bytes of a request, built in place: one buffer instead of three. `m.data` must be the bytes of `room` from
// kRelayFrontRoom on; they are destroyed. kBufferTooSmall.
[[nodiscard]] Result<ByteView> encode_relay_frame(const RelayRequest& m, uint16_t sequence, MutableBytes room);

// ---- host ----

// The last request and the wire bytes of its reply.
class RelayReplyStore {
 public:
  // The stored reply, where `request` is the last request once more; empty: execute it. The device sends one request
  // at a time over a line that keeps the order, so an older one cannot come; and a device that was restarted may
  // begin with any number, so any other is taken.
  [[nodiscard]] ByteView repeated(const Frame& request) const;
  // Encodes the reply to `request`, keeps both and returns the wire bytes. kBufferTooSmall: more data than
  // kMaxRelayData.
  [[nodiscard]] Result<ByteView> store(const Frame& request, const RelayReply& reply);

 private:
  base::ByteArray<kMaxRelayRequestHead + kMaxRelayData> request_{};
  base::ByteArray<frame_wire_size(kMaxRelayReplyHead + kMaxRelayData)> wire_{};
  size_t request_size_ = 0;
  size_t wire_size_ = 0;
  uint16_t sequence_ = 0;
};

}  // namespace protocol
