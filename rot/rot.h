// The root of trust of a unit: what agent and client use of this folder. SPEC.md gives every bit.
#pragma once

#include <optional>
#include <string_view>

#include "rot/flash.h"
#include "rot/item_store.h"
#include "rot/keys.h"
#include "rot/otp.h"
#include "rot/state_store.h"

namespace rot {

// PSA lifecycle states; only move forward. Same numbers as on the wire.
enum class Lifecycle : uint8_t {
  kAssemblyAndTest = 0,
  kPsaRotProvisioning = 1,
  kSecured = 2,
  kDecommissioned = 3,
};

// Where the store lives on this chip. The three sectors are distinct and hold nothing else.
struct Layout {
  size_t identity_sector = 0;                 // written in the factory, protected at lock
  std::array<size_t, 2> state_sectors{1, 2};  // seed log, counters, time floor, run-time PSA ITS
};

// Small mutable records, each replaced atomically; kept in the state sectors.
enum class StateId : uint8_t {
  kSeed = 1,          // 48 bytes, encrypted like everything else
  kBootCount = 2,     // u64
  kSessionCount = 3,  // u64; exists before there is a hardware unique key
  kTimeFloor = 4,     // u64, seconds since 1970
  kActivated = 5,     // set by the client once the service accepted the first boot
  kCounter0 = 16,     // rollback counters of seal(), kCounter0 + n for n in 0..7
};

// Not thread-safe. psa_crypto_init() comes before mount(); a Rot may outlive PSA, its keys are its own.
class Rot {
 public:
  // `otp`, `flash` must outlive this. `chip_id`: up to 32 bytes, copied.
  Rot(Otp& otp, Flash& flash, const Layout& layout, ByteView chip_id);
  ~Rot();
  Rot(const Rot&) = delete;
  Rot& operator=(const Rot&) = delete;

  // Reads the chip, finishes whatever a power cut interrupted (a half-burnt lifecycle word, a half-done
  // lock, a torn record, a compaction) and leaves a consistent store. Blank chips are formatted on first
  // write, not here: mounting a blank chip changes nothing.
  // kStoreCorrupt, kStoreRollback, kLayoutVersion, and what flash and OTP report.
  Status mount();

  // As of the last mount or change; assembly-and-test before the first mount.
  Lifecycle lifecycle() const { return static_cast<Lifecycle>(otp_.lifecycle()); }
  // kLifecycleOrder: backwards. To the present state: succeeds. To `decommissioned`: also erases the state sectors
  // and with them the flash share, so that nothing on the chip can be decrypted again.
  Status advance_lifecycle(Lifecycle to);

  // ---- hardware unique key: HKDF over a share in OTP, a share in flash and the chip id ----
  bool has_root_key() const { return has_root_key_; }
  // Draws both shares from `random` (64 secret bytes, wiped by the caller), writes, reads back and re-keys the state.
  // kRootKeyExists, kOtpExhausted, kOtpProgram, kFlash*.
  Status create_root_key(std::span<const uint8_t, 64> random);
  // HKDF-SHA-256 from the hardware unique key with `label` and `context`. kNoRootKey.
  Status derive_key(base::Text label, ByteView context, MutableBytes out);

  // ---- identity items: written in the factory, sealed by lock() ----
  // Names: 1 to 100 of [A-Za-z0-9_.-], or '~' first for the agent's own records. Writing the same bytes
  // and flags again succeeds without a flash write.
  // kRotLocked, kNoRootKey, kItemName, kItemTooLarge, kItemWriteOnce, kStoreFull, kFlash*.
  Status put_item(std::string_view name, uint8_t flags, ByteView value);
  // The value's size; `out` takes it. kItemNotFound, kBufferTooSmall, kStoreCorrupt.
  base::SizeResult get_item(base::Text name, MutableBytes out);
  Result<ItemInfo> item_info(base::Text name);
  // Calls `visitor` with each live item, its value read into `scratch`, in the order they were written.
  // Stops at the first error that the visitor returns. Items whose name starts with '~' and PSA ITS items are left out.
  Status visit_items(MutableBytes scratch, ItemVisitor& visitor);
  // Forgets all identity items: for an abort before lock. kRotLocked.
  Status erase_identity();
  // Left for identity records, their overhead included (record.h: record_size()).
  size_t free_bytes() const;

  // ---- mutable state ----
  // kStoreFull, kItemTooLarge (over 256 bytes), kFlash*.
  Status put_state(StateId id, ByteView value);
  // The value's size. kItemNotFound, kBufferTooSmall.
  base::SizeResult get_state(StateId id, MutableBytes out);
  Result<uint64_t> get_state_u64(StateId id);  // 0 where it was never written
  Status put_state_u64(StateId id, uint64_t value);

  // ---- PSA ITS backend (psa_its.cc); run-time items live in the state sectors, those of the factory with the identity
  // ----
  ItemStore& its() { return its_; }

  // ---- data outside the chip ----
  // ciphertext.size() = plaintext.size() + kSealOverhead. `counter`: 0..7, its value is bound in; advance it to
  // make every older blob of this counter invalid.
  static constexpr size_t kSealOverhead = 32;
  Result<ByteView> seal(std::string_view label, uint8_t counter, ByteView plaintext, MutableBytes out);
  // kSealAuth, kSealRollback.
  Result<ByteView> unseal(std::string_view label, uint8_t counter, ByteView sealed, MutableBytes out);
  // The new value. kInvalidArgument: no such counter.
  Result<uint64_t> advance_counter(uint8_t counter);

  // ---- lock: for good ----
  // Moves the lifecycle to `secured` first, so that from that instant no command is taken whatever happens to
  // the power, then protects the identity sector and locks the OTP blocks of the key. mount() finishes what a cut left.
  Status lock();
  bool is_locked() const { return lifecycle() >= Lifecycle::kSecured; }

 private:
  friend class ItemStore;
  enum class Identity : uint8_t { kNone = 0, kActive = 1, kSealed = 2 };

  Status mount_all();
  Status mount_state();
  Status mount_identity();
  Status open_identity();
  Status write_identity_record(Identity status, uint32_t end_sequence);
  Status append_identity(const RecordName& name, uint8_t flags, ByteView value);
  Status finish_lock();
  Status destroy_keys();
  Status check_items_writable(ByteView value);
  Status check_readable();
  Status find_item(base::Text name, Record& record);
  Status counter_id(uint8_t counter, StateId& id) const;
  void forget();

  Flash& flash_;
  Layout layout_;
  base::ByteArray<32> chip_id_bytes_{};
  ByteView chip_id_;
  OtpMap otp_;
  StateStore state_;
  SectorLog identity_;
  SivKey key_;
  RootKey root_key_;
  Identity identity_status_ = Identity::kNone;
  uint32_t identity_epoch_ = 0;
  bool has_root_key_ = false;
  bool mounted_ = false;
  ItemStore its_;
};

// The instance that the PSA ITS functions of this process or firmware work on; null: none, and every call fails
// with PSA_ERROR_STORAGE_FAILURE. Not owned.
void set_its_store(Rot* rot);

}  // namespace rot
