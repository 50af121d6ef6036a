// The messages of the agent protocol as plain structures, with their deterministic CBOR (RFC 8949
// section 4.2) encoding. `agent.cddl` describes the same bytes; SPEC.md says when each is sent.
//
// Every decode function checks every length and type; unknown map keys are skipped, so that a newer
// peer can add fields. Views in decoded structures point into the input buffer.
// Errors of every decode: kCborMalformed, kCborNotDeterministic, kCborMissingField, kCborFieldType (another type, a
// length or number out of bounds, text that is not printable ASCII). After an error the structure is not to be used.
// Error of every encode: kBufferTooSmall.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/fixed_vector.h"

namespace protocol {

using base::ByteView;
using base::MutableBytes;
using base::Result;

inline constexpr uint8_t kProtocolVersion = 1;

// Sizes in bytes.
inline constexpr size_t kTransactionIdSize = 16;
inline constexpr size_t kBatchIdSize = 16;
inline constexpr size_t kStationIdSize = 8;  // first bytes of SHA-256 over the station's 65-byte public key
inline constexpr size_t kMinChipIdSize = 4;
inline constexpr size_t kMaxChipIdSize = 16;
inline constexpr size_t kMaxBoardSize = 32;    // name of a board
inline constexpr size_t kMaxVersionSize = 32;  // of the agent's software
inline constexpr size_t kSeedSize = 48;        // SP 800-90A table 3: seedlen of CTR_DRBG with AES-256
inline constexpr size_t kDigestSize = 32;      // SHA-256
inline constexpr size_t kItemTagSize = 8;      // truncated item digest, for resume only
inline constexpr size_t kPublicKeySize = 65;   // SEC 1 uncompressed point on P-256
inline constexpr size_t kPrivateKeySize = 32;
inline constexpr size_t kSignatureSize = 64;  // r || s (RFC 9053 section 2.1)
inline constexpr size_t kChallengeSize = 32;
inline constexpr size_t kMaxSerialSize = 64;
inline constexpr size_t kMaxItemNameSize = 100;  // [A-Za-z0-9_.-]
inline constexpr size_t kMaxItemSize = 2048;
inline constexpr size_t kMaxItems = 48;
inline constexpr size_t kMaxSubjectSize = 256;  // DER of the CSR's subject Name
inline constexpr size_t kMaxCsrSize = 512;
inline constexpr size_t kMaxReceiptSize = 512;
// Payload of a frame: what every peer takes, and the most that two can agree on.
inline constexpr size_t kMinNegotiatedPayload = 1024;
inline constexpr size_t kMaxNegotiatedPayload = 4096;

using TransactionId = base::ByteArray<kTransactionIdSize>;
using BatchId = base::ByteArray<kBatchIdSize>;
using StationId = base::ByteArray<kStationIdSize>;
using Digest = base::ByteArray<kDigestSize>;
using ItemTag = base::ByteArray<kItemTagSize>;
using PublicKey = base::ByteArray<kPublicKeySize>;
using Challenge = base::ByteArray<kChallengeSize>;

// An array that may be absent. Of a plain layout, so that a table of fields can reach it (fields.h).
template <size_t N>
struct OptionalBytes {
  constexpr OptionalBytes() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): as std::optional
  constexpr OptionalBytes(const base::ByteArray<N>& value) : present(true), bytes(value) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  operator std::optional<base::ByteArray<N>>() const { return present ? std::optional(bytes) : std::nullopt; }
  explicit operator bool() const { return present; }
  [[nodiscard]] bool has_value() const { return present; }
  const base::ByteArray<N>& operator*() const { return bytes; }
  friend bool operator==(const OptionalBytes&, const OptionalBytes&) = default;

  bool present = false;
  base::ByteArray<N> bytes{};  // zeros where absent
};

// PSA lifecycle states (PSA Certified Firmware Framework and Security Model); same numbers as rot::Lifecycle.
enum class Lifecycle : uint8_t {
  kAssemblyAndTest = 0,
  kPsaRotProvisioning = 1,
  kSecured = 2,
  kDecommissioned = 3,
};
inline constexpr uint8_t kMaxLifecycle = static_cast<uint8_t>(Lifecycle::kDecommissioned);

