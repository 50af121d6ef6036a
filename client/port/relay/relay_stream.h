// A stream for a device whose only way out is a serial line: the host at its other end holds the connection and
// passes the bytes (`factory-tool relay`). TLS ends here, on the device; the host sees ciphertext.
#pragma once

#include "client/port.h"
#include "client/port/relay/serial.h"
#include "protocol/relay.h"

namespace client {

class RelayStream final : public Stream {
 public:
  // Bytes of data in a frame, each way: two buffers of this size are all the memory that a relay takes.
  static constexpr size_t kDataSize = 512;
  static constexpr uint32_t kWaitMs = 500;   // longest wait that the host is asked for; then it is asked anew
  static constexpr uint32_t kReplyMs = 500;  // beyond that, until a request is sent again

  // `first_sequence` numbers the first request: as different from one start of the device to the next as the board can
  // make it (a boot counter, a cycle counter), so that the host does not take a new request for one of the last life.
  RelayStream(Serial& serial, Clock& clock, uint16_t first_sequence)
      : serial_(serial), clock_(clock), sequence_(first_sequence) {}
  RelayStream(const RelayStream&) = delete;
  RelayStream& operator=(const RelayStream&) = delete;

  // As in port.h; the host looks up the name, and may refuse to follow it. kConnect, kNameResolution; kTimeout: also
  // when no host answers; kIo: the host's answer makes no sense.
  base::Status connect(std::string_view host, uint16_t port, uint32_t limit_ms) override;
  base::Result<size_t> read(base::MutableBytes out, uint32_t limit_ms) override;
  // Gathers what is written and sends it with the next read, or when the buffer is full: a flight of TLS is one
  // round trip. An error of the connection may therefore show one call later.
  base::Result<size_t> write(base::ByteView bytes, uint32_t limit_ms) override;
  // Sends what was gathered, within a second.
  void close() override;

  // Tells the people at the host; `text` is cut at kMaxLogText. kTimeout: nobody listens; kIo.
  static constexpr size_t kMaxLogText = 64;
  base::Status log(protocol::RelayEvent event, base::ErrorCode error, std::string_view text, uint64_t number,
                   uint32_t limit_ms);

 private:
  // kEnded: by the server. kBroken: the host may hold a connection, but something was lost on it.
  enum class State : uint8_t { kClosed, kOpen, kEnded, kBroken };

  base::Result<base::ByteView> exchange(const protocol::RelayRequest& request, base::MutableBytes room,
                                        base::MutableBytes reply_buffer, uint32_t limit_ms);
  uint32_t now_ms();
  base::Status send(protocol::RelayOperation operation, size_t wanted, uint32_t wait_ms, uint32_t limit_ms);

  Serial& serial_;
  Clock& clock_;
  uint16_t sequence_;
  State state_ = State::kClosed;
  size_t pending_ = 0;     // gathered bytes, from kRelayFrontRoom of room_ on
  base::ByteView unread_;  // in reply_
  base::ByteArray<protocol::relay_request_room(kDataSize)> room_{};
  base::ByteArray<protocol::relay_reply_buffer_size(kDataSize)> reply_{};
};

}  // namespace client
