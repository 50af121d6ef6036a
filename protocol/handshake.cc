// The two messages of KNpsk0 (SPEC.md, section 5):
//   -> s
//   ...
//   -> psk, e
//   <- e, ee, se
#include "protocol/channel.h"

namespace protocol {

using base::ErrorCode;
using base::fail;

namespace {

psa_status_t import_ephemeral(VolatileKey& key, ByteView scalar) {
  return key.import(kP256KeyPair, PSA_KEY_USAGE_DERIVE, PSA_ALG_ECDH, scalar);
}

base::Status export_public(const VolatileKey& key, std::span<uint8_t, kPublicKeySize> out) {
  size_t size = 0;
  if (psa_export_public_key(key.id(), out.data(), out.size(), &size) != PSA_SUCCESS || size != out.size()) {
    return fail(ErrorCode::kCrypto);
  }
  return {};
}

// MixKey(DH(key, peer)). kHandshakeFailed: `peer` is no point of the curve.
base::Status mix_shared_secret(SymmetricState& state, psa_key_id_t key, ByteView peer) {
  base::SecretBytes<32> shared;
  size_t size = 0;
  const psa_status_t status =
      psa_raw_key_agreement(PSA_ALG_ECDH, key, peer.data(), peer.size(), shared.data(), shared.size(), &size);
  if (status == PSA_ERROR_INVALID_ARGUMENT) return fail(ErrorCode::kHandshakeFailed);
  if (status != PSA_SUCCESS || size != shared.size()) return fail(ErrorCode::kCrypto);
  state.mix_key(shared.view());
  return {};
}

void open_channel(SymmetricState& state, bool initiator, Channel& channel) {
  base::SecretBytes<2 * kChannelKeySize> keys;
  state.split(keys.span());
  const auto first = keys.view().first<kChannelKeySize>();
  const auto second = keys.view().last<kChannelKeySize>();
  initiator ? channel.start(first, second) : channel.start(second, first);
}

}  // namespace

// ---- initiator ----------------------------------------------------------------------------------------

void Initiator::wipe() {
  state_.wipe();
  ephemeral_.reset();
  static_key_ = PSA_KEY_ID_NULL;
}

Result<ByteView> Initiator::write_message1(psa_key_id_t static_key, const PublicKey& static_public,
                                           std::span<const uint8_t, 32> psk, const Digest& prologue, MutableBytes out,
                                           ByteView ephemeral_for_test) {
  wipe();
  auto result = message1(static_public, psk, prologue, out, ephemeral_for_test);
  if (result) {
    static_key_ = static_key;
  } else {
    wipe();
  }
  return result;
}

Result<ByteView> Initiator::message1(const PublicKey& static_public, std::span<const uint8_t, 32> psk,
                                     const Digest& prologue, MutableBytes out, ByteView ephemeral_for_test) {
  if (out.size() < kNoiseMessage1Size) return fail(ErrorCode::kBufferTooSmall);
  const psa_status_t status = ephemeral_for_test.empty() ? ephemeral_.generate_p256(PSA_KEY_USAGE_DERIVE, PSA_ALG_ECDH)
                                                         : import_ephemeral(ephemeral_, ephemeral_for_test);
  if (status != PSA_SUCCESS) return fail(ErrorCode::kCrypto);
  state_.initialize(prologue, static_public);
  state_.mix_key_and_hash(psk);
  const auto point = out.first<kPublicKeySize>();
  BASE_TRY(export_public(ephemeral_, point));
  state_.mix_ephemeral(point);
  BASE_TRY(state_.encrypt_and_hash({}, out.subspan(kPublicKeySize)));
  return ByteView(out.first(kNoiseMessage1Size));
}

Result<ByteView> Initiator::read_message2(ByteView message, MutableBytes payload_out, Channel& channel) {
  if (static_key_ == PSA_KEY_ID_NULL) return fail(ErrorCode::kBadState);
  auto result = message2(message, payload_out, channel);
  wipe();
  return result;
}

Result<ByteView> Initiator::message2(ByteView bytes, MutableBytes payload_out, Channel& channel) {
  if (bytes.size() < kNoiseMessage2Overhead) return fail(ErrorCode::kHandshakeFailed);
  const ByteView point = bytes.first(kPublicKeySize);
  state_.mix_ephemeral(point);
  BASE_TRY(mix_shared_secret(state_, ephemeral_.id(), point));
  BASE_TRY(mix_shared_secret(state_, static_key_, point));
  BASE_ASSIGN(const ByteView payload, state_.decrypt_and_hash(bytes.subspan(kPublicKeySize), payload_out));
  open_channel(state_, true, channel);
  return payload;
}

// ---- responder ----------------------------------------------------------------------------------------

void Responder::wipe() {
  state_.wipe();
  ready_ = false;
}

base::Status Responder::read_message1(ByteView message, const PublicKey& station_public,
                                      std::span<const uint8_t, 32> psk, const Digest& prologue) {
  wipe();
  station_ = station_public;
  auto status = message1(message, psk, prologue);
  if (status) {
    ready_ = true;
  } else {
    wipe();
  }
  return status;
}

base::Status Responder::message1(ByteView bytes, std::span<const uint8_t, 32> psk, const Digest& prologue) {
  if (bytes.size() != kNoiseMessage1Size) return fail(ErrorCode::kMalformed);
  base::copy(initiator_ephemeral_, bytes.first(kPublicKeySize));
  state_.initialize(prologue, station_);
  state_.mix_key_and_hash(psk);
  state_.mix_ephemeral(initiator_ephemeral_);
  uint8_t nothing = 0;
  BASE_TRY(state_.decrypt_and_hash(bytes.subspan(kPublicKeySize), MutableBytes(&nothing, 1).first(0)));
  VolatileKey probe;
  if (probe.import(kP256PublicKey, 0, PSA_ALG_NONE, initiator_ephemeral_) != PSA_SUCCESS) {
    return fail(ErrorCode::kHandshakeFailed);
  }
  return {};
}

Result<ByteView> Responder::write_message2(std::span<const uint8_t, kPrivateKeySize> ephemeral, ByteView payload,
                                           MutableBytes out, Channel& channel) {
  if (!ready_) return fail(ErrorCode::kBadState);
  auto result = message2(ephemeral, payload, out, channel);
  wipe();
  return result;
}

Result<ByteView> Responder::message2(std::span<const uint8_t, kPrivateKeySize> ephemeral, ByteView payload,
                                     MutableBytes out, Channel& channel) {
  if (out.size() < payload.size() + kNoiseMessage2Overhead) return fail(ErrorCode::kBufferTooSmall);
  VolatileKey key;
  if (import_ephemeral(key, ephemeral) != PSA_SUCCESS) return fail(ErrorCode::kCrypto);
  const auto point = out.first<kPublicKeySize>();
  BASE_TRY(export_public(key, point));
  state_.mix_ephemeral(point);
  BASE_TRY(mix_shared_secret(state_, key.id(), initiator_ephemeral_));
  BASE_TRY(mix_shared_secret(state_, key.id(), station_));
  BASE_ASSIGN(const ByteView sealed, state_.encrypt_and_hash(payload, out.subspan(kPublicKeySize)));
  open_channel(state_, false, channel);
  return ByteView(out.first(kPublicKeySize + sealed.size()));
}

}  // namespace protocol
