#include "tests/support/test_host.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "protocol/cose.h"
#include "protocol/digest.h"
#include "rot/well_known.h"

namespace test {

using base::Bytes;
using base::ByteView;
using base::ErrorCode;
using base::Status;
using protocol::Command;
using protocol::Frame;
using protocol::FrameType;

namespace {

template <typename Result>
auto must(Result result, const char* what) -> typename Result::value_type {
  if (!result) throw std::runtime_error(std::string(what) + ": " + std::string(base::error_name(result.error())));
  return *std::move(result);
}

void must(const Status& status, const char* what) {
  if (!status) throw std::runtime_error(std::string(what) + ": " + std::string(base::error_name(status.error())));
}

std::array<uint8_t, 3> header_of(uint8_t type, uint16_t sequence) {
  return {type, static_cast<uint8_t>(sequence >> 8), static_cast<uint8_t>(sequence)};
}

// The public key in a request made by the device: behind the fixed SubjectPublicKeyInfo of P-256.
base::Result<protocol::PublicKey> key_of_csr(ByteView csr) {
  static constexpr std::array<uint8_t, 13> kBeforePoint = {0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D,
                                                           0x03, 0x01, 0x07, 0x03, 0x42, 0x00};
  const auto at = std::search(csr.begin(), csr.end(), kBeforePoint.begin(), kBeforePoint.end());
  protocol::PublicKey key;
  if (static_cast<size_t>(csr.end() - at) < kBeforePoint.size() + key.size()) return base::fail(ErrorCode::kCsrInvalid);
  std::copy_n(at + kBeforePoint.size(), key.size(), key.begin());
  return key;
}

}  // namespace

Status TestRandom::generate(base::MutableBytes out) {
  for (size_t done = 0; done < out.size();) {
    std::array<uint8_t, 16> input;
    base::store_be(input.data(), seed_);
    base::store_be(input.data() + 8, counter_++);
    std::array<uint8_t, 32> block;
    size_t size = 0;
    if (psa_hash_compute(PSA_ALG_SHA_256, input.data(), input.size(), block.data(), block.size(), &size) != PSA_SUCCESS) {
      return base::fail(ErrorCode::kCrypto);
    }
    const size_t taken = std::min(block.size(), out.size() - done);
    std::copy_n(block.begin(), taken, out.begin() + static_cast<ptrdiff_t>(done));
    done += taken;
  }
  return {};
}

ScopedRandom::ScopedRandom(entropy::RandomSource* source) : before_(entropy::psa_random_source()) {
  entropy::set_psa_random_source(source);
}
ScopedRandom::~ScopedRandom() { entropy::set_psa_random_source(before_); }

TestStation::TestStation(uint64_t seed) : random(seed) {
  const ScopedRandom scope(&random);
  if (psa_crypto_init() != PSA_SUCCESS) throw std::runtime_error("psa_crypto_init");
  psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
  psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
  psa_set_key_bits(&attributes, 256);
  psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_DERIVE);
  psa_set_key_algorithm(&attributes, PSA_ALG_ECDH);
  size_t size = 0;
  if (psa_generate_key(&attributes, &key) != PSA_SUCCESS ||
      psa_export_public_key(key, public_key.data(), public_key.size(), &size) != PSA_SUCCESS) {
    throw std::runtime_error("the station's key");
  }
  if (!random.generate(batch.id) || !random.generate(batch.secret) || !batch.stations.push_back(public_key)) {
    throw std::runtime_error("the batch");
  }
}

TestStation::~TestStation() { psa_destroy_key(key); }

UnitPlan make_plan(uint64_t number) {
  UnitPlan plan;
  TestRandom random(number);
  must(random.generate(plan.transaction), "transaction");
  plan.serial = "TEST-" + std::to_string(number);
  // CN=<serial>: SEQUENCE { SET { SEQUENCE { OID 2.5.4.3, UTF8String } } }
  const auto text = static_cast<uint8_t>(plan.serial.size());
  plan.subject = {0x30, static_cast<uint8_t>(text + 11), 0x31, static_cast<uint8_t>(text + 9), 0x30,
                  static_cast<uint8_t>(text + 7), 0x06, 0x03, 0x55, 0x04, 0x03, 0x0C, text};
  plan.subject.insert(plan.subject.end(), plan.serial.begin(), plan.serial.end());
  const auto item = [&](std::string name, size_t size, uint8_t flags = protocol::kItemWriteOnce) {
    PlannedItem made{std::move(name), flags, Bytes(size)};
    must(random.generate(made.value), "item");
    plan.items.push_back(std::move(made));
  };
  item("mbed.EndpointName", 12);
  item("mbed.BootstrapServerURI", 33);
  item("mbed.BootstrapServerCACert", 410);
  item("mbed.CurrentTime", 8, 0);
  item("empty", 0);
  return plan;
}

