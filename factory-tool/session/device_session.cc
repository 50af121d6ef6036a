#include "factory-tool/session/device_session.h"

#include <algorithm>
#include <deque>

#include "factory-tool/session/advice.h"

namespace factory {
namespace {

using base::Bytes;
using base::ByteView;
using base::ErrorCode;
using base::failure;
using base::failure_of;
using base::Outcome;
using Clock = std::chrono::steady_clock;

// A reply that cannot be read: the frame was whole, so the other end speaks something else.
std::unexpected<base::Failure> unreadable(ErrorCode code, const std::string& step, const std::string& where) {
  return failure(code, "the answer to `" + step + "` makes no sense: " + std::string(base::error_text(code)), where,
                 "Check that agent and tool are of the same release.");
}

// [command, {map}] costs an array head, a command number and nothing more.
constexpr size_t kEnvelopeOverhead = 8;

}  // namespace

DeviceSession::DeviceSession(Link& link, uint16_t first_sequence, std::chrono::milliseconds limit, int tries)
    : link_(link), limit_(limit), requester_(first_sequence, tries) {}

std::string DeviceSession::where(const std::string& step) const { return "step " + step + " on " + link_.name(); }

size_t DeviceSession::max_body() const { return requester_.max_plaintext() - kEnvelopeOverhead; }

LinkFigures DeviceSession::figures() const {
  const auto& figures = requester_.figures();
  return {bytes_sent_, bytes_received_, figures.round_trips, figures.retries};
}

Outcome<protocol::Reply> DeviceSession::wait_for_reply(const std::string& step) {
  auto deadline = Clock::now() + limit_;
  while (true) {
    if (auto reply = requester_.next_reply()) return *reply;
    // All frames of the window in one write: a USB adapter pays for each.
    Bytes out;
    for (ByteView frame = requester_.pending_output(); !frame.empty(); frame = requester_.pending_output()) {
      out.insert(out.end(), frame.begin(), frame.end());
    }
    if (!out.empty()) {
      if (auto written = link_.write(out); !written) return std::unexpected(written.error());
      bytes_sent_ += out.size();
      deadline = Clock::now() + limit_;
    }
    // Bytes that complete no reply do not extend the wait: a line that only babbles must not hold the tool.
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() > 0) {
      BASE_ASSIGN(const Bytes in, link_.read(left));
      bytes_received_ += in.size();
      if (!in.empty()) requester_.receive(in);
    } else if (!requester_.on_timeout()) {
      return failure(
          ErrorCode::kNoAnswer, "the device does not answer `" + step + "`", where(step),
          "Check power, cable, port and baud rate, and that the agent runs; then run the same command again.");
    } else {
      deadline = Clock::now() + limit_;
    }
  }
}

Outcome<Bytes> DeviceSession::request(protocol::FrameType type, ByteView payload, const std::string& step) {
  if (auto sequence = requester_.submit(type, payload); !sequence) return failure_of(sequence.error(), where(step));
  BASE_ASSIGN(const protocol::Reply reply, wait_for_reply(step));
  if (reply.refusal) return std::unexpected(device_failure(reply.refusal->error, step, where(step)));
  return base::to_bytes(reply.payload);
}

Outcome<DeviceInfo> DeviceSession::hello() {
  channel_.close();
  uint8_t buffer[64];
  const protocol::HelloRequest message{.version = protocol::kProtocolVersion,
                                       .max_payload = static_cast<uint16_t>(protocol::kMaxNegotiatedPayload)};
  const auto encoded = protocol::encode(message, buffer);
  if (!encoded) return failure_of(encoded.error(), where("hello"));
  BASE_ASSIGN(Bytes payload, request(protocol::FrameType::kHello, *encoded, "hello"));
  protocol::HelloReply reply;
  if (auto decoded = protocol::decode(payload, reply); !decoded)
    return unreadable(decoded.error(), "hello", where("hello"));
  if (reply.version != protocol::kProtocolVersion) {
    return failure(ErrorCode::kNoCommonVersion,
                   "the device speaks protocol version " + std::to_string(reply.version) + ", this tool " +
                       std::to_string(protocol::kProtocolVersion),
                   where("hello"), advice_for(ErrorCode::kNoCommonVersion));
  }
  requester_.negotiate(reply.window, reply.max_payload);
  DeviceInfo info;
  info.agent_version = reply.agent_version;
  info.board = reply.board;
  info.chip_id = base::to_bytes(reply.chip_id);
  info.lifecycle = reply.lifecycle;
  info.has_trng = reply.has_trng;
  info.seeded = reply.seeded;
  info.free_bytes = reply.free_bytes;
  info.max_payload = reply.max_payload;
  info.window = reply.window;
  info.transaction = reply.transaction;
  info.batch = reply.batch;
  info.reset_cause = reply.reset_cause;
  info.fault = reply.fault;
  info.max_read_protection = reply.max_read_protection;
  info.payload = std::move(payload);
  return info;
}

