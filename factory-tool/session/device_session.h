// The conversation with one device: moves the requester's bytes over a link, keeps the time limits, turns refusals
// into failures that name the step. No policy: that is the injector's and the verifier's.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "factory-tool/session/injector.h"
#include "factory-tool/transport/link.h"
#include "protocol/channel.h"
#include "protocol/requester.h"

namespace factory {

// What a device says of itself in clear; nothing in it is proved before the channel binds it.
struct DeviceInfo {
  std::string agent_version;
  std::string board;
  base::Bytes chip_id;
  protocol::Lifecycle lifecycle = protocol::Lifecycle::kAssemblyAndTest;
  bool has_trng = false;
  bool seeded = false;
  uint32_t free_bytes = 0;
  uint16_t max_payload = 0;
  uint8_t window = 0;
  std::optional<protocol::TransactionId> transaction;
  std::optional<protocol::BatchId> batch;
  uint32_t reset_cause = 0;
  std::optional<uint16_t> fault;
  uint8_t max_read_protection = 0;
  base::Bytes payload;  // the hello reply as it came, which the channel binds
};

// How far the chip is, as the channel said.
struct ChipState {
  std::optional<protocol::TransactionId> transaction;
  std::optional<protocol::Digest> seed_commitment;
  std::string serial;
  std::optional<protocol::PublicKey> public_key;
  std::optional<protocol::Digest> committed;
  std::vector<protocol::ItemTag> items;
};

// One command inside the channel.
struct SealedCommand {
  std::string step;  // for failures: "seed", "items"
  protocol::Command command{};
  base::SecretBuffer body;  // its encoded map
  // Takes the body of a successful reply, before that of any later command.
  std::function<base::Outcome<void>(base::ByteView body)> on_reply;
};

// Encodes a message for SealedCommand::body. kInvalidArgument: it does not fit.
template <typename Message>
base::Outcome<base::SecretBuffer> encode_body(const Message& message) {
  base::SecretBuffer buffer(protocol::kMaxNegotiatedPayload);
  const auto encoded = protocol::encode(message, buffer.span());
  if (!encoded) return base::failure_of(encoded.error(), "encoding a request");
  return base::SecretBuffer(*encoded);
}

class DeviceSession {
 public:
  // `limit`: how long to wait for a sign of progress before everything unanswered is sent again; `tries` in all.
  DeviceSession(Link& link, uint16_t first_sequence, std::chrono::milliseconds limit, int tries);

  // Errors of all: kNoAnswer, kLinkLost, kTimeout; the code of a refusal; kCbor* for an answer that makes no sense.
  base::Outcome<DeviceInfo> hello();
  base::Outcome<ChipState> open_channel(const DeviceInfo& device, const protocol::BatchBlock& batch,
                                        uint32_t station_key_id, const protocol::PublicKey& station_public);
  // The commands in order, as many at once as the device allows. Stops at the first that fails; what was sent
  // before it and answered has been handed to on_reply.
  base::Outcome<void> run(std::vector<SealedCommand>& commands);
  // On a locked unit: the receipt (COSE_Sign1) over `challenge`.
  base::Outcome<base::Bytes> attest(const protocol::Challenge& challenge);
  // In clear, on a locked unit.
  base::Outcome<void> reboot();

  // Room for the body of one sealed command.
  [[nodiscard]] size_t max_body() const;
  [[nodiscard]] LinkFigures figures() const;

 private:
  base::Outcome<protocol::Reply> wait_for_reply(const std::string& step);
  base::Outcome<base::Bytes> request(protocol::FrameType type, base::ByteView payload, const std::string& step);
  base::Outcome<void> submit(const SealedCommand& command);
  base::Outcome<void> take_reply(const SealedCommand& command, const protocol::Reply& reply);
  [[nodiscard]] std::string where(const std::string& step) const;

  Link& link_;
  std::chrono::milliseconds limit_;
  protocol::Requester requester_;
  protocol::Channel channel_;
  uint64_t bytes_sent_ = 0;
  uint64_t bytes_received_ = 0;
};

}  // namespace factory
