// Data outside the chip: sealed under a key of its label, bound to a rollback counter. SPEC.md section 6.
#include "rot/rot.h"

namespace rot {

using base::ErrorCode;
using base::fail;

namespace {

constexpr uint8_t kSealVersion = 1;
constexpr size_t kSealHeaderSize = 16;  // version, counter, six zeros, counter value u64
constexpr uint8_t kCounters = 8;
static_assert(kSealHeaderSize + kSivTagSize == Rot::kSealOverhead);

using SealHeader = std::array<uint8_t, kSealHeaderSize>;

Status set_seal_key(const RootKey& root, std::string_view label, SivKey& key) {
  base::SecretBytes<kSivKeySize> bytes;
  BASE_TRY(derive(root.view(), "seal", label, {}, bytes.span()));
  return key.set(bytes.view());
}

}  // namespace

Status Rot::counter_id(uint8_t counter, StateId& id) const {
  if (counter >= kCounters) return fail(ErrorCode::kInvalidArgument);
  if (!mounted_) return fail(ErrorCode::kNotMounted);
  if (!has_root_key_) return fail(ErrorCode::kNoRootKey);
  id = static_cast<StateId>(static_cast<uint8_t>(StateId::kCounter0) + counter);
  return {};
}

Result<ByteView> Rot::seal(std::string_view label, uint8_t counter, ByteView plaintext, MutableBytes out) {
  StateId id;
  BASE_TRY(counter_id(counter, id));
  if (out.size() < kSealOverhead || out.size() - kSealOverhead < plaintext.size()) {
    return fail(ErrorCode::kBufferTooSmall);
  }
  BASE_ASSIGN(const uint64_t value, get_state_u64(id));
  SealHeader header{kSealVersion, counter};
  base::store_be(&header[8], value);
  SivKey key;
  BASE_TRY(set_seal_key(root_key_, label, key));
  base::copy(out, header);
  BASE_ASSIGN(const ByteView sealed, siv_seal(key, {header}, plaintext, out.subspan(kSealHeaderSize)));
  return ByteView(out.first(kSealHeaderSize + sealed.size()));
}

Result<ByteView> Rot::unseal(std::string_view label, uint8_t counter, ByteView sealed, MutableBytes out) {
  StateId id;
  BASE_TRY(counter_id(counter, id));
  if (sealed.size() < kSealOverhead) return fail(ErrorCode::kSealAuth);
  const ByteView header = sealed.first(kSealHeaderSize);
  if (header[0] != kSealVersion || header[1] != counter) return fail(ErrorCode::kSealAuth);
  SivKey key;
  BASE_TRY(set_seal_key(root_key_, label, key));
  BASE_ASSIGN(const ByteView text, siv_open(key, {header}, sealed.subspan(kSealHeaderSize), out));
  auto value = get_state_u64(id);
  if (!value || base::load_be<uint64_t>(&header[8]) != *value) {
    base::secure_wipe(out.first(text.size()));
    return fail(value ? ErrorCode::kSealRollback : value.error());
  }
  return text;
}

Result<uint64_t> Rot::advance_counter(uint8_t counter) {
  StateId id;
  BASE_TRY(counter_id(counter, id));
  BASE_ASSIGN(const uint64_t value, get_state_u64(id));
  if (value == UINT64_MAX) return fail(ErrorCode::kUnsupported);
  BASE_TRY(put_state_u64(id, value + 1));
  return value + 1;
}

}  // namespace rot
