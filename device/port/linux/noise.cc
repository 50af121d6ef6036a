#include "device/port/linux/noise.h"

#include <sys/auxv.h>
#include <time.h>
#include <unistd.h>

#include "base/secure.h"
#include "crypto/sha256.h"
#include "device/port/linux/file.h"

namespace device {
namespace {

constexpr int kJitterSamples = 256;

uint64_t now(clockid_t clock) {
  timespec time{};
  (void)::clock_gettime(clock, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000U + static_cast<uint64_t>(time.tv_nsec);
}

}  // namespace

size_t LinuxNoise::collect(base::MutableBytes out) {
  crypto::Sha256 hash;
  // The time that hashing takes varies with caches, interrupts and frequency steps.
  uint64_t before = now(CLOCK_MONOTONIC);
  for (int i = 0; i < kJitterSamples; ++i) {
    const uint64_t after = now(CLOCK_MONOTONIC);
    hash.be(after - before);
    before = after;
  }
  hash.be(before);
  hash.be(now(CLOCK_REALTIME));
  hash.be(now(CLOCK_PROCESS_CPUTIME_ID));

  uint8_t boot_id[36];
  if (const auto size = read_file("/proc/sys/kernel/random/boot_id", boot_id)) {
    hash.update(base::ByteView(boot_id).first(*size));
  }
  if (const auto* random = reinterpret_cast<const uint8_t*>(::getauxval(AT_RANDOM)); random != nullptr) {
    hash.update({random, 16});
  }
  hash.be(static_cast<uint64_t>(::getpid()));
  hash.be(reinterpret_cast<uintptr_t>(&hash));
  hash.be(reinterpret_cast<uintptr_t>(&now));
  hash.be(reinterpret_cast<uintptr_t>(&::clock_gettime));

  base::SecretBytes<32> digest;
  hash.finish(digest.span());
  const size_t size = out.size() < digest.size() ? out.size() : digest.size();
  base::copy(out, digest.view().first(size));
  return size;
}

}  // namespace device
