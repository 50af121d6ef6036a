// What every channel message is wrapped in: [number, {body}].
#include "protocol/cbor.h"
#include "protocol/messages.h"

namespace protocol {
namespace {

constexpr uint8_t kEmptyMap[] = {0xA0};

Result<ByteView> encode_envelope(uint16_t number, ByteView body, MutableBytes out) {
  CborWriter w(out);
  w.array(2);
  w.value(uint64_t{number});
  w.encoded(body.empty() ? ByteView(kEmptyMap) : body);
  return w.finish();
}

// More elements behind the two are skipped, as unknown keys of a map are.
base::Status decode_envelope(ByteView bytes, uint64_t max, uint16_t& number, ByteView& body) {
  CborReader r(bytes, CborReader::Container::kArray);
  number = static_cast<uint16_t>(r.take_uint(max));
  body = r.take_container(CborReader::Container::kMap);
  return r.finish();
}

}  // namespace

Result<ByteView> encode(const CommandEnvelope& m, MutableBytes out) {
  return encode_envelope(static_cast<uint8_t>(m.command), m.body, out);
}

base::Status decode(ByteView bytes, CommandEnvelope& m) {
  m = {};
  uint16_t command = 0;
  BASE_TRY(decode_envelope(bytes, UINT8_MAX, command, m.body));
  m.command = static_cast<Command>(command);
  return {};
}

Result<ByteView> encode(const ReplyEnvelope& m, MutableBytes out) { return encode_envelope(m.error, m.body, out); }

base::Status decode(ByteView bytes, ReplyEnvelope& m) {
  m = {};
  return decode_envelope(bytes, UINT16_MAX, m.error, m.body);
}

}  // namespace protocol
