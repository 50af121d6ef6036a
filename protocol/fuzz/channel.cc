// What the device takes from the line before and after a channel is open: Noise message 1, channel messages, and a
// signed message on the host's side. Nothing that is made up may authenticate.
#include "protocol/channel.h"

#include <cstdlib>

#include "protocol/cose.h"

namespace {

using namespace protocol;

// A point of P-256: its base point (SEC 2, section 2.4.2).
constexpr PublicKey kPoint = {0x04, 0x6B, 0x17, 0xD1, 0xF2, 0xE1, 0x2C, 0x42, 0x47, 0xF8, 0xBC, 0xE6, 0xE5,
                              0x63, 0xA4, 0x40, 0xF2, 0x77, 0x03, 0x7D, 0x81, 0x2D, 0xEB, 0x33, 0xA0, 0xF4,
                              0xA1, 0x39, 0x45, 0xD8, 0x98, 0xC2, 0x96, 0x4F, 0xE3, 0x42, 0xE2, 0xFE, 0x1A,
                              0x7F, 0x9B, 0x8E, 0xE7, 0xEB, 0x4A, 0x7C, 0x0F, 0x9E, 0x16, 0x2B, 0xCE, 0x33,
                              0x57, 0x6B, 0x31, 0x5E, 0xCE, 0xCB, 0xB6, 0x40, 0x68, 0x37, 0xBF, 0x51, 0xF5};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const bool ready = psa_crypto_init() == PSA_SUCCESS;
  if (!ready) std::abort();
  static base::ByteArray<8192> out;
  const ByteView input(data, size);
  constexpr base::ByteArray<32> kKey = {1, 2, 3};

  Responder responder;
  if (responder.read_message1(input, kPoint, kKey, Digest{})) std::abort();

  static Channel channel;
  if (!channel.is_open()) channel.start(kKey, kKey);
  const size_t header = size == 0 ? 0 : data[0] % size;
  if (channel.open(input.first(header), input.subspan(header), out)) std::abort();

  if (cose_verify1(kPoint, kReceiptLabel, input)) std::abort();
  return 0;
}