std::vector<PlannedItem> final_items(const UnitPlan& plan, const protocol::PublicKey& key) {
  std::vector<PlannedItem> items = plan.items;
  Bytes certificate = base::to_bytes(base::as_bytes("certificate of " + plan.serial + ": "));
  for (int copy = 0; copy < 6; ++copy) certificate.insert(certificate.end(), key.begin(), key.end());
  items.push_back({std::string(rot::kCertificateItem), protocol::kItemWriteOnce, std::move(certificate)});
  return items;
}

protocol::Digest items_digest_of(const std::vector<PlannedItem>& items) {
  protocol::ItemsDigest all;
  for (const PlannedItem& item : items) {
    const auto one = must(protocol::item_digest(item.name, item.flags, item.value), "item digest");
    must(all.add(one), "items digest");
  }
  return must(all.finish(), "items digest");
}

bool TestHost::parse(ByteView wire, Frame& frame, Bytes& storage) {
  storage.assign(protocol::kMaxNegotiatedPayload + 16, 0);
  protocol::FrameDecoder decoder(storage);
  for (const uint8_t byte : wire) {
    const auto pushed = decoder.push(byte);
    if (pushed && pushed->has_value()) {
      frame = **pushed;
      return true;
    }
  }
  return false;
}

Bytes TestHost::next_wire(FrameType type, ByteView payload) {
  ++sequence;
  const auto raw_type = static_cast<uint8_t>(type);
  Bytes sealed(payload.size() + protocol::kTagSize);
  if (type == FrameType::kSealed) payload = must(channel.seal(header_of(raw_type, sequence), payload, sealed), "seal");
  Bytes wire(protocol::frame_wire_size(payload.size()));
  const ByteView encoded = must(protocol::encode_frame({raw_type, sequence, payload}, wire), "frame");
  wire.resize(encoded.size());
  return wire;
}

Bytes TestHost::exchange_raw(ByteView wire) {
  pipe_.send(wire);
  return pipe_.receive();
}

// Sends until the reply to the present sequence number is there; other frames are left over from earlier.
base::Result<Bytes> TestHost::reply_to(ByteView wire, uint8_t type) {
  Bytes storage(protocol::kMaxNegotiatedPayload + 16);
  protocol::FrameDecoder decoder(storage);
  for (int attempt = 0; attempt <= retransmissions; ++attempt) {
    pipe_.send(wire);
    for (Bytes got = pipe_.receive(); !got.empty(); got = pipe_.receive()) {
      for (const uint8_t byte : got) {
        const auto pushed = decoder.push(byte);
        if (!pushed || !pushed->has_value() || (*pushed)->sequence != sequence) continue;
        const Frame& frame = **pushed;
        if (frame.type == (type | protocol::kReplyBit)) return base::to_bytes(frame.payload);
        if (frame.type != (static_cast<uint8_t>(FrameType::kRefusal) | protocol::kReplyBit)) continue;
        protocol::Refusal refusal;
        BASE_TRY(protocol::decode(frame.payload, refusal));
        --sequence;  // it was not executed: its number is still the next
        return base::fail(static_cast<ErrorCode>(refusal.error));
      }
    }
  }
  return base::fail(ErrorCode::kTimeout);
}

base::Result<Bytes> TestHost::request(FrameType type, ByteView payload) {
  const Bytes wire = next_wire(type, payload);
  return reply_to(wire, static_cast<uint8_t>(type));
}

base::Result<protocol::HelloReply> TestHost::hello() {
  const ScopedRandom scope(&station_.random);
  Bytes buffer(64);
  protocol::HelloRequest hello;
  BASE_ASSIGN(const ByteView payload, protocol::encode(hello, buffer));
  auto answer = request(FrameType::kHello, payload);
  if (!answer && answer.error() == ErrorCode::kSequenceGap) {
    sequence = static_cast<uint16_t>(sequence + 1000);  // the number of the device's last hello, by chance
    answer = request(FrameType::kHello, payload);
  }
  BASE_ASSIGN(hello_payload_, std::move(answer));
  protocol::HelloReply reply;
  BASE_TRY(protocol::decode(hello_payload_, reply));
  chip_id_ = base::to_bytes(reply.chip_id);
  return reply;
}

