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

// Where the session state is encoded in the scratch, in front of it the message that carries it.
constexpr size_t kStateAt = protocol::kMaxItemSize / 2;
static_assert(kMaxReply <= kStateAt);

constexpr uint8_t raw(FrameType type) { return static_cast<uint8_t>(type); }

// What a channel message is authenticated with: type and sequence number of its frame.
base::ByteArray<3> channel_header(uint8_t type, uint16_t sequence) {
  return {type, static_cast<uint8_t>(sequence >> 8), static_cast<uint8_t>(sequence)};
}

const protocol::PublicKey* find_station(const protocol::BatchBlock& batch, const protocol::StationId& wanted) {
  for (const protocol::PublicKey& key : batch.stations) {
    protocol::StationId id;
    protocol::station_id(key, id);
    if (id == wanted) return &key;
  }
  return nullptr;
}

}  // namespace

Session::Session(Core& core, Output& output) : core_(core), output_(output), decoder_(frame_), cache_(cache_storage_) {}

Session::~Session() {
  channel_.close();
  base::secure_wipe(frame_);
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
  ByteView reply;
  if (const Status executed = execute(frame, reply); !executed) {
    note(executed.error());
    return refuse(frame, executed.error());
  }
  if (type == raw(FrameType::kHello)) cache_.restart(sequence);
  const auto wire = cache_.store({static_cast<uint8_t>(type | protocol::kReplyBit), sequence, reply});
  if (!wire) return refuse(frame, wire.error());
  output_.write(*wire);
}

Status Session::execute(const Frame& frame, ByteView& reply) {
  switch (static_cast<FrameType>(frame.type)) {
    case FrameType::kHello:
      return hello(frame, reply);
    case FrameType::kHandshake:
      return handshake(frame, reply);
    case FrameType::kSealed:
      return sealed(frame, reply);
    case FrameType::kAttest:
      return attest(frame, reply);
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

Status Session::hello(const Frame& frame, ByteView& reply) {
  protocol::HelloRequest request;
  BASE_TRY(protocol::decode(frame.payload, request));
  if (request.version < protocol::kProtocolVersion) return base::fail(ErrorCode::kNoCommonVersion);
  if (request.max_payload < protocol::kMinNegotiatedPayload) return base::fail(ErrorCode::kUnsupported);

  protocol::HelloReply message;
  message.agent_version = kAgentVersion;
  message.board = core_.board.name();
  message.chip_id = core_.board.chip_id();
  message.has_trng = core_.board.trng() != nullptr;
  message.max_payload = std::min<uint16_t>(request.max_payload, kMaxPayload);
  message.window = static_cast<uint8_t>(protocol::ReplyCache::kWindow);
  message.reset_cause = core_.board.reset_cause();
  message.max_read_protection = core_.board.max_read_protection();
  if (core_.fault != ErrorCode::kOk) message.fault = static_cast<uint16_t>(core_.fault);
  // Of a store that could not be mounted nothing is known.
  if (core_.mounted) {
    message.lifecycle = static_cast<protocol::Lifecycle>(core_.rot.lifecycle());
    message.seeded = core_.generator.ready();
    message.free_bytes = static_cast<uint32_t>(core_.rot.free_bytes());
    SeedRecord seed;
    const auto found = read_record(core_.rot, seed);
    if (found && *found) message.transaction = seed.transaction;
  }
  protocol::BatchBlock batch;
  if (protocol::decode_batch_block(core_.board.batch_block(), batch)) message.batch = batch.id;
  base::secure_wipe(batch.secret);

  BASE_TRY(take_value(protocol::encode(message, reply_space()), reply));
  protocol::hello_digest(reply, hello_);
  return {};
}

Status Session::handshake(const Frame& frame, ByteView& reply) {
  BASE_TRY(may_work());
  protocol::HandshakeRequest request;
  BASE_TRY(protocol::decode(frame.payload, request));
  protocol::BatchBlock batch;
  const base::WipeOnExit wipe(batch.secret);
  BASE_TRY(protocol::decode_batch_block(core_.board.batch_block(), batch));
  return answer_handshake(request, batch, reply);
}

Status Session::answer_handshake(const protocol::HandshakeRequest& request, protocol::BatchBlock& batch,
                                 ByteView& reply) {
  const protocol::PublicKey* station = find_station(batch, request.station);
  if (station == nullptr) return base::fail(ErrorCode::kUnknownStation);
  base::SecretBytes<32> psk;
  BASE_TRY(protocol::derive_psk(batch.secret, psk.span()));
  protocol::Digest prologue;
  protocol::channel_prologue_of(hello_, request.station, prologue);
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

  ByteView state;
  BASE_TRY(session_state(state));
  channel_.close();
  const MutableBytes out = MutableBytes(core_.scratch).first(kStateAt);
  ByteView noise_message;
  if (core_.generator.ready() || !protocol::kCurveIsBlinded) {
    BASE_TRY(take_value(responder.write_message2(ephemeral.view(), state, out, channel_), noise_message));
  } else {
    ChannelBlinding blinding(ephemeral.view());
    BASE_TRY(take_value(responder.write_message2(ephemeral.view(), state, out, channel_), noise_message));
  }
  return take_value(protocol::encode(protocol::HandshakeReply{noise_message}, reply_space()), reply);
}

// How far the chip is, encoded into the second half of the scratch.
Status Session::session_state(ByteView& encoded) {
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
  return take_value(protocol::encode(state, core_.take_scratch().subspan(kStateAt)), encoded);
}

Status Session::attest(const Frame& frame, ByteView& reply) {
  if (!core_.is_locked()) return base::fail(ErrorCode::kNotLocked);
  if (core_.fault != ErrorCode::kOk) return base::fail(core_.fault);
  protocol::AttestRequest request;
  BASE_TRY(protocol::decode(frame.payload, request));
  // The receipt says "locked": a lock that failed half-way since the last start is finished first.
  BASE_TRY(complete_lock(core_));
  protocol::AttestReply message;
  BASE_ASSIGN(message.receipt,
              make_receipt(core_, request.challenge, core_.take_scratch().first(protocol::kMaxReceiptSize)));
  return take_value(protocol::encode(message, reply_space()), reply);
}

Status Session::clear_reboot() {
  // An unlocked unit restarts through its channel, unless a fault keeps it from having one.
  if (!core_.is_locked() && core_.fault == ErrorCode::kOk) return base::fail(ErrorCode::kNotLocked);
  reboot_ = true;
  return {};
}

Status Session::sealed(const Frame& frame, ByteView& reply) {
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
  protocol::ReplyEnvelope answer;
  Status done = protocol::decode(plaintext, envelope);
  if (done) {
    done = run_command(core_, envelope, answer.body);
    note(done.error());
    if (done && envelope.command == protocol::Command::kReboot) reboot_ = true;
  }
  answer.error = static_cast<uint16_t>(done.error());
  base::secure_wipe(plaintext_space);

  Result<ByteView> sealed = protocol::encode(answer, reply_space());
  if (sealed) sealed = channel_.seal(channel_header(reply_type, sequence), *sealed, reply_space());
  // Locked now: this reply was the channel's last. A reply that could not be made leaves the two ends out of step.
  if (!sealed || core_.is_locked()) channel_.close();
  return take_value(sealed, reply);
}

}  // namespace agent
