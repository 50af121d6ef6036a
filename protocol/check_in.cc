#include "protocol/check_in.h"

#include "protocol/cbor.h"

namespace protocol {
namespace {

constexpr auto kMap = CborReader::Container::kMap;

}  // namespace

Result<ByteView> encode(const CheckInChallenge& m, MutableBytes out) {
  CborWriter w(out);
  w.map(1);
  w.field(1, ByteView(m.challenge));
  return w.finish();
}

base::Status decode(ByteView bytes, CheckInChallenge& m) {
  m = {};
  CborReader r(bytes, kMap);
  r.fixed(1, m.challenge);
  return r.finish();
}

Result<ByteView> encode(const CheckInAnswer& m, MutableBytes out) {
  CborWriter w(out);
  w.map(m.text.empty() ? 2 : 3);
  w.field(1, m.error);
  w.field(2, m.time);
  if (!m.text.empty()) w.field(3, m.text);
  return w.finish();
}

base::Status decode(ByteView bytes, CheckInAnswer& m) {
  m = {};
  CborReader r(bytes, kMap);
  r.uint(1, m.error);
  r.uint(2, m.time);
  if (r.find(3)) m.text = r.take_text(1, kMaxAnswerText);
  return r.finish();
}

}  // namespace protocol