// Read protection of the chip against a debugger: 0 open, 1 secrets cannot be read out, 2 for good, debugger included.
inline constexpr uint8_t kMaxReadProtection = 2;

// ---- clear -----------------------------------------------------------------------------------------

struct HelloRequest {
  uint8_t version = kProtocolVersion;  // highest version the host speaks
  uint16_t max_payload = 1024;         // largest frame payload the host takes
};

struct HelloReply {
  uint8_t version = kProtocolVersion;
  std::string_view agent_version;  // of the agent's software, e.g. "1.0.0"
  std::string_view board;          // "linux", "nucleo-f411re"
  ByteView chip_id;                // 4 to 16 bytes
  Lifecycle lifecycle = Lifecycle::kAssemblyAndTest;
  bool has_trng = false;
  bool seeded = false;
  uint32_t free_bytes = 0;                        // room left for items
  uint16_t max_payload = 1024;                    // largest frame payload from now on: the smaller of both ends
  uint8_t window = 1;                             // requests that may be under way at once
  OptionalBytes<kTransactionIdSize> transaction;  // the open or finished transaction on the chip
  OptionalBytes<kBatchIdSize> batch;              // absent: the image carries no batch block, or it was wiped
  uint32_t reset_cause = 0;                       // platform's number; 0 unknown
  std::optional<uint16_t> fault;                  // ErrorCode of a start-up fault: the store cannot be used
  uint8_t max_read_protection = 0;                // highest level that the board can be set to; absent where 0
};

struct HandshakeRequest {
  StationId station{};
  ByteView noise;  // Noise message 1
};
struct HandshakeReply {
  ByteView noise;  // Noise message 2; its payload is a SessionState
};

struct AttestRequest {
  Challenge challenge{};
};
struct AttestReply {
  ByteView receipt;  // COSE_Sign1 over a Receipt
};

// A refusal in clear: the frame could not be taken, or no channel is open.
struct Refusal {
  uint16_t error = 0;              // base::ErrorCode
  uint16_t expected_sequence = 0;  // next sequence number the device will execute
};

// ---- inside the channel -------------------------------------------------------------------------------

// How far the chip is; the payload of Noise message 2, so that resuming costs no round trip.
struct SessionState {
  OptionalBytes<kTransactionIdSize> transaction;
  OptionalBytes<kDigestSize> seed_commitment;  // of the seed that this transaction injected
  std::string_view serial;                     // empty before `begin`
  OptionalBytes<kPublicKeySize> public_key;
  OptionalBytes<kDigestSize> committed;  // items digest, after `commit`
  base::FixedVector<ItemTag, kMaxItems> items;
};

enum class Command : uint8_t {
  kSeed = 1,
  kBegin = 2,
  kGenerateKey = 3,
  kImportKey = 4,
  kPut = 5,
  kCommit = 6,
  kLock = 7,
  kVerify = 8,
  kAbort = 9,
  kReboot = 10,
};

struct SeedRequest {
  TransactionId transaction{};
  ByteView seed;  // kSeedSize bytes
};
struct BeginRequest {
  TransactionId transaction{};
  std::string_view serial;  // 1 to kMaxSerialSize characters
};
struct GenerateKeyRequest {
  ByteView subject;  // DER Name for the CSR
};
struct GenerateKeyReply {
  ByteView csr;  // DER PKCS #10 (RFC 2986); carries the public key
};
struct ImportKeyRequest {
  ByteView private_key;  // kPrivateKeySize bytes, big-endian scalar
};
struct ImportKeyReply {
  PublicKey public_key{};
};

// Flags of an item, kept with it on the chip.
inline constexpr uint8_t kItemWriteOnce = 1;  // nothing can replace it, ever

