// The agent as a whole: bytes and frames from the line, and commands as they come out of the channel, on a chip in
// any stage of its life. Whatever arrives, nothing is read or written out of bounds, a locked chip does
// not change, and what was committed stays until it is aborted.
//
// Input: the stage, then steps of {what, size high, size low, bytes}:
//   what % 3 == 0   bytes of the line as they are
//   what % 3 == 1   a frame: type, sequence number (2 bytes), payload
//   what % 3 == 2   a command: its number, its body
#include <psa/crypto.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "device-agent/src/commands.h"
#include "device-agent/src/items.h"
#include "device-agent/src/session.h"
#include "protocol/digest.h"
#include "rot/port/ram/ram_chip.h"
#include "rot/well_known.h"

namespace {

using base::ByteView;

constexpr base::ByteArray<12> kChipId = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
constexpr protocol::TransactionId kTransaction = {1, 2, 3};
// The empty Name.
constexpr base::ByteArray<2> kSubject = {0x30, 0x00};
constexpr std::string_view kItem = "item";
constexpr std::string_view kValue = "value of the item";

rot::ram::Chip& the_chip() {
  static rot::ram::Chip chip({{4096, 4096, 4096}, 4}, 1);
  return chip;
}

class FuzzBoard final : public device::Board {
 public:
  std::string_view name() const override { return "fuzz"; }
  ByteView chip_id() const override { return kChipId; }
  uint32_t reset_cause() const override { return 0; }
  rot::Otp& otp() override { return the_chip().otp(); }
  rot::Flash& flash() override { return the_chip().flash(); }
  const rot::Layout& layout() const override { return layout_; }
  entropy::Trng* trng() override { return nullptr; }
  entropy::NoiseSource* noise() override { return nullptr; }
  ByteView batch_block() const override { return block_; }
  base::Status wipe_batch_block() override {
    block_.fill(0);
    return {};
  }

 private:
  static base::ByteArray<protocol::kBatchBlockSize> make_block() {
    protocol::BatchBlock batch;
    base::ByteArray<protocol::kBatchBlockSize> block{};
    protocol::PublicKey station{0x04};
    if (!batch.stations.push_back(station) || !protocol::encode_batch_block(batch, block)) std::abort();
    return block;
  }
  rot::Layout layout_;
  base::ByteArray<protocol::kBatchBlockSize> block_ = make_block();
};

class Sink final : public agent::Output {
 public:
  void write(ByteView bytes) override {
    for (const uint8_t byte : bytes) sum_ = sum_ + byte;  // reads every byte, for the sanitizers
  }

 private:
  volatile unsigned sum_ = 0;
};

// What agent::Agent is made of, with its parts in reach.
struct Unit {
  Unit() {
    entropy::set_psa_random_source(&core.generator);
    if (psa_crypto_init() != PSA_SUCCESS || !core.rot.mount()) std::abort();
    core.mounted = true;
    rot::set_its_store(&core.rot);
    core.generator.attach(core.seed_store, core.board.chip_id(), nullptr, nullptr);
    if (const auto started = core.generator.start(); !started && started.error() != base::ErrorCode::kUnseeded)
      std::abort();
  }
  ~Unit() {
    psa_purge_key(rot::kIdentityKeyId);
    entropy::set_psa_random_source(nullptr);
    rot::set_its_store(nullptr);
  }
  Unit(const Unit&) = delete;
  Unit& operator=(const Unit&) = delete;

  template <typename Request>
  void must(protocol::Command command, const Request& request) {
    base::ByteArray<2048> body;
    const auto encoded = protocol::encode(request, body);
    protocol::CommandEnvelope envelope;
    envelope.command = command;
    if (!encoded) std::abort();
    envelope.body = *encoded;
    ByteView reply;
    if (!agent::run_command(core, envelope, reply)) std::abort();
  }

