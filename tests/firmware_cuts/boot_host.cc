#include "tests/firmware_cuts/boot_host.h"

#include "factory-tool/relay/port_relay.h"
#include "tests/bench/virtual_line.h"

namespace test {
namespace {

constexpr virtual_board::Time kLimit = 600 * virtual_board::kSecond;

// Hands on what the line says, and keeps the randoms of ClientHellos in it.
class Ear final : public factory::Link {
 public:
  Ear(factory::Link& line, std::set<base::Bytes>& randoms)
      : line_(line),
        randoms_(randoms),
        buffer_(protocol::frame_buffer_size(protocol::kMaxRelayRequestHead + protocol::kMaxRelayData)) {}

  base::Outcome<void> write(base::ByteView bytes) override { return line_.write(bytes); }
  base::Outcome<base::Bytes> read(std::chrono::milliseconds limit) override {
    BASE_ASSIGN(base::Bytes bytes, line_.read(limit));
    for (const uint8_t byte : bytes) {
      const auto frame = decoder_.push(byte);
      protocol::RelayRequest request;
      if (frame && *frame && protocol::decode((*frame)->payload, request)) hear(request);
    }
    return bytes;
  }
  std::string name() const override { return line_.name(); }

 private:
  // RFC 8446 section 4.1.2: a handshake record, which begins with the message's type, length and version.
  void hear(const protocol::RelayRequest& request) {
    constexpr size_t kRandomAt = 11;
    constexpr size_t kRandomSize = 32;
    const base::ByteView data = request.data;
    if (request.operation != protocol::RelayOperation::kTransfer || data.size() < kRandomAt + kRandomSize) return;
    if (data[0] != 0x16 || data[1] != 0x03 || data[5] != 0x01) return;
    const auto random = data.subspan(kRandomAt, kRandomSize);
    randoms_.emplace(random.begin(), random.end());
  }

  factory::Link& line_;
  std::set<base::Bytes>& randoms_;
  base::Bytes buffer_;
  protocol::FrameDecoder decoder_{buffer_};
};

}  // namespace

BootEnd host_first_boot(virtual_board::Board& board, uint16_t port) {
  BootEnd end;
  bool said = false;
  bench::VirtualLine line(board, 0);
  Ear ear(line, end.randoms);
  factory::PortRelay relay(ear, {"127.0.0.1", port}, [&](const factory::RelayNotice& notice) {
    if (notice.event == "activated" || notice.event == "already-activated") {
      said = true;
      end.how = notice.event == "activated" ? BootEnd::How::kActivated : BootEnd::How::kAlreadyActivated;
    } else if (!said) {
      end.trouble =
          notice.event + " " + std::string(base::error_name(notice.error)) + " " + notice.text + " " + notice.detail;
    }
  });
  const virtual_board::Time limit = board.now() + kLimit;
  while (!said && board.now() < limit) {
    const auto served = relay.serve_for(std::chrono::milliseconds(1));
    if (board.run(board.now()) == virtual_board::StopReason::kPowerLost) {
      end.how = BootEnd::How::kPowerLost;
      return end;
    }
    if (!served) {
      end.trouble = served.error().to_string();
      return end;
    }
  }
  // Nothing is left to write.
  if (said) (void)board.run(board.now() + virtual_board::kSecond);
  return end;
}

}  // namespace test
