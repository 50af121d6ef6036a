#include "entropy/device/generator.h"

namespace entropy {
namespace {

using base::ErrorCode;
using base::fail;

constexpr std::string_view kLabel = "factory-line generator v1";
constexpr size_t kNonceSize = 16;  // half the security strength (SP 800-90A section 8.6.7)

// Which parts stand in the entropy input, so that no two combinations give the same seed material.
constexpr uint8_t kHasStored = 1;
constexpr uint8_t kHasInjected = 2;
constexpr uint8_t kHasTrng = 4;

constexpr size_t kMaxEntropyInput = 3 * kSeedSize;
constexpr size_t kMaxPersonalization = kLabel.size() + 1 + 1 + Generator::kMaxChipId + 1 + Generator::kMaxNoise;
static_assert(kMaxEntropyInput + kNonceSize + kMaxPersonalization <= CtrDrbg::kMaxSeedMaterial);

// One call's noise, with its length in front.
size_t collect_noise(NoiseSource* source, std::span<uint8_t, 1 + Generator::kMaxNoise> out) {
  size_t size = 0;
  if (source != nullptr) size = source->collect(out.subspan(1));
  if (size > Generator::kMaxNoise) size = Generator::kMaxNoise;  // a source that lies about its count
  out[0] = static_cast<uint8_t>(size);
  return 1 + size;
}

}  // namespace

void Generator::attach(SeedStore& store, ByteView chip_id, Trng* trng, NoiseSource* noise) {
  stop();
  store_ = &store;
  chip_id_ = chip_id.first(chip_id.size() < kMaxChipId ? chip_id.size() : kMaxChipId);
  trng_ = trng;
  noise_ = noise;
}

void Generator::stop() {
  drbg_.uninstantiate();
  boot_count_ = 0;
  uncommitted_left_ = 0;
  committed_ = false;
  ready_ = false;
}

Status Generator::start() {
  stop();
  if (store_ == nullptr) return fail(ErrorCode::kBadState);
  base::SecretBytes<kSeedSize> stored;
  const Status loaded = store_->load(stored.span());
  if (!loaded && loaded.error() != ErrorCode::kItemNotFound) return loaded;
  if (!loaded && trng_ == nullptr) return fail(ErrorCode::kUnseeded);

  BASE_TRY(instantiate(loaded ? ByteView(stored.view()) : ByteView(), {}));
  const Status kept = store_successor();
  // A chip with a TRNG may be started before it has the key that the store needs: its fresh entropy keeps
  // boots apart, and commit_seed() stores the seed once there is a key. Any other failure is final.
  const bool keyless_start = !kept && kept.error() == ErrorCode::kNoRootKey && !loaded && trng_ != nullptr;
  if (!kept && !keyless_start) {
    stop();
    return fail(ErrorCode::kSeedStore);
  }
  committed_ = true;
  ready_ = true;
  return {};
}

Status Generator::inject(ByteView seed) {
  if (seed.size() != kSeedSize) return fail(ErrorCode::kSeedLength);
  if (store_ == nullptr) return fail(ErrorCode::kBadState);
  if (ready_) return reseed(seed);

  // A seed may be there although start() failed. It can only add; the injected one alone is enough.
  base::SecretBytes<kSeedSize> stored;
  const bool has_stored = store_->load(stored.span()).has_value();
  BASE_TRY(instantiate(has_stored ? ByteView(stored.view()) : ByteView(), seed));
  uncommitted_left_ = kUncommittedLimit;
  ready_ = true;
  return {};
}

Status Generator::commit_seed() {
  if (!ready_) return fail(ErrorCode::kUnseeded);
  if (!store_successor()) return fail(ErrorCode::kSeedStore);
  committed_ = true;
  return {};
}

Status Generator::generate(MutableBytes out) {
  Status done;
  if (!ready_) {
    done = fail(ErrorCode::kUnseeded);
  } else if (!committed_ && out.size() > uncommitted_left_) {
    done = fail(ErrorCode::kSeedStore);
  } else {
    if (!committed_) uncommitted_left_ -= out.size();
    done = draw(out);
  }
  if (!done) base::secure_wipe(out);
  return done;
}

// A request for nothing with additional input (section 10.2.1.5.2): it updates the state, and the next one again.
void Generator::stir(ByteView data) {
  while (ready_ && !data.empty()) {
    const size_t size = data.size() < CtrDrbg::kMaxAdditional ? data.size() : CtrDrbg::kMaxAdditional;
    if (!drbg_.generate({}, data.first(size))) stop();
    data = data.subspan(size);
  }
}

// Section 10.2.1.3.2 of SP 800-90A; DESIGN.md has the lengths. The counter is durable before it is used, so
// that a nonce is never used twice, whatever happens to the power.
Status Generator::instantiate(ByteView stored, ByteView injected) {
  const auto count = store_->next_boot_count();
  if (!count) return fail(ErrorCode::kSeedStore);

  base::SecretBytes<kMaxEntropyInput> entropy;
  base::ByteWriter material(entropy.span());
  material.bytes(stored);
  material.bytes(injected);
  if (trng_ != nullptr) {
    base::SecretBytes<kSeedSize> fresh;
    if (!trng_->read(fresh.span())) return fail(ErrorCode::kTrngFailed);
    material.bytes(fresh.view());
  }

  uint8_t nonce[kNonceSize] = {};
  base::store_be(nonce + kNonceSize - sizeof(uint64_t), *count);

  base::SecretBytes<kMaxPersonalization> text;
  base::ByteWriter personalization(text.span());
  personalization.bytes(base::as_bytes(kLabel));
  personalization.u8(static_cast<uint8_t>((stored.empty() ? 0 : kHasStored) | (injected.empty() ? 0 : kHasInjected) |
                                          (trng_ == nullptr ? 0 : kHasTrng)));
  personalization.u8(static_cast<uint8_t>(chip_id_.size()));
  personalization.bytes(chip_id_);
  base::SecretBytes<1 + kMaxNoise> noise;
  const size_t noise_size = collect_noise(noise_, noise.span());
  personalization.bytes(noise.view().first(noise_size));

  BASE_ASSIGN(const ByteView entropy_input, material.finish());
  BASE_ASSIGN(const ByteView personalization_string, personalization.finish());
  BASE_TRY(drbg_.instantiate(entropy_input, nonce, personalization_string));
  boot_count_ = *count;
  return {};
}

// Section 10.2.1.4.2: what the generator knew stays in, so a bad seed or TRNG can take nothing away.
Status Generator::reseed(ByteView injected) {
  base::SecretBytes<2 * kSeedSize> entropy;
  base::ByteWriter material(entropy.span());
  material.bytes(injected);
  if (trng_ != nullptr) {
    base::SecretBytes<kSeedSize> fresh;
    if (!trng_->read(fresh.span())) return fail(ErrorCode::kTrngFailed);
    material.bytes(fresh.view());
  }
  base::SecretBytes<1 + kMaxNoise> noise;
  const size_t noise_size = collect_noise(noise_, noise.span());
  BASE_ASSIGN(const ByteView entropy_input, material.finish());
  return drbg_.reseed(entropy_input, noise.view().first(noise_size));
}

Status Generator::store_successor() {
  base::SecretBytes<kSeedSize> successor;
  BASE_TRY(draw(successor.span()));
  return store_->store(successor.view());
}

Status Generator::draw(MutableBytes out) {
  while (!out.empty()) {
    if (trng_ != nullptr && drbg_.requests() >= limits_.trng_reseed_interval) BASE_TRY(reseed({}));
    if (drbg_.requests() >= limits_.max_requests) return fail(ErrorCode::kReseedRequired);
    const size_t size = out.size() < CtrDrbg::kMaxRequest ? out.size() : CtrDrbg::kMaxRequest;
    BASE_TRY(drbg_.generate(out.first(size)));
    out = out.subspan(size);
  }
  return {};
}

}  // namespace entropy
