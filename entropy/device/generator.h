// The random generator of a device that may have no source of its own: CTR_DRBG with AES-256
// (SP 800-90A section 10.2.1) that lives on an injected seed. DESIGN.md gives the argument.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/secure.h"
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
  // Advances and returns the boot counter; durable when it returns.
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

class Generator : public RandomSource {
 public:
  Generator();
  ~Generator();
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  // `trng` and `noise` may be null. All must outlive the generator.
  void attach(SeedStore& store, ByteView chip_id, Trng* trng, NoiseSource* noise);

  // At boot: loads the seed, mixes, writes the successor, and only then becomes ready.
  // kUnseeded: no seed and no TRNG (the generator stays unusable, nothing was changed);
  // kSeedStore: the successor could not be written (stays unusable).
  Status start();

  // Takes an injected seed of kSeedSize bytes, together with the state it may have already: instantiates
  // without needing the store, so that the caller can first make the key that the store encrypts with.
  // Call commit_seed() before the unit is restarted. kSeedLength.
  Status inject(ByteView seed);
  // Draws the successor and stores it. kSeedStore.
  Status commit_seed();

  // kUnseeded, kReseedRequired.
  Status generate(MutableBytes out) override;
  [[nodiscard]] bool ready() const { return ready_; }
  // Forgets the state (power-off in tests, decommissioning).
  void stop();

 private:
  struct State;
  alignas(16) uint8_t storage_[640];
  bool ready_ = false;
};

}  // namespace entropy