base::Result<protocol::SessionState> TestHost::handshake() {
  channel.close();
  protocol::Initiator initiator;
  Bytes wire;
  {
    const ScopedRandom scope(&station_.random);
    base::SecretBytes<32> psk;
    protocol::HandshakeRequest request;
    BASE_TRY(protocol::derive_psk(station_.batch.secret, psk.span()));
    BASE_ASSIGN(request.station, protocol::station_id(station_.public_key));
    BASE_ASSIGN(const protocol::Digest prologue, protocol::channel_prologue(hello_payload_, request.station));
    Bytes message1(protocol::kNoiseMessage1Size);
    BASE_ASSIGN(request.noise,
                initiator.write_message1(station_.key, station_.public_key, psk.view(), prologue, message1));
    Bytes payload(256);
    BASE_ASSIGN(const ByteView encoded, protocol::encode(request, payload));
    wire = next_wire(FrameType::kHandshake, encoded);
  }
  BASE_ASSIGN(const Bytes answer, reply_to(wire, static_cast<uint8_t>(FrameType::kHandshake)));
  const ScopedRandom scope(&station_.random);
  protocol::HandshakeReply reply;
  BASE_TRY(protocol::decode(answer, reply));
  state_payload_.assign(answer.size(), 0);
  BASE_ASSIGN(const ByteView payload, initiator.read_message2(reply.noise, state_payload_, channel));
  protocol::SessionState state;
  BASE_TRY(protocol::decode(payload, state));
  return state;
}

base::Result<Bytes> TestHost::command(Command which, ByteView body) {
  if (!channel.is_open()) return base::fail(ErrorCode::kNoChannel);
  Bytes plaintext(body.size() + 16);
  protocol::CommandEnvelope envelope;
  envelope.command = which;
  envelope.body = body;
  BASE_ASSIGN(const ByteView encoded, protocol::encode(envelope, plaintext));
  BASE_ASSIGN(Bytes answer, request(FrameType::kSealed, encoded));
  const uint8_t type = static_cast<uint8_t>(FrameType::kSealed) | protocol::kReplyBit;
  BASE_ASSIGN(const ByteView opened, channel.open(header_of(type, sequence), answer, answer));
  protocol::ReplyEnvelope reply;
  BASE_TRY(protocol::decode(opened, reply));
  if (reply.error != 0) return base::fail(static_cast<ErrorCode>(reply.error));
  return base::to_bytes(reply.body);
}

base::Result<Bytes> TestHost::put_item(const PlannedItem& item) {
  constexpr size_t kPart = 700;
  base::Result<Bytes> last = Bytes();
  size_t offset = 0;
  do {
    protocol::PutRequest put;
    protocol::ItemPart part;
    part.name = item.name;
    part.flags = item.flags;
    part.total = static_cast<uint16_t>(item.value.size());
    part.offset = static_cast<uint16_t>(offset);
    part.data = ByteView(item.value).subspan(offset, std::min(kPart, item.value.size() - offset));
    if (!put.parts.push_back(part)) return base::fail(ErrorCode::kBadState);
    last = command(Command::kPut, put);
    offset += part.data.size();
  } while (last && offset < item.value.size());
  return last;
}

base::Result<protocol::PublicKey> TestHost::make_key(const UnitPlan& plan) {
  if (plan.private_key) {
    protocol::ImportKeyRequest import;
    import.private_key = *plan.private_key;
    BASE_ASSIGN(const Bytes body, command(Command::kImportKey, import));
    protocol::ImportKeyReply reply;
    BASE_TRY(protocol::decode(body, reply));
    return reply.public_key;
  }
  protocol::GenerateKeyRequest generate;
  generate.subject = plan.subject;
  BASE_ASSIGN(const Bytes body, command(Command::kGenerateKey, generate));
  protocol::GenerateKeyReply reply;
  BASE_TRY(protocol::decode(body, reply));
  return key_of_csr(reply.csr);
}

Status TestHost::check_receipt(ByteView receipt, const protocol::Challenge& challenge, const UnitPlan& plan,
                               const UnitRecord& record) {
  if (!record.public_key) return base::fail(ErrorCode::kReceiptInvalid);
  BASE_ASSIGN(const ByteView payload, protocol::cose_verify1(*record.public_key, protocol::kReceiptLabel, receipt));
  protocol::Receipt said;
  BASE_TRY(protocol::decode(payload, said));
  const auto items = final_items(plan, *record.public_key);
  const bool good = said.challenge == challenge && base::equal(said.chip_id, chip_id_) && said.serial == plan.serial && said.transaction == plan.transaction &&
                    said.items_digest == items_digest_of(items) && said.item_count == items.size() &&
                    said.public_key == *record.public_key && said.lifecycle == protocol::Lifecycle::kSecured &&
                    said.read_protection >= plan.read_protection;
  return good ? Status() : base::fail(ErrorCode::kReceiptInvalid);
}