  FuzzBoard board;
  Sink sink;
  agent::Core core{board};
  agent::Session session{core, sink};
};

enum Stage : uint8_t { kBlank, kSeeded, kBegun, kKeyed, kWithItem, kCommitted, kLocked, kStages };

void advance(Unit& unit, Stage stage) {
  using protocol::Command;
  switch (stage) {
    case kSeeded: {
      protocol::SeedRequest request;
      const base::ByteArray<protocol::kSeedSize> seed{5};
      request.transaction = kTransaction;
      request.seed = seed;
      return unit.must(Command::kSeed, request);
    }
    case kBegun: {
      protocol::BeginRequest request;
      request.transaction = kTransaction;
      request.serial = "SN-1";
      return unit.must(Command::kBegin, request);
    }
    case kKeyed: {
      protocol::GenerateKeyRequest request;
      request.subject = kSubject;
      return unit.must(Command::kGenerateKey, request);
    }
    case kWithItem: {
      protocol::PutRequest request;
      protocol::ItemPart part;
      part.name = kItem;
      part.flags = protocol::kItemWriteOnce;
      part.total = kValue.size();
      part.data = base::as_bytes(kValue);
      if (!request.parts.push_back(part)) std::abort();
      return unit.must(Command::kPut, request);
    }
    case kCommitted: {
      agent::ItemsSummary held;
      if (!agent::digest_items(unit.core, held)) std::abort();
      protocol::CommitRequest request;
      request.item_count = held.count;
      request.digest = held.digest;
      return unit.must(Command::kCommit, request);
    }
    case kLocked:
      return unit.must(Command::kLock, protocol::LockRequest{});
    case kBlank:
    case kStages:
      return;
  }
}

const std::array<rot::ram::Image, kStages>& images() {
  static const std::array<rot::ram::Image, kStages> all = [] {
    std::array<rot::ram::Image, kStages> made;
    for (uint8_t i = 0; i < kStages; ++i) {
      Unit unit;
      advance(unit, static_cast<Stage>(i));
      made[i] = the_chip().snapshot();
    }
    return made;
  }();
  return all;
}

void send_frame(Unit& unit, ByteView bytes) {
  if (bytes.size() < 3 || bytes.size() - 3 > agent::kMaxPayload) return;
  static base::ByteArray<protocol::frame_wire_size(agent::kMaxPayload)> wire;
  const auto encoded = protocol::encode_frame({bytes[0], base::load_be<uint16_t>(&bytes[1]), bytes.subspan(3)}, wire);
  if (!encoded) std::abort();
  unit.session.receive(*encoded);
}

// Whether it was an abort that worked.
bool run(Unit& unit, ByteView bytes) {
  if (bytes.empty()) return false;
  // A copy of the exact size, so that a read past the body is seen.
  const std::unique_ptr<uint8_t[]> body(new uint8_t[bytes.size() - 1]);
  std::copy(bytes.begin() + 1, bytes.end(), body.get());
  protocol::CommandEnvelope envelope;
  envelope.command = static_cast<protocol::Command>(bytes[0]);
  envelope.body = ByteView(body.get(), bytes.size() - 1);
  ByteView reply;
  return agent::run_command(unit.core, envelope, reply) && envelope.command == protocol::Command::kAbort;
}

void check_unchanged(const rot::ram::Image& before) {
  const rot::ram::Image& now = the_chip().image();
  if (now.otp != before.otp) std::abort();
  for (size_t i = 0; i < before.sectors.size(); ++i) {
    if (now.sectors[i].data != before.sectors[i].data) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const auto stage = static_cast<Stage>(data[0] % kStages);
  the_chip().restore(images()[stage]);
  Unit unit;
  const rot::ram::Image before = the_chip().snapshot();  // the start stored the successor of the seed
  bool aborted = false;
  for (ByteView rest = ByteView(data, size).subspan(1); rest.size() >= 3;) {
    const uint8_t what = rest[0];
    const size_t length = std::min<size_t>(base::load_be<uint16_t>(&rest[1]), rest.size() - 3);
    const ByteView bytes = rest.subspan(3, length);
    rest = rest.subspan(3 + length);
    if (what % 3 == 0) unit.session.receive(bytes);
    if (what % 3 == 1) send_frame(unit, bytes);
    if (what % 3 == 2) aborted |= run(unit, bytes);
  }
  if (stage == kLocked) check_unchanged(before);
  if (stage == kCommitted && !aborted) {
    base::ByteArray<64> value;
    const auto found = unit.core.rot.get_item(kItem, value);
    if (!found || base::as_text(ByteView(value).first(*found)) != kValue) std::abort();
  }
  return 0;
}
