// What goes into a handshake: the batch's pre-shared key, the derived ephemeral, the prologue.
#include "crypto/hkdf.h"
#include "protocol/channel.h"

namespace protocol {

using base::ErrorCode;
using base::fail;
using namespace std::string_view_literals;

namespace {

constexpr std::string_view kPskLabel = "factory-line psk v1";
constexpr std::string_view kEphemeralLabel = "factory-line ephemeral v1";

}  // namespace

base::Status derive_psk(std::span<const uint8_t, kBatchSecretSize> batch_secret, std::span<uint8_t, 32> psk) {
  crypto::hkdf_sha256({}, batch_secret, base::as_bytes(kPskLabel), psk);
  return {};
}

base::Status derive_device_ephemeral(std::span<const uint8_t, kBatchSecretSize> batch_secret, ByteView chip_id,
                                     uint64_t session_counter, ByteView noise_message1, ByteView board_noise,
                                     std::span<uint8_t, kPrivateKeySize> scalar) {
  if (chip_id.size() > kMaxChipIdSize || noise_message1.size() > UINT16_MAX || board_noise.size() > UINT16_MAX) {
    return fail(ErrorCode::kInvalidArgument);
  }
  Digest context;
  Sha256(kEphemeralLabel)
      .be(static_cast<uint8_t>(chip_id.size()))
      .update(chip_id)
      .be(session_counter)
      .be(static_cast<uint16_t>(noise_message1.size()))
      .update(noise_message1)
      .be(static_cast<uint16_t>(board_noise.size()))
      .update(board_noise)
      .finish(context);
  const base::WipeOnExit wipe_context(context);

  // A scalar is 1 to n - 1. PSA knows n: what it does not import is drawn again, which one in 2^32 candidates needs.
  base::ByteArray<kEphemeralLabel.size() + 1> info;
  base::copy(info, base::as_bytes(kEphemeralLabel));
  for (uint8_t attempt = 0; attempt < 8; ++attempt) {
    info.back() = attempt;
    crypto::hkdf_sha256(context, batch_secret, info, scalar);
    VolatileKey probe;
    const psa_status_t status = probe.import(kP256KeyPair, PSA_KEY_USAGE_DERIVE, PSA_ALG_ECDH, scalar);
    if (status == PSA_SUCCESS) return {};
    if (status != PSA_ERROR_INVALID_ARGUMENT) break;
  }
  base::secure_wipe(scalar);
  return fail(ErrorCode::kCrypto);
}

void hello_digest(ByteView hello_reply_payload, Digest& hello) {
  Sha256("factory-line hello v1"sv).update(hello_reply_payload).finish(hello);
}

void channel_prologue_of(const Digest& hello, const StationId& station, Digest& prologue) {
  Sha256("factory-line prologue v1"sv).update(hello).update(station).finish(prologue);
}

Result<Digest> channel_prologue(ByteView hello_reply_payload, const StationId& station) {
  Digest digest;
  hello_digest(hello_reply_payload, digest);
  channel_prologue_of(digest, station, digest);
  return digest;
}

}  // namespace protocol
