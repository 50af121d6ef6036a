#include "entropy/host/seed_source.h"

#include <mbedtls/sha256.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <mutex>
#include <optional>
#include <unordered_set>

#include "base/host/bytes_host.h"
#include "entropy/host/health_tests.h"
#include "entropy/host/raw_source.h"

namespace entropy {

using base::ByteView;
using base::ErrorCode;
using base::Failure;
using base::failure;
using base::MutableBytes;
using base::Outcome;

namespace {

constexpr size_t kBlock = 32;  // SHA-256

// A conditioned output of n bits has full entropy where its input holds n + 64 (SP 800-90C section 3.2.2.2).
size_t samples_a_block(double min_entropy) { return static_cast<size_t>(std::ceil((8 * kBlock + 64) / min_entropy)); }

bool sha256(char domain, ByteView first, ByteView second, std::span<uint8_t, kBlock> out) {
  mbedtls_sha256_context context;
  mbedtls_sha256_init(&context);
  const auto prefix = static_cast<uint8_t>(domain);
  const bool done = mbedtls_sha256_starts(&context, 0) == 0 && mbedtls_sha256_update(&context, &prefix, 1) == 0 &&
                    mbedtls_sha256_update(&context, first.data(), first.size()) == 0 &&
                    mbedtls_sha256_update(&context, second.data(), second.size()) == 0 &&
                    mbedtls_sha256_finish(&context, out.data()) == 0;
  mbedtls_sha256_free(&context);
  return done;
}

}  // namespace

struct SeedSource::Impl {
  Impl(std::unique_ptr<RawSource> source, double min_entropy, std::unique_ptr<RawSource> extra)
      : raw(std::move(source)), combined(std::move(extra)), tests(min_entropy), samples(samples_a_block(min_entropy)) {}

  Outcome<void> read_tested(MutableBytes out);
  Outcome<void> next_block(std::span<uint8_t, kBlock> out);
  Outcome<void> remember(ByteView digest);

  std::mutex mutex;
  std::unique_ptr<RawSource> raw;
  std::unique_ptr<RawSource> combined;  // null: nothing is mixed in
  HealthTests tests;
  base::SecretBuffer samples;
  std::optional<Failure> stopped;
  std::unordered_set<uint64_t> seen;
  std::deque<uint64_t> order;  // of `seen`, oldest first
};

// Every raw byte passes the tests before anything is made of it.
Outcome<void> SeedSource::Impl::read_tested(MutableBytes out) {
  if (auto read = raw->read(out); !read) return read;
  if (auto healthy = tests.check(out); !healthy) {
    return base::failure_of(healthy.error(), raw->name(),
                            "Take this station off the line until its source was examined; a restart tests it again");
  }
  return {};
}

Outcome<void> SeedSource::Impl::next_block(std::span<uint8_t, kBlock> out) {
  if (auto read = read_tested(samples.span()); !read) return read;
  base::SecretBytes<kBlock> own;
  if (!sha256('S', samples.view(), {}, own.span())) return base::failure_of(ErrorCode::kCrypto, "SHA-256");
  base::secure_wipe(samples.span());
  // Before the kernel's share is mixed in: a device that repeats itself must not hide behind it.
  if (auto fresh = remember(own.view()); !fresh) return fresh;

  base::SecretBytes<kBlock> other;
  if (combined != nullptr) {
    if (auto read = combined->read(other.span()); !read) return read;
  }
  const ByteView mixed = combined != nullptr ? ByteView(other.view()) : ByteView();
  if (!sha256('O', own.view(), mixed, out)) return base::failure_of(ErrorCode::kCrypto, "SHA-256");
  return {};
}

// Keeps 64 bits of another hash, so that the history tells nothing about an output.
Outcome<void> SeedSource::Impl::remember(ByteView digest) {
  base::SecretBytes<kBlock> tag;
  if (!sha256('H', digest, {}, tag.span())) return base::failure_of(ErrorCode::kCrypto, "SHA-256");
  const auto key = base::load_be<uint64_t>(tag.data());
  if (!seen.insert(key).second) {
    return base::failure_of(ErrorCode::kSeedRepeated, raw->name(),
                            "Stop the line: units may share secrets. Examine the source before any other unit is made");
  }
  order.push_back(key);
  if (order.size() > kHistory) {
    seen.erase(order.front());
    order.pop_front();
  }
  return {};
}

SeedSource::SeedSource(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SeedSource::~SeedSource() = default;

Outcome<std::unique_ptr<SeedSource>> SeedSource::open(const SeedSourceOptions& options) {
  if (options.device.empty()) return open(kernel_source(), 8, false);
  auto raw = device_source(options.device, options.time_limit);
  if (!raw) return std::unexpected(raw.error());
  return open(std::move(*raw), options.min_entropy, true);
}

Outcome<std::unique_ptr<SeedSource>> SeedSource::open(std::unique_ptr<RawSource> raw, double min_entropy,
                                                      bool combine) {
  // Under 1/16 bit the start-up test could not tell a stuck source from a good one.
  if (!(min_entropy >= 0.0625 && min_entropy <= 8)) {
    return failure(ErrorCode::kConfiguration,
                   "the min-entropy of the seed source is not within 0.0625 to 8 bits a byte", raw->name(),
                   "Give the figure of the generator's data sheet");
  }
  auto impl = std::make_unique<Impl>(std::move(raw), min_entropy, combine ? kernel_source() : nullptr);
  base::SecretBytes<kStartUpSamples> start_up;
  if (auto tested = impl->read_tested(start_up.span()); !tested) return std::unexpected(tested.error());
  return std::unique_ptr<SeedSource>(new SeedSource(std::move(impl)));
}

Outcome<void> SeedSource::fill(MutableBytes out) {
  const std::lock_guard lock(impl_->mutex);
  base::SecretBytes<kBlock> block;
  for (MutableBytes rest = out; !rest.empty();) {
    Outcome<void> made;
    if (impl_->stopped) {
      made = std::unexpected(*impl_->stopped);
    } else {
      made = impl_->next_block(block.span());
    }
    if (!made) {
      impl_->stopped = made.error();
      base::secure_wipe(out);
      return made;
    }
    const size_t take = std::min(rest.size(), kBlock);
    base::copy(rest, block.view().first(take));
    rest = rest.subspan(take);
  }
  return {};
}

base::Status SeedSource::generate(MutableBytes out) {
  if (auto filled = fill(out); !filled) return base::fail(filled.error().code);
  return {};
}

}  // namespace entropy
