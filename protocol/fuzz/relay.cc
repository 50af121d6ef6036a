// The relay's messages on any bytes, the host's half of it on any requests: what is decoded encodes to the same
// meaning, what is built in place is what is built apart, and a stored reply is repeated as it was.
#include "protocol/relay.h"

#include <cstdlib>

namespace {

using namespace protocol;

void check_request(ByteView bytes) {
  static base::ByteArray<4096> apart;
  static base::ByteArray<relay_request_room(kMaxRelayData)> room;
  static base::ByteArray<2048> buffer;
  RelayRequest m;
  if (!decode(bytes, m)) return;
  const auto encoded = encode(m, apart);
  RelayRequest again;
  if (!encoded || !decode(*encoded, again)) std::abort();
  if (again.operation != m.operation || again.number != m.number || !base::equal(again.data, m.data)) std::abort();

  base::copy(MutableBytes(room).subspan(kRelayFrontRoom), m.data);
  RelayRequest in_place = m;
  in_place.data = ByteView(room).subspan(kRelayFrontRoom, m.data.size());
  const auto wire = encode_relay_frame(in_place, 7, room);
  if (!wire) std::abort();
  FrameDecoder decoder(buffer);
  bool same = false;
  for (const uint8_t byte : *wire) {
    const auto frame = decoder.push(byte);
    if (!frame) std::abort();
    if (*frame) same = base::equal((*frame)->payload, *encoded);
  }
  if (!same) std::abort();
}

void check_reply(ByteView bytes) {
  static base::ByteArray<4096> out;
  RelayReply m;
  if (!decode(bytes, m)) return;
  const auto encoded = encode(m, out);
  RelayReply again;
  if (!encoded || !decode(*encoded, again) || again.status != m.status || !base::equal(again.data, m.data)) {
    std::abort();
  }
  RelayReplyStore store;
  const Frame request{static_cast<uint8_t>(FrameType::kRelay), 1, bytes};
  const auto wire = store.store(request, m);
  if (!wire) std::abort();
  const ByteView repeated = store.repeated(request);
  if (bytes.size() <= kMaxRelayRequestHead + kMaxRelayData && !base::equal(repeated, *wire)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const ByteView bytes(data + 1, size - 1);
  if ((data[0] & 1) != 0) {
    check_request(bytes);
  } else {
    check_reply(bytes);
  }
  return 0;
}
