#include "device-agent/src/session.h"

#include <algorithm>

#include "device-agent/src/channel_blinding.h"
#include "device-agent/src/commands.h"
#include "device-agent/src/items.h"
#include "device-agent/src/locking.h"
#include "device-agent/src/receipt.h"
#include "device-agent/src/records.h"
#include "device-agent/src/version.h"

namespace agent {

using base::ByteView;
using base::ErrorCode;
using base::MutableBytes;
using base::Result;
using base::Status;
using protocol::Frame;
using protocol::FrameType;

namespace {

constexpr uint8_t raw(FrameType type) { return static_cast<uint8_t>(type); }

// What a channel message is authenticated with: type and sequence number of its frame.
base::ByteArray<3> channel_header(uint8_t type, uint16_t sequence) {
  return {type, static_cast<uint8_t>(sequence >> 8), static_cast<uint8_t>(sequence)};
}

const protocol::PublicKey* find_station(const protocol::BatchBlock& batch, const protocol::StationId& wanted) {
  for (const protocol::PublicKey& key : batch.stations) {
    const auto id = protocol::station_id(key);
    if (id && *id == wanted) return &key;
  }
  return nullptr;
}

}  // namespace

Session::Session(Core& core, Output& output) : core_(core), output_(output), decoder_(frame_), cache_(cache_storage_) {}

Session::~Session() {
  channel_.close();
  base::secure_wipe(frame_);
  base::secure_wipe(reply_);
}

void Session::receive(ByteView bytes) {
  for (const uint8_t byte : bytes) {
    if (reboot_) return;
    // A frame that cannot be read is dropped: the host sends it again.
    auto frame = decoder_.push(byte);
    if (frame && frame->has_value()) take(**frame);
  }
}

void Session::take(const Frame& frame) {
  if ((frame.type & protocol::kReplyBit) != 0) return;  // our own, from a line that echoes
  switch (cache_.classify(frame)) {
    case protocol::ReplyCache::Verdict::kExecute:
      break;
    case protocol::ReplyCache::Verdict::kRepeat:
      return output_.write(cache_.stored(frame.sequence));
    case protocol::ReplyCache::Verdict::kSkipAhead:  // before a hello as well
      return refuse(frame, ErrorCode::kSequenceGap);
    case protocol::ReplyCache::Verdict::kTooOld:
      return;  // a late copy, whose reply the host has
  }
  const uint8_t type = frame.type;
  const uint16_t sequence = frame.sequence;
  const Reply reply = execute(frame);
  if (!reply) {
    note(reply.error());
    return refuse(frame, reply.error());
  }
  if (type == raw(FrameType::kHello)) cache_.restart(sequence);
  const auto wire = cache_.store({static_cast<uint8_t>(type | protocol::kReplyBit), sequence, *reply});
  if (!wire) return refuse(frame, wire.error());
  output_.write(*wire);
}

Session::Reply Session::execute(const Frame& frame) {
  switch (static_cast<FrameType>(frame.type)) {
    case FrameType::kHello:
      return hello(frame);
    case FrameType::kHandshake:
      return handshake(frame);
    case FrameType::kSealed:
      return sealed(frame);
    case FrameType::kAttest:
      return attest(frame);
    case FrameType::kReboot:
      return clear_reboot();
    case FrameType::kRefusal:
    case FrameType::kRelay:  // a client of ours asks; an agent never answers
      break;
  }
  return base::fail(ErrorCode::kUnknownFrameType);
}

void Session::refuse(const Frame& frame, ErrorCode error) {
  protocol::Refusal refusal;
  refusal.error = static_cast<uint16_t>(error);
  refusal.expected_sequence = cache_.expected();
  base::ByteArray<16> payload;
  const auto encoded = protocol::encode(refusal, payload);
  if (!encoded) return;
  base::ByteArray<protocol::frame_wire_size(16)> wire;
  const auto bytes =
      protocol::encode_frame({raw(FrameType::kRefusal) | protocol::kReplyBit, frame.sequence, *encoded}, wire);
  if (bytes) output_.write(*bytes);
}

// The lock before anything else, then the fault of the start-up.
Status Session::may_work() const {
  if (core_.is_locked()) return base::fail(ErrorCode::kUnitLocked);
  if (core_.fault != ErrorCode::kOk) return base::fail(core_.fault);
  return {};
}

// A store that closed itself after a failed write stays closed until the next start: that is the unit's fault from
// here on, so that `hello` tells it and a restart in clear is taken.
void Session::note(ErrorCode error) {
  if (error == ErrorCode::kNotMounted && core_.fault == ErrorCode::kOk) core_.fault = error;
}

Session::Reply Session::hello(const Frame& frame) {
  protocol::HelloRequest request;
  BASE_TRY(protocol::decode(frame.payload, request));
  if (request.version < protocol::kProtocolVersion) return base::fail(ErrorCode::kNoCommonVersion);
  if (request.max_payload < protocol::kMinNegotiatedPayload) return base::fail(ErrorCode::kUnsupported);

  protocol::HelloReply reply;
  reply.agent_version = kAgentVersion;
  reply.board = core_.board.name();
  reply.chip_id = core_.board.chip_id();
  reply.has_trng = core_.board.trng() != nullptr;
  reply.max_payload = std::min<uint16_t>(request.max_payload, kMaxPayload);
  reply.window = static_cast<uint8_t>(protocol::ReplyCache::kWindow);
  reply.reset_cause = core_.board.reset_cause();
  reply.max_read_protection = core_.board.max_read_protection();
  if (core_.fault != ErrorCode::kOk) reply.fault = static_cast<uint16_t>(core_.fault);
  // Of a store that could not be mounted nothing is known.
  if (core_.mounted) {
    reply.lifecycle = static_cast<protocol::Lifecycle>(core_.rot.lifecycle());
    reply.seeded = core_.generator.ready();
    reply.free_bytes = static_cast<uint32_t>(core_.rot.free_bytes());
    SeedRecord seed;
    const auto found = read_record(core_.rot, seed);
    if (found && *found) reply.transaction = seed.transaction;
  }
  protocol::BatchBlock batch;
  if (protocol::decode_batch_block(core_.board.batch_block(), batch)) reply.batch = batch.id;
  base::secure_wipe(batch.secret);

  const auto encoded = protocol::encode(reply, hello_);
  hello_size_ = encoded ? encoded->size() : 0;
  return encoded;
}

Session::Reply Session::handshake(const Frame& frame) {
  BASE_TRY(may_work());
  protocol::HandshakeRequest request;
  BASE_TRY(protocol::decode(frame.payload, request));
  protocol::BatchBlock batch;
  const base::WipeOnExit wipe(batch.secret);
  BASE_TRY(protocol::decode_batch_block(core_.board.batch_block(), batch));
  return answer_handshake(request, batch);
}

Session::Reply Session::answer_handshake(const protocol::HandshakeRequest& request, protocol::BatchBlock& batch) {
  const protocol::PublicKey* station = find_station(batch, request.station);
  if (station == nullptr) return base::fail(ErrorCode::kUnknownStation);
  base::SecretBytes<32> psk;
  BASE_TRY(protocol::derive_psk(batch.secret, psk.span()));
  BASE_ASSIGN(const protocol::Digest prologue,
              protocol::channel_prologue(ByteView(hello_).first(hello_size_), request.station));
  protocol::Responder responder;
  BASE_TRY(responder.read_message1(request.noise, *station, psk.view(), prologue));
  psk.wipe();

  // The host knows the batch secret: a session counter may be spent. It is on the chip before the ephemeral exists.
  BASE_ASSIGN(const uint64_t last, core_.rot.get_state_u64(rot::StateId::kSessionCount));
  if (last == UINT64_MAX) return base::fail(ErrorCode::kSessionLimit);
  BASE_TRY(core_.rot.put_state_u64(rot::StateId::kSessionCount, last + 1));

  // Fresh randomness where the chip has any; else whatever the board can give.
  base::SecretBytes<32> noise;
  size_t noise_size = 0;
  if (core_.generator.ready()) {
    BASE_TRY(core_.generator.generate(noise.span()));
    noise_size = noise.size();
  } else if (core_.board.noise() != nullptr) {
    noise_size = core_.board.noise()->collect(noise.span());
  }
  base::SecretBytes<protocol::kPrivateKeySize> ephemeral;
  BASE_TRY(protocol::derive_device_ephemeral(batch.secret, core_.board.chip_id(), last + 1, request.noise,
                                             ByteView(noise.view()).first(noise_size), ephemeral.span()));
  base::secure_wipe(batch.secret);

  BASE_ASSIGN(const ByteView state, session_state());
  channel_.close();
  const MutableBytes scratch = core_.take_scratch();
  Result<ByteView> noise_message = base::fail(ErrorCode::kCrypto);
  if (core_.generator.ready() || !protocol::kCurveIsBlinded) {
    noise_message = responder.write_message2(ephemeral.view(), state, scratch, channel_);
  } else {
    ChannelBlinding blinding(ephemeral.view());
    noise_message = responder.write_message2(ephemeral.view(), state, scratch, channel_);
  }
  if (!noise_message) return base::fail(noise_message.error());
  protocol::HandshakeReply reply;
  reply.noise = *noise_message;
  return protocol::encode(reply, reply_);
}

// How far the chip is, encoded into reply_.
Result<ByteView> Session::session_state() {
  protocol::SessionState state;
  SeedRecord seed;
  TransactionRecord transaction;
  KeyRecord key;
  CommitRecord commit;
  BASE_ASSIGN(const bool seeded, read_record(core_.rot, seed));
  if (seeded) {
    state.transaction = seed.transaction;
    state.seed_commitment = seed.commitment;
  }
  BASE_ASSIGN(const bool begun, read_record(core_.rot, transaction));
  if (begun) state.serial = transaction.serial();
  BASE_ASSIGN(const bool keyed, read_record(core_.rot, key));
  if (keyed) state.public_key = key.public_key;
  BASE_ASSIGN(const bool committed, read_record(core_.rot, commit));
  if (committed) state.committed = commit.digest;
  BASE_TRY(list_item_tags(core_, state.items));
  core_.item_count = static_cast<uint16_t>(state.items.size());
  return protocol::encode(state, reply_);
}

Session::Reply Session::attest(const Frame& frame) {
  if (!core_.is_locked()) return base::fail(ErrorCode::kNotLocked);
  if (core_.fault != ErrorCode::kOk) return base::fail(core_.fault);
  protocol::AttestRequest request;
  BASE_TRY(protocol::decode(frame.payload, request));
  // The receipt says "locked": a lock that failed half-way since the last start is finished first.
  BASE_TRY(complete_lock(core_));
  protocol::AttestReply reply;
  BASE_ASSIGN(reply.receipt,
              make_receipt(core_, request.challenge, core_.take_scratch().first(protocol::kMaxReceiptSize)));
  return protocol::encode(reply, reply_);
}

Session::Reply Session::clear_reboot() {
  // An unlocked unit restarts through its channel, unless a fault keeps it from having one.
  if (!core_.is_locked() && core_.fault == ErrorCode::kOk) return base::fail(ErrorCode::kNotLocked);
  reboot_ = true;
  return ByteView();
}

Session::Reply Session::sealed(const Frame& frame) {
  BASE_TRY(may_work());
  const uint8_t reply_type = frame.type | protocol::kReplyBit;
  const uint16_t sequence = frame.sequence;
  // The payload lies in frame_: it is decrypted in its place.
  const MutableBytes plaintext_space =
      MutableBytes(frame_).subspan(static_cast<size_t>(frame.payload.data() - frame_.data()), frame.payload.size());
  BASE_ASSIGN(const ByteView plaintext,
              channel_.open(channel_header(frame.type, sequence), frame.payload, plaintext_space));

  // The message counts as received from here on: whatever happens is told inside the channel.
  protocol::CommandEnvelope envelope;
  CommandReply body = base::fail(ErrorCode::kOk);
  if (auto decoded = protocol::decode(plaintext, envelope); decoded) {
    body = run_command(core_, envelope);
    if (!body) note(body.error());
    if (body && envelope.command == protocol::Command::kReboot) reboot_ = true;
  } else {
    body = base::fail(decoded.error());
  }
  base::secure_wipe(plaintext_space);

  protocol::ReplyEnvelope reply;
  if (body) {
    reply.body = *body;
  } else {
    reply.error = static_cast<uint16_t>(body.error());
  }
  Reply answer = protocol::encode(reply, reply_);
  if (answer) answer = channel_.seal(channel_header(reply_type, sequence), *answer, frame_);
  // Locked now: this reply was the channel's last. A reply that could not be made leaves the two ends out of step.
  if (!answer || core_.is_locked()) channel_.close();
  return answer;
}

}  // namespace agent
