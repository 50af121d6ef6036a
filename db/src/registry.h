// The registry: orders, batches, units and everything that happened to them, in SQLite. The only place with
// SQL. Every method is one transaction; a change and the event that records it commit together or not at all.
//
// A registry may be used by several threads; every method runs alone. Text from devices and people is stored as UTF-8 with
// everything else replaced; names that are not fit are kInvalidArgument.
//
// Errors of every method: kRegistryBusy (another process held the lock for longer than the time limit),
// kRegistryFull (disk), kRegistryCorrupt, kRegistryOpen, kIo.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/host/bytes_host.h"
#include "base/host/failure.h"

namespace db {

using base::ByteArray;
using base::Bytes;
using base::ByteView;
using base::Outcome;

enum class UnitState {
  kReserved,   // serial taken, no chip yet
  kContacted,  // chip id known, attempt on record; nothing was written to the chip before this
  kSeeded,
  kKeyed,
  kCertified,
  kCommitted,
  kProvisioned,  // locked, signed receipt verified
  kActivated,    // first boot proved possession of the key
  kFailed,
  kScrapped,
  kRevoked,
};
std::string_view state_name(UnitState state);  // "reserved", ...
std::optional<UnitState> state_from_name(std::string_view name);

struct Batch {
  std::string name;
  ByteArray<16> id{};
  std::vector<ByteArray<65>> stations;  // public keys
  int64_t created_at = 0;               // milliseconds since 1970, like every *_at
};

struct Order {
  std::string name;
  std::string batch;
  std::string profile_name;
  int64_t profile_version = 0;
  std::string profile_source;      // TOML as it was when the order was made
  ByteArray<32> profile_digest{};  // SHA-256 over it
  std::string issuing_ca;          // name of the CA in the home
  std::string serial_prefix;
  int serial_digits = 6;
  int64_t serial_first = 1;
  int64_t quantity = 0;
  std::vector<std::pair<std::string, std::string>> variables;
  int64_t created_at = 0;
};

struct OrderCounts {
  int64_t quantity = 0;
  int64_t used = 0;  // serials bound to a chip
  int64_t by_state[11] = {};
};

struct Unit {
  int64_t id = 0;
  std::string serial;
  std::string order;
  ByteArray<16> transaction{};
  UnitState state = UnitState::kReserved;
  std::optional<Bytes> chip_id;
  std::optional<std::string> board;
  std::optional<ByteArray<32>> seed_commitment;
  std::optional<ByteArray<65>> public_key;
  std::optional<Bytes> certificate;  // DER
  std::optional<ByteArray<32>> certificate_fingerprint;
  std::optional<Bytes> certificate_serial;
  std::optional<ByteArray<32>> items_digest;
  std::optional<int64_t> item_count;
  std::optional<Bytes> receipt;
  std::optional<std::string> failure_code;  // error name
  std::optional<std::string> failure_text;
  bool clone_suspected = false;
  int64_t attempts = 0;
  int64_t created_at = 0;
  int64_t updated_at = 0;
};

struct Event {
  int64_t sequence = 0;
  int64_t at = 0;
  std::string kind;     // "unit-contacted", "order-created", ...
  std::string subject;  // serial, order name, ...
  Bytes canonical;      // deterministic CBOR, what the Merkle log will hash
  std::string json;     // the same, for people
};

struct UnitFilter {
  std::optional<std::string> order;
  std::optional<UnitState> state;
  std::optional<std::string> after_serial;  // paging by key
  int64_t limit = 1000;
};

class Registry {
 public:
  enum class Mode { kReadOnly, kReadWrite, kCreate };
  // kRegistryOpen, kRegistrySchema, kRegistryExists (kCreate on an existing file).
  static Outcome<Registry> open(const std::filesystem::path& file, Mode mode, int busy_timeout_ms = 5000);
  Registry(Registry&&) noexcept;
  Registry& operator=(Registry&&) noexcept;
  ~Registry();

  // Who is at work, written into every event from now on.
  void set_actor(std::string station, std::string operator_name);

