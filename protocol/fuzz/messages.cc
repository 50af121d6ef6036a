// Every decoder on any bytes; the first byte picks the message. What is decoded must encode to bytes that decode to
// the same bytes again.
#include "protocol/messages.h"

#include <cstdlib>
#include <iterator>

#include "protocol/check_in.h"

namespace {

using namespace protocol;

template <typename Message>
void check(ByteView bytes) {
  static base::ByteArray<65536> first, second;
  static Message message, again;
  if (!decode(bytes, message)) return;
  const auto encoded = encode(message, first);
  if (!encoded) {
    // Defaults that are left out aside, an encoding is not longer than what it came from.
    if (bytes.size() < first.size()) std::abort();
    return;
  }
  if (!decode(*encoded, again)) std::abort();
  const auto twice = encode(again, second);
  if (!twice || !base::equal(*encoded, *twice)) std::abort();
}

constexpr void (*kChecks[])(ByteView) = {
    check<HelloRequest>,
    check<HelloReply>,
    check<HandshakeRequest>,
    check<HandshakeReply>,
    check<AttestRequest>,
    check<AttestReply>,
    check<Refusal>,
    check<SessionState>,
    check<SeedRequest>,
    check<BeginRequest>,
    check<GenerateKeyRequest>,
    check<GenerateKeyReply>,
    check<ImportKeyRequest>,
    check<ImportKeyReply>,
    check<PutRequest>,
    check<CommitRequest>,
    check<LockRequest>,
    check<LockReply>,
    check<VerifyReply>,
    check<Receipt>,
    check<FirstBootProof>,
    check<CommandEnvelope>,
    check<ReplyEnvelope>,
    check<CheckInChallenge>,
    check<CheckInAnswer>,
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  kChecks[data[0] % std::size(kChecks)](ByteView(data + 1, size - 1));
  return 0;
}
