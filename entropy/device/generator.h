// The random generator of a device that may have no source of its own: CTR_DRBG with AES-256
// (SP 800-90A section 10.2.1) that lives on an injected seed. DESIGN.md gives the argument.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/secure.h"
#include "entropy/device/ctr_drbg.h"
#include "entropy/device/random_source.h"

namespace entropy {

using base::ByteView;
using base::MutableBytes;
using base::Status;

inline constexpr size_t kSeedSize = 48;  // seedlen of CTR_DRBG with AES-256

// Where the seed survives a power cycle. Implemented by whoever owns the storage; this folder names none.
class SeedStore {
 public:
  // kItemNotFound: no seed was ever stored.
  virtual Status load(std::span<uint8_t, kSeedSize> seed) = 0;
  // Durable when it returns: after a power cut load() gives the old or the new seed, never a mixture.
  virtual Status store(std::span<const uint8_t, kSeedSize> seed) = 0;
  // Advances and returns the boot counter; durable when it returns. It must work before there is a key that
  // the store encrypts with: a first injection needs a number that was never used, too.
  virtual base::Result<uint64_t> next_boot_count() = 0;

 protected:
  ~SeedStore() = default;
};

// A true random number generator of the board. Absent on the boards this project is about.
class Trng {
 public:
  // Fills `out` with full-entropy bytes. kTrngFailed.
  virtual Status read(MutableBytes out) = 0;

 protected:
  ~Trng() = default;
};

// Whatever varies from boot to boot (SRAM at power-up, clock jitter, an ADC). Mixed in, credited with nothing.
class NoiseSource {
 public:
  // Writes up to out.size() bytes and returns how many.
  virtual size_t collect(MutableBytes out) = 0;

 protected:
  ~NoiseSource() = default;
};

// When a generator must be given fresh entropy; in requests, of at most CtrDrbg::kMaxRequest bytes each.
struct GeneratorLimits {
  // With a TRNG: reseeded from it after this many requests.
  uint32_t trng_reseed_interval = 4096;
  // Without one: refused with kReseedRequired until the next start(). One a second lasts for 34 years.
  uint32_t max_requests = CtrDrbg::kMaxRequests;
};

class Generator final : public RandomSource {
 public:
  // What an injected generator hands out before commit_seed(): the two shares of the hardware unique key,
  // which the store needs before it can keep a seed.
  static constexpr size_t kUncommittedLimit = 64;  // bytes
  static constexpr size_t kMaxChipId = 32;         // bytes that are mixed in
  static constexpr size_t kMaxNoise = 64;          // bytes that are asked for

  explicit Generator(const GeneratorLimits& limits = {}) : limits_(limits) {}
  ~Generator() { stop(); }
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  // `trng` and `noise` may be null. All must outlive the generator, and so must what `chip_id` views.
  void attach(SeedStore& store, ByteView chip_id, Trng* trng, NoiseSource* noise);

  // At boot: loads the seed, advances the boot counter, mixes, writes the successor, and only then becomes ready.
  // kUnseeded: no seed and no TRNG (the generator stays unusable, nothing was changed);
  // kSeedStore: counter or successor could not be written; kTrngFailed; else what SeedStore::load() reports.
  // After any error every draw fails with kUnseeded.
  Status start();

  // Takes an injected seed of kSeedSize bytes, together with the state or stored seed it may have already:
  // instantiates without needing the store's key, so that the caller can first make the key that the store
  // encrypts with; until commit_seed() succeeded no more than kUncommittedLimit bytes are handed out.
  // Call commit_seed() before the unit is restarted. kSeedLength, kSeedStore, kTrngFailed.
  Status inject(ByteView seed);
  // Draws the successor and stores it. kUnseeded, kSeedStore.
  Status commit_seed();

  // All or nothing: on an error `out` holds zeros.
  // kUnseeded; kSeedStore: over kUncommittedLimit before commit_seed(); kReseedRequired; kTrngFailed.
  Status generate(MutableBytes out) override;
  void stir(ByteView data) override;
  [[nodiscard]] bool ready() const { return ready_; }
  // The boot counter that start() or inject() took; 0 before.
  [[nodiscard]] uint64_t boot_count() const { return boot_count_; }
  // Forgets the state (power-off in tests, decommissioning); wiped.
  void stop();

 private:
  Status instantiate(ByteView stored, ByteView injected);
  Status reseed(ByteView injected);
  Status store_successor();
  Status draw(MutableBytes out);

  GeneratorLimits limits_;
  CtrDrbg drbg_;
  SeedStore* store_ = nullptr;
  Trng* trng_ = nullptr;
  NoiseSource* noise_ = nullptr;
  ByteView chip_id_;
  uint64_t boot_count_ = 0;
  size_t uncommitted_left_ = 0;
  bool committed_ = false;
  bool ready_ = false;
};

}  // namespace entropy