  // ---- batches and orders ---- kRegistryExists, kRegistryNotFound
  Outcome<void> create_batch(const Batch& batch);
  Outcome<Batch> batch(std::string_view name);
  Outcome<std::vector<Batch>> batches();
  Outcome<void> create_order(const Order& order);  // serial ranges of two orders never overlap: kRegistryConstraint
  Outcome<Order> order(std::string_view name);
  Outcome<std::vector<Order>> orders();
  Outcome<OrderCounts> order_counts(std::string_view name);

  // ---- the life of a unit ----
  // A unit of the order that no chip has yet: one reserved before, or the next serial. `transaction`: fresh
  // random id, used if a new row is made. kOrderExhausted.
  Outcome<Unit> reserve_unit(std::string_view order, const ByteArray<16>& transaction);
  // Binds the chip and opens an attempt, before the first byte that changes the chip. If the chip is on record already,
  // that unit is taken up (its reservation stays free for another chip) - whatever order it belongs to: the caller
  // checks.
  struct Contact {
    Unit unit;
    int64_t attempt = 0;
    bool resumed = false;
  };
  Outcome<Contact> contact(const Unit& reserved, ByteView chip_id, std::string_view board,
                           std::string_view agent_version, std::string_view port);
  Outcome<std::optional<Unit>> unit_by_chip(ByteView chip_id);
  Outcome<Unit> unit(std::string_view serial);
  Outcome<std::optional<Unit>> unit_by_fingerprint(const ByteArray<32>& certificate_fingerprint);
  Outcome<std::vector<Unit>> units(const UnitFilter& filter);

  // Each of these takes a unit one state on, or succeeds without an event where it is there already with the same
  // value. kRegistryState: not the state before it; kRegistryConstraint: the value belongs to another unit. A seed
  // commitment is recorded before the seed is sent, as `intent`; a unit can burn several, no two units share one.
  Outcome<void> record_seed_intent(const Unit& unit, const ByteArray<32>& commitment);
  Outcome<void> record_seeded(const Unit& unit, const ByteArray<32>& commitment);
  Outcome<void> record_key(const Unit& unit, const ByteArray<65>& public_key);
  // Takes a certificate serial number under its issuer before anything is signed with it, so that none is ever used
  // twice. Only for a keyed unit; a unit can burn several.
  Outcome<void> reserve_certificate_serial(const Unit& unit, ByteView serial_number, ByteView issuer_key_id);
  // Takes the serial number too if it was not reserved.
  Outcome<void> record_certificate(const Unit& unit, ByteView certificate, ByteView serial_number,
                                   ByteView issuer_key_id, const ByteArray<32>& fingerprint);
  Outcome<void> record_committed(const Unit& unit, const ByteArray<32>& items_digest, int64_t item_count);
  // `receipt`: the COSE_Sign1 as the device sent it; the caller has verified it. `read_protection`: what it says of that,
  // for the event.
  Outcome<void> record_provisioned(const Unit& unit, ByteView receipt, int64_t read_protection = 0);
  Outcome<void> record_activated(const Unit& unit, ByteView proof);
  Outcome<void> record_failed(const Unit& unit, std::string_view error_name, std::string_view text);
  Outcome<void> record_scrapped(const Unit& unit, std::string_view reason);
  Outcome<void> record_revoked(const Unit& unit, std::string_view reason);
  Outcome<void> record_clone(const Unit& unit, ByteView other_chip_id);
  // How an attempt ended; `error_name` empty on success. `steps_json`: the steps with their times.
  Outcome<void> finish_attempt(int64_t attempt, std::string_view error_name, std::string_view text,
                               std::string_view steps_json);

  // ---- audit ----
  // Events in order of their sequence; `visitor` returns false to stop.
  Outcome<void> visit_events(std::optional<std::string> subject, int64_t after_sequence,
                             const std::function<bool(const Event&)>& visitor);
  // Checks database integrity, foreign keys, and that every event's canonical bytes fit its columns. kRegistryCorrupt.
  Outcome<void> verify();

 private:
  struct Impl;
  explicit Registry(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace db