Outcome<ChipState> DeviceSession::open_channel(const DeviceInfo& device, const protocol::BatchBlock& batch,
                                               uint32_t station_key_id, const protocol::PublicKey& station_public) {
  const std::string step = "channel";
  const auto local = [&](ErrorCode code) { return failure_of(code, where(step)); };
  const auto station = protocol::station_id(station_public);
  if (!station) return local(station.error());
  const auto prologue = protocol::channel_prologue(device.payload, *station);
  if (!prologue) return local(prologue.error());
  base::SecretBytes<32> psk;
  if (auto derived = protocol::derive_psk(batch.secret, psk.span()); !derived) return local(derived.error());

  protocol::Initiator initiator;
  uint8_t message1[protocol::kNoiseMessage1Size];
  const auto noise1 = initiator.write_message1(station_key_id, station_public, psk.view(), *prologue, message1);
  if (!noise1) return local(noise1.error());
  uint8_t buffer[protocol::kMinNegotiatedPayload];
  const auto encoded = protocol::encode(protocol::HandshakeRequest{.station = *station, .noise = *noise1}, buffer);
  if (!encoded) return local(encoded.error());
  BASE_ASSIGN(const Bytes payload, request(protocol::FrameType::kHandshake, *encoded, step));

  protocol::HandshakeReply reply;
  if (auto decoded = protocol::decode(payload, reply); !decoded) return unreadable(decoded.error(), step, where(step));
  Bytes plain(protocol::kMaxNegotiatedPayload);
  const auto opened = initiator.read_message2(reply.noise, plain, channel_);
  if (!opened) {
    return failure(opened.error(),
                   "the device's half of the handshake is wrong: another device, or someone on the line", where(step),
                   advice_for(ErrorCode::kHandshakeFailed));
  }
  protocol::SessionState state;
  if (auto decoded = protocol::decode(*opened, state); !decoded) return unreadable(decoded.error(), step, where(step));
  ChipState chip;
  chip.transaction = state.transaction;
  chip.seed_commitment = state.seed_commitment;
  chip.serial = state.serial;
  chip.public_key = state.public_key;
  chip.committed = state.committed;
  chip.items.assign(state.items.begin(), state.items.end());
  return chip;
}

Outcome<void> DeviceSession::submit(const SealedCommand& command) {
  base::SecretBuffer plain(protocol::kMaxNegotiatedPayload);
  const auto envelope = protocol::encode(protocol::CommandEnvelope{command.command, command.body.view()}, plain.span());
  if (!envelope) return failure_of(envelope.error(), where(command.step));
  if (auto sequence = requester_.submit_sealed(channel_, *envelope); !sequence) {
    return failure_of(sequence.error(), where(command.step));
  }
  return {};
}

Outcome<void> DeviceSession::take_reply(const SealedCommand& command, const protocol::Reply& reply) {
  if (reply.refusal) return std::unexpected(device_failure(reply.refusal->error, command.step, where(command.step)));
  Bytes plain(protocol::kMaxNegotiatedPayload);
  const auto opened = protocol::Requester::open_sealed(channel_, reply, plain);
  if (!opened) {
    return failure(opened.error(), "the answer to `" + command.step + "` does not belong to this channel",
                   where(command.step),
                   "Something changes bytes on the line. Check it, then run the same command again.");
  }
  protocol::ReplyEnvelope envelope;
  if (auto decoded = protocol::decode(*opened, envelope); !decoded) {
    return unreadable(decoded.error(), command.step, where(command.step));
  }
  if (envelope.error != 0) return std::unexpected(device_failure(envelope.error, command.step, where(command.step)));
  return command.on_reply ? command.on_reply(envelope.body) : Outcome<void>{};
}

Outcome<void> DeviceSession::run(std::vector<SealedCommand>& commands) {
  size_t submitted = 0;
  size_t answered = 0;
  Outcome<void> result;
  // After the first failure nothing new is sent, but the answers under way are taken: they say what the chip holds.
  while (answered < submitted || (result && submitted < commands.size())) {
    while (result && submitted < commands.size() && requester_.can_submit()) {
      if (auto sent = submit(commands[submitted]); !sent) {
        result = std::unexpected(sent.error());
        break;
      }
      ++submitted;
    }
    if (answered == submitted) break;
    auto reply = wait_for_reply(commands[answered].step);
    if (!reply) {
      if (result) result = std::unexpected(reply.error());
      break;
    }
    auto taken = take_reply(commands[answered], *reply);
    if (!taken && result) result = std::unexpected(taken.error());
    if (reply->refusal) break;  // no answer follows: the device executes nothing more
    ++answered;
  }
  return result;
}

Outcome<Bytes> DeviceSession::attest(const protocol::Challenge& challenge) {
  uint8_t buffer[protocol::kChallengeSize + 32];
  const auto encoded = protocol::encode(protocol::AttestRequest{challenge}, buffer);
  if (!encoded) return failure_of(encoded.error(), where("receipt"));
  BASE_ASSIGN(const Bytes payload, request(protocol::FrameType::kAttest, *encoded, "receipt"));
  protocol::AttestReply reply;
  if (auto decoded = protocol::decode(payload, reply); !decoded)
    return unreadable(decoded.error(), "receipt", where("receipt"));
  return base::to_bytes(reply.receipt);
}

Outcome<void> DeviceSession::reboot() {
  BASE_TRY(request(protocol::FrameType::kReboot, {}, "reboot"));
  return {};
}

}  // namespace factory
