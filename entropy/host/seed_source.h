// Where the host's secrets come from: seeds for units, transaction ids, and everything PSA draws on the
// host. A source that looks unhealthy, or that gives the same output twice, stops for good.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>

#include "base/host/failure.h"
#include "entropy/device/random_source.h"

namespace entropy {

// Raw bytes of a source, before any processing.
class RawSource {
 public:
  virtual ~RawSource() = default;
  // Fills all of `out`. kSeedSource, kTimeout.
  virtual base::Outcome<void> read(base::MutableBytes out) = 0;
  // For messages: "getrandom", "/dev/hwrng".
  virtual std::string name() const = 0;
};

struct SeedSourceOptions {
  // Empty: the kernel's generator. Else a character device, such as /dev/hwrng; its output is then combined with
  // the kernel's, which is credited with nothing.
  std::filesystem::path device;
  // Bits of min-entropy in a byte of `device` that the health tests and the conditioning rely on; 0 < H <= 8. Take the
  // vendor's figure. The kernel's generator is always taken at 8.
  double min_entropy = 4;
  // For one read of a device that does not answer.
  std::chrono::milliseconds time_limit{10'000};
};

class SeedSource final : public RandomSource {
 public:
  static constexpr size_t kStartUpSamples = 1024;  // SP 800-90B section 4.3; discarded
  static constexpr size_t kHistory = 65'536;       // output blocks of 32 bytes that are kept apart

  // Opens the source and runs the start-up test.
  // kConfiguration: options out of range; kSeedSource: no such device, no character device, read error, end of data;
  // kTimeout; kHealthRepetition, kHealthProportion.
  static base::Outcome<std::unique_ptr<SeedSource>> open(const SeedSourceOptions& options = {});
  // The same over any source. `combine`: mix the kernel's generator in.
  static base::Outcome<std::unique_ptr<SeedSource>> open(std::unique_ptr<RawSource> raw, double min_entropy,
                                                         bool combine);
  ~SeedSource();
  SeedSource(const SeedSource&) = delete;
  SeedSource& operator=(const SeedSource&) = delete;

  // Fills `out` with bytes of full entropy; zeros on an error, and after the first one every call fails with it.
  // kSeedSource, kTimeout, kHealthRepetition, kHealthProportion, kSeedRepeated. Safe to call from several threads.
  base::Outcome<void> fill(base::MutableBytes out);

  // The same as a source for PSA (entropy::set_psa_random_source).
  base::Status generate(base::MutableBytes out) override;

 private:
  struct Impl;
  explicit SeedSource(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace entropy
