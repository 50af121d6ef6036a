#include "device/port/linux/noise.h"

#include <mbedtls/sha256.h>
#include <sys/auxv.h>
#include <time.h>
#include <unistd.h>

#include "base/secure.h"
#include "device/port/linux/file.h"

namespace device {
namespace {

constexpr int kJitterSamples = 256;

uint64_t now(clockid_t clock) {
  timespec time{};
  (void)::clock_gettime(clock, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000U + static_cast<uint64_t>(time.tv_nsec);
}

class Hash {
 public:
  Hash() {
    mbedtls_sha256_init(&context_);
    (void)mbedtls_sha256_starts(&context_, 0);
  }
  ~Hash() { mbedtls_sha256_free(&context_); }
  Hash(const Hash&) = delete;
  Hash& operator=(const Hash&) = delete;

  void bytes(base::ByteView data) { (void)mbedtls_sha256_update(&context_, data.data(), data.size()); }
  void number(uint64_t value) {
    uint8_t raw[8];
    base::store_be(raw, value);
    bytes(raw);
  }
  void finish(std::span<uint8_t, 32> digest) { (void)mbedtls_sha256_finish(&context_, digest.data()); }

 private:
  mbedtls_sha256_context context_;
};

}  // namespace

size_t LinuxNoise::collect(base::MutableBytes out) {
  Hash hash;
  // The time that hashing takes varies with caches, interrupts and frequency steps.
  uint64_t before = now(CLOCK_MONOTONIC);
  for (int i = 0; i < kJitterSamples; ++i) {
    const uint64_t after = now(CLOCK_MONOTONIC);
    hash.number(after - before);
    before = after;
  }
  hash.number(before);
  hash.number(now(CLOCK_REALTIME));
  hash.number(now(CLOCK_PROCESS_CPUTIME_ID));

  uint8_t boot_id[36];
  if (const auto size = read_file("/proc/sys/kernel/random/boot_id", boot_id)) {
    hash.bytes(base::ByteView(boot_id).first(*size));
  }
  if (const auto* random = reinterpret_cast<const uint8_t*>(::getauxval(AT_RANDOM)); random != nullptr) {
    hash.bytes({random, 16});
  }
  hash.number(static_cast<uint64_t>(::getpid()));
  hash.number(reinterpret_cast<uintptr_t>(&hash));
  hash.number(reinterpret_cast<uintptr_t>(&now));
  hash.number(reinterpret_cast<uintptr_t>(&::clock_gettime));

  base::SecretBytes<32> digest;
  hash.finish(digest.span());
  const size_t size = out.size() < digest.size() ? out.size() : digest.size();
  base::copy(out, digest.view().first(size));
  return size;
}

}  // namespace device
