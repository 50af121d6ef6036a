// Messages outside the channel.
#include "protocol/cbor.h"
#include "protocol/messages.h"

namespace protocol {
namespace {

constexpr auto kMap = CborReader::Container::kMap;

}  // namespace

Result<ByteView> encode(const HelloRequest& m, MutableBytes out) {
  CborWriter w(out);
  w.map(2);
  w.field(1, m.version);
  w.field(2, m.max_payload);
  return w.finish();
}

base::Status decode(ByteView bytes, HelloRequest& m) {
  m = {};
  CborReader r(bytes, kMap);
  r.uint(1, m.version);
  r.uint(2, m.max_payload);
  return r.finish();
}

Result<ByteView> encode(const HelloReply& m, MutableBytes out) {
  CborWriter w(out);
  w.map(11U + m.transaction.has_value() + m.batch.has_value() + m.fault.has_value() + (m.max_read_protection != 0));
  w.field(1, m.version);
  w.field(2, m.agent_version);
  w.field(3, m.board);
  w.field(4, m.chip_id);
  w.field(5, static_cast<uint8_t>(m.lifecycle));
  w.key(6);
  w.boolean(m.has_trng);
  w.key(7);
  w.boolean(m.seeded);
  w.field(8, m.free_bytes);
  w.field(9, m.max_payload);
  w.field(10, m.window);
  w.field(11, m.transaction);
  w.field(12, m.batch);
  w.field(13, m.reset_cause);
  if (m.fault) w.field(14, *m.fault);
  if (m.max_read_protection != 0) w.field(15, m.max_read_protection);
  return w.finish();
}

base::Status decode(ByteView bytes, HelloReply& m) {
  m = {};
  CborReader r(bytes, kMap);
  r.uint(1, m.version);
  r.text(2, m.agent_version, 1, kMaxVersionSize);
  r.text(3, m.board, 1, kMaxBoardSize);
  r.bytes(4, m.chip_id, kMinChipIdSize, kMaxChipIdSize);
  r.uint(5, m.lifecycle, static_cast<uint8_t>(Lifecycle::kDecommissioned));
  r.boolean(6, m.has_trng);
  r.boolean(7, m.seeded);
  r.uint(8, m.free_bytes, UINT32_MAX);
  r.uint(9, m.max_payload);
  r.uint(10, m.window);
  r.optional(11, m.transaction);
  r.optional(12, m.batch);
  r.uint(13, m.reset_cause);
  if (r.find(14)) m.fault = static_cast<uint16_t>(r.take_uint(UINT16_MAX));
  if (r.find(15)) m.max_read_protection = static_cast<uint8_t>(r.take_uint(kMaxReadProtection));
  return r.finish();
}

Result<ByteView> encode(const HandshakeRequest& m, MutableBytes out) {
  CborWriter w(out);
  w.map(2);
  w.field(1, ByteView(m.station));
  w.field(2, m.noise);
  return w.finish();
}

base::Status decode(ByteView bytes, HandshakeRequest& m) {
  m = {};
  CborReader r(bytes, kMap);
  r.fixed(1, m.station);
  r.bytes(2, m.noise, 1, kMaxNegotiatedPayload);
  return r.finish();
}

Result<ByteView> encode(const HandshakeReply& m, MutableBytes out) {
  CborWriter w(out);
  w.map(1);
  w.field(1, m.noise);
  return w.finish();
}

base::Status decode(ByteView bytes, HandshakeReply& m) {
  m = {};
  CborReader r(bytes, kMap);
  r.bytes(1, m.noise, 1, kMaxNegotiatedPayload);
  return r.finish();
}

Result<ByteView> encode(const AttestRequest& m, MutableBytes out) {
  CborWriter w(out);
  w.map(1);
  w.field(1, ByteView(m.challenge));
  return w.finish();
}

base::Status decode(ByteView bytes, AttestRequest& m) {
  m = {};
  CborReader r(bytes, kMap);
  r.fixed(1, m.challenge);
  return r.finish();
}

Result<ByteView> encode(const AttestReply& m, MutableBytes out) {
  CborWriter w(out);
  w.map(1);
  w.field(1, m.receipt);
  return w.finish();
}

base::Status decode(ByteView bytes, AttestReply& m) {
  m = {};
  CborReader r(bytes, kMap);
  r.bytes(1, m.receipt, 1, kMaxReceiptSize);
  return r.finish();
}

Result<ByteView> encode(const Refusal& m, MutableBytes out) {
  CborWriter w(out);
  w.map(2);
  w.field(1, m.error);
  w.field(2, m.expected_sequence);
  return w.finish();
}

base::Status decode(ByteView bytes, Refusal& m) {
  m = {};
  CborReader r(bytes, kMap);
  r.uint(1, m.error);
  r.uint(2, m.expected_sequence);
  return r.finish();
}

}  // namespace protocol