// One part of an item. Parts of one item follow each other without a gap; the item is stored, read back
// and acknowledged when its last part arrives. An item that is on the chip with the same bytes is left alone.
struct ItemPart {
  std::string_view name;
  uint8_t flags = kItemWriteOnce;
  uint16_t total = 0;  // size of the whole item
  uint16_t offset = 0;
  ByteView data;
};
inline constexpr size_t kMaxPartsPerPut = 16;
struct PutRequest {
  base::FixedVector<ItemPart, kMaxPartsPerPut> parts;
};

struct CommitRequest {
  uint16_t item_count = 0;
  Digest digest{};  // items_digest() over what was sent
};
struct LockRequest {
  Challenge challenge{};        // for the receipt that the lock answers with
  uint8_t read_protection = 0;  // level to be reached; absent where 0
};
struct LockReply {
  ByteView receipt;
};
// Reads items back from the chip and digests them; changes nothing.
struct VerifyReply {
  uint16_t item_count = 0;
  Digest digest{};
};

// A command as it stands in the channel: [command, {map}]. The body is decoded by the command's own function.
struct CommandEnvelope {
  Command command{};
  ByteView body;
};
// A reply in the channel: [error, {map}]; error 0 is success and only then is there a body.
struct ReplyEnvelope {
  uint16_t error = 0;
  ByteView body;
};

// ---- receipt ---------------------------------------------------------------------------------------------

// What a unit signs with its own key: after lock, and whenever it is asked to attest. Payload of a
// COSE_Sign1 (RFC 9052, ES256) whose external_aad is kReceiptLabel.
struct Receipt {
  Challenge challenge{};
  ByteView chip_id;
  std::string_view serial;
  TransactionId transaction{};
  Digest items_digest{};
  uint16_t item_count = 0;
  PublicKey public_key{};
  Lifecycle lifecycle{};
  std::string_view board;
  std::string_view agent_version;
  uint8_t read_protection = 0;  // the level the chip has; absent where 0
};
inline constexpr std::string_view kReceiptLabel = "factory-line receipt v1";

// What the client signs at first boot; payload of a COSE_Sign1 whose external_aad is kFirstBootLabel.
struct FirstBootProof {
  Challenge challenge{};
  ByteView chip_id;
  std::string_view serial;
  Digest items_digest{};
  uint64_t boot_count = 0;
};
inline constexpr std::string_view kFirstBootLabel = "factory-line first boot v1";

// ---- encode and decode ------------------------------------------------------------------------------------

#define PROTOCOL_MESSAGE(Type)                                                  \
  [[nodiscard]] Result<ByteView> encode(const Type& message, MutableBytes out); \
  [[nodiscard]] base::Status decode(ByteView bytes, Type& message);
PROTOCOL_MESSAGE(HelloRequest)
PROTOCOL_MESSAGE(HelloReply)
PROTOCOL_MESSAGE(HandshakeRequest)
PROTOCOL_MESSAGE(HandshakeReply)
PROTOCOL_MESSAGE(AttestRequest)
PROTOCOL_MESSAGE(AttestReply)
PROTOCOL_MESSAGE(Refusal)
PROTOCOL_MESSAGE(SessionState)
PROTOCOL_MESSAGE(SeedRequest)
PROTOCOL_MESSAGE(BeginRequest)
PROTOCOL_MESSAGE(GenerateKeyRequest)
PROTOCOL_MESSAGE(GenerateKeyReply)
PROTOCOL_MESSAGE(ImportKeyRequest)
PROTOCOL_MESSAGE(ImportKeyReply)
PROTOCOL_MESSAGE(PutRequest)
PROTOCOL_MESSAGE(CommitRequest)
PROTOCOL_MESSAGE(LockRequest)
PROTOCOL_MESSAGE(LockReply)
PROTOCOL_MESSAGE(VerifyReply)
PROTOCOL_MESSAGE(Receipt)
PROTOCOL_MESSAGE(FirstBootProof)
PROTOCOL_MESSAGE(CommandEnvelope)
PROTOCOL_MESSAGE(ReplyEnvelope)
#undef PROTOCOL_MESSAGE

}  // namespace protocol
