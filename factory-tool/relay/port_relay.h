// The host's end of the relay for one device (protocol/SPEC.md, section 9): answers what it asks, holds its one TCP
// connection, passes on what it tells. It sees ciphertext only: TLS ends on the device and in the service.
#pragma once

#include <functional>
#include <optional>

#include "factory-tool/relay/tcp_connection.h"
#include "factory-tool/transport/link.h"
#include "protocol/relay.h"

namespace factory {

// What happened, for output. Texts are printable ASCII, whatever the device sent.
struct RelayNotice {
  // The device's: "already-activated", "clock-behind", "waiting", "connecting", "connected", "attempt-failed",
  // "activated", "unknown". The relay's: "opened", "open-failed", "closed".
  std::string event;
  std::string text;     // device: its text. opened, open-failed: the endpoint that it asked for
  uint64_t number = 0;  // device: as protocol::RelayEvent says
  base::ErrorCode error = base::ErrorCode::kOk;
  std::string detail;             // open-failed: why. An error number that this build does not know, in words
  uint64_t bytes_to_service = 0;  // closed
  uint64_t bytes_to_device = 0;
};

class PortRelay {
 public:
  using Notify = std::function<void(const RelayNotice&)>;

  // Connects to `to` alone, whatever the device asks for: a device must not choose where a factory's host connects.
  PortRelay(Link& link, Endpoint to, Notify notify);

  // Answers for at most `limit`. kLinkLost.
  base::Outcome<void> serve_for(std::chrono::milliseconds limit);

  // The device said that it is activated, now or before.
  [[nodiscard]] bool activated() const { return activated_; }
  // Frames of the relay came.
  [[nodiscard]] bool heard() const { return heard_; }
  [[nodiscard]] uint64_t bytes_received() const { return bytes_received_; }
  // Why the last attempt failed: what the service's end or the device said.
  [[nodiscard]] const std::optional<base::Failure>& last_problem() const { return last_problem_; }

 private:
  base::Outcome<void> answer(const protocol::Frame& frame);
  base::Outcome<void> send(base::ByteView wire);
  protocol::RelayReply execute(const protocol::RelayRequest& request);
  base::ErrorCode open(const protocol::RelayRequest& request);
  base::ErrorCode transfer(const protocol::RelayRequest& request);
  void close();
  void log(const protocol::RelayRequest& request);

  Link& link_;
  Endpoint to_;
  Notify notify_;
  base::Bytes buffer_;
  protocol::FrameDecoder decoder_;
  protocol::RelayReplyStore replies_;
  std::optional<TcpConnection> connection_;
  base::Bytes data_;  // of the reply under way
  uint64_t bytes_received_ = 0;
  uint64_t to_service_ = 0;
  uint64_t to_device_ = 0;
  bool heard_ = false;
  bool activated_ = false;
  std::optional<base::Failure> last_problem_;
};

}  // namespace factory