Status TestHost::attest(const UnitPlan& plan, const UnitRecord& record) {
  protocol::AttestRequest attest;
  BASE_TRY(station_.random.generate(attest.challenge));
  Bytes buffer(64);
  BASE_ASSIGN(const ByteView payload, protocol::encode(attest, buffer));
  BASE_ASSIGN(const Bytes answer, request(FrameType::kAttest, payload));
  protocol::AttestReply reply;
  BASE_TRY(protocol::decode(answer, reply));
  return check_receipt(reply.receipt, attest.challenge, plan, record);
}

Status TestHost::inject(const UnitPlan& plan, UnitRecord& record) {
  BASE_ASSIGN(const protocol::HelloReply greeting, hello());
  if (greeting.fault) return base::fail(static_cast<ErrorCode>(*greeting.fault));
  if (greeting.lifecycle >= protocol::Lifecycle::kSecured) {
    BASE_TRY(attest(plan, record));
    record.provisioned = true;
    return {};
  }
  BASE_ASSIGN(const protocol::SessionState state, handshake());
  return run_stages(plan, record, state);
}

Status TestHost::run_stages(const UnitPlan& plan, UnitRecord& record, const protocol::SessionState& state) {
  if (!state.transaction) {
    base::SecretBytes<protocol::kSeedSize> seed;
    BASE_TRY(station_.random.generate(seed.span()));
    BASE_ASSIGN(const protocol::Digest commitment, protocol::seed_commitment(seed.view()));
    record.seed_commitments.push_back(commitment);  // before it is sent
    protocol::SeedRequest request;
    request.transaction = plan.transaction;
    request.seed = seed.view();
    BASE_TRY(command(Command::kSeed, request));
  } else {
    if (*state.transaction != plan.transaction) return base::fail(ErrorCode::kOtherTransaction);
    const auto& sent = record.seed_commitments;
    if (std::find(sent.begin(), sent.end(), *state.seed_commitment) == sent.end()) return base::fail(ErrorCode::kDigestMismatch);
  }

  if (state.serial.empty()) {
    protocol::BeginRequest begin;
    begin.transaction = plan.transaction;
    begin.serial = plan.serial;
    BASE_TRY(command(Command::kBegin, begin));
  } else if (state.serial != plan.serial) {
    return base::fail(ErrorCode::kOtherSerial);
  }

  if (!state.public_key || !record.public_key) {
    BASE_ASSIGN(const protocol::PublicKey key, make_key(plan));
    if (record.public_key && *record.public_key != key) return base::fail(ErrorCode::kKeyExists);
    if (state.public_key && *state.public_key != key) return base::fail(ErrorCode::kKeyExists);
    record.public_key = key;
  } else if (*state.public_key != *record.public_key) {
    return base::fail(ErrorCode::kKeyExists);
  }

  const auto items = final_items(plan, *record.public_key);
  const protocol::Digest digest = items_digest_of(items);
  if (!state.committed) {
    for (const PlannedItem& item : items) {
      const auto one = must(protocol::item_digest(item.name, item.flags, item.value), "item digest");
      const auto on_chip = [&](const protocol::ItemTag& tag) { return std::equal(tag.begin(), tag.end(), one.begin()); };
      if (std::any_of(state.items.begin(), state.items.end(), on_chip)) continue;
      BASE_TRY(put_item(item));
    }
    protocol::CommitRequest commit;
    commit.item_count = static_cast<uint16_t>(items.size());
    commit.digest = digest;
    BASE_TRY(command(Command::kCommit, commit));
  } else if (*state.committed != digest) {
    return base::fail(ErrorCode::kDigestMismatch);
  }
  record.committed = digest;
  if (!plan.lock) return {};

  protocol::LockRequest lock;
  BASE_TRY(station_.random.generate(lock.challenge));
  lock.read_protection = plan.read_protection;
  BASE_ASSIGN(const Bytes body, command(Command::kLock, lock));
  protocol::LockReply reply;
  BASE_TRY(protocol::decode(body, reply));
  BASE_TRY(check_receipt(reply.receipt, lock.challenge, plan, record));
  record.provisioned = true;
  return {};
}

}  // namespace test
