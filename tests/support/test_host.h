// A host for tests of the agent: speaks the protocol over any byte pipe, performs a whole injection and takes
// it up again wherever it was cut. It keeps no registry and issues no certificates: a "certificate" is plain
// bytes made from serial and key, which the device does not look into.
#pragma once

#include <psa/crypto.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/host/bytes_host.h"
#include "entropy/device/random_source.h"
#include "protocol/batch_block.h"
#include "protocol/channel.h"
#include "protocol/frame.h"
#include "protocol/messages.h"

namespace test {

// One end of a line.
class BytePipe {
 public:
  virtual ~BytePipe() = default;
  virtual void send(base::ByteView bytes) = 0;
  // What came since the last call; empty: nothing within the pipe's own time limit, or the peer is gone.
  virtual base::Bytes receive() = 0;
};

// Deterministic bytes for the host's half of a test: SHA-256 in counter mode over a number.
class TestRandom final : public entropy::RandomSource {
 public:
  explicit TestRandom(uint64_t seed) : seed_(seed) {}
  base::Status generate(base::MutableBytes out) override;

 private:
  uint64_t seed_;
  uint64_t counter_ = 0;
};

// PSA draws from `source` while this lives. Host and agent of a test share one process and one PSA, but must
// not share a generator.
class ScopedRandom {
 public:
  explicit ScopedRandom(entropy::RandomSource* source);
  ~ScopedRandom();
  ScopedRandom(const ScopedRandom&) = delete;
  ScopedRandom& operator=(const ScopedRandom&) = delete;

 private:
  entropy::RandomSource* before_;
};

// A station: its key pair in PSA, and a batch that knows it.
class TestStation {
 public:
  explicit TestStation(uint64_t seed);
  ~TestStation();
  TestStation(const TestStation&) = delete;
  TestStation& operator=(const TestStation&) = delete;

  protocol::BatchBlock batch;  // has this station alone
  psa_key_id_t key = PSA_KEY_ID_NULL;
  protocol::PublicKey public_key{};
  TestRandom random;
};

struct PlannedItem {
  std::string name;
  uint8_t flags = protocol::kItemWriteOnce;
  base::Bytes value;
};

// What a unit is to become. The certificate item is added by the host.
struct UnitPlan {
  protocol::TransactionId transaction{};
  std::string serial;
  base::Bytes subject;              // DER Name
  std::vector<PlannedItem> items;
  bool lock = true;
  uint8_t read_protection = 0;
  std::optional<base::Bytes> private_key;  // set: brought by the host instead of made by the device
};
// A plan with a transaction and serial of its own and a handful of items of several sizes.
UnitPlan make_plan(uint64_t number);

// What the host has on record of a unit; survives whatever happens to the device.
struct UnitRecord {
  std::vector<protocol::Digest> seed_commitments;  // of every seed that may have reached the chip
  std::optional<protocol::PublicKey> public_key;   // once reported
  std::optional<protocol::Digest> committed;
  bool provisioned = false;                        // the receipt was verified
};

class TestHost {
 public:
  template <typename T>
  using Result = base::Result<T>;

  TestHost(BytePipe& pipe, TestStation& station) : pipe_(pipe), station_(station) {}

  // ---- steps ---- Errors: the device's own code; kTimeout: no answer.
  Result<protocol::HelloReply> hello();
  Result<protocol::SessionState> handshake();
  Result<base::Bytes> command(protocol::Command command, base::ByteView body);
  template <typename Request>
  Result<base::Bytes> command(protocol::Command which, const Request& request) {
    base::Bytes body(protocol::kMaxNegotiatedPayload);
    BASE_ASSIGN(const base::ByteView encoded, protocol::encode(request, body));
    return command(which, encoded);
  }
  Result<base::Bytes> command(protocol::Command which) { return command(which, base::ByteView(kEmptyMap)); }
  // A clear request; the reply's payload.
  Result<base::Bytes> request(protocol::FrameType type, base::ByteView payload);
  // Sends bytes as they are and returns all that came back.
  base::Bytes exchange_raw(base::ByteView wire);
  // The next request's wire bytes, sealed where `type` says so, and counted as sent.
  base::Bytes next_wire(protocol::FrameType type, base::ByteView payload);
  // Takes `wire` apart; false: no frame in it. The sealed payload of a reply is not opened.
  static bool parse(base::ByteView wire, protocol::Frame& frame, base::Bytes& storage);

  Result<base::Bytes> put_item(const PlannedItem& item);
  Result<protocol::PublicKey> make_key(const UnitPlan& plan);
  // Asks for the receipt in clear and checks it against plan and record.
  base::Status attest(const UnitPlan& plan, const UnitRecord& record);

  // ---- the whole ----
  // From wherever the unit is to a verified receipt (or to the commit, where the plan does not lock).
  // kReceiptInvalid, kOtherSerial, kKeyExists (the chip has another key than it reported before), kDigestMismatch:
  // the chip is not what the record says. Everything else: the device's own codes, kTimeout.
  base::Status inject(const UnitPlan& plan, UnitRecord& record);

  protocol::Channel channel;
  uint16_t sequence = 0;  // of the last request
  int retransmissions = 3;

 private:
  static constexpr base::ByteArray<1> kEmptyMap = {0xA0};

  Result<base::Bytes> reply_to(base::ByteView wire, uint8_t type);
  base::Status check_receipt(base::ByteView receipt, const protocol::Challenge& challenge, const UnitPlan& plan,
                             const UnitRecord& record);
  base::Status run_stages(const UnitPlan& plan, UnitRecord& record, const protocol::SessionState& state);

  BytePipe& pipe_;
  TestStation& station_;
  base::Bytes hello_payload_;
  base::Bytes state_payload_;
  base::Bytes chip_id_;
};

// The unit's items as they are on the chip in the end: the plan's and the certificate.
std::vector<PlannedItem> final_items(const UnitPlan& plan, const protocol::PublicKey& key);
protocol::Digest items_digest_of(const std::vector<PlannedItem>& items);

}  // namespace test
