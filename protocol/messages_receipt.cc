// What a unit signs: payloads of a COSE_Sign1 (cose.h).
#include "protocol/cbor.h"
#include "protocol/messages.h"

namespace protocol {
namespace {

constexpr auto kMap = CborReader::Container::kMap;

}  // namespace

Result<ByteView> encode(const Receipt& m, MutableBytes out) {
  CborWriter w(out);
  w.map(10U + (m.read_protection != 0));
  w.field(1, ByteView(m.challenge));
  w.field(2, m.chip_id);
  w.field(3, m.serial);
  w.field(4, ByteView(m.transaction));
  w.field(5, ByteView(m.items_digest));
  w.field(6, m.item_count);
  w.field(7, ByteView(m.public_key));
  w.field(8, static_cast<uint8_t>(m.lifecycle));
  w.field(9, m.board);
  w.field(10, m.agent_version);
  if (m.read_protection != 0) w.field(11, m.read_protection);
  return w.finish();
}

base::Status decode(ByteView bytes, Receipt& m) {
  m = {};
  CborReader r(bytes, kMap);
  r.fixed(1, m.challenge);
  r.bytes(2, m.chip_id, kMinChipIdSize, kMaxChipIdSize);
  r.text(3, m.serial, 1, kMaxSerialSize);
  r.fixed(4, m.transaction);
  r.fixed(5, m.items_digest);
  r.uint(6, m.item_count);
  r.fixed(7, m.public_key);
  r.uint(8, m.lifecycle, static_cast<uint8_t>(Lifecycle::kDecommissioned));
  r.text(9, m.board, 1, kMaxBoardSize);
  r.text(10, m.agent_version, 1, kMaxVersionSize);
  if (r.find(11)) m.read_protection = static_cast<uint8_t>(r.take_uint(kMaxReadProtection));
  return r.finish();
}

Result<ByteView> encode(const FirstBootProof& m, MutableBytes out) {
  CborWriter w(out);
  w.map(5);
  w.field(1, ByteView(m.challenge));
  w.field(2, m.chip_id);
  w.field(3, m.serial);
  w.field(4, ByteView(m.items_digest));
  w.field(5, m.boot_count);
  return w.finish();
}

base::Status decode(ByteView bytes, FirstBootProof& m) {
  m = {};
  CborReader r(bytes, kMap);
  r.fixed(1, m.challenge);
  r.bytes(2, m.chip_id, kMinChipIdSize, kMaxChipIdSize);
  r.text(3, m.serial, 1, kMaxSerialSize);
  r.fixed(4, m.items_digest);
  r.uint(5, m.boot_count);
  return r.finish();
}

}  // namespace protocol
