// The relay's device half against a host that says anything: the first byte picks a script of calls, the rest is what
// comes over the line. Every call ends, and hands out no more than it was asked for.
#include <algorithm>
#include <cstdlib>

#include "client/port/relay/relay_stream.h"

namespace {

class FuzzClock final : public client::Clock {
 public:
  std::optional<uint64_t> wall_seconds() override { return std::nullopt; }
  uint64_t monotonic_ms() override { return now; }
  bool sleep_ms(uint64_t /*milliseconds*/) override { return true; }
  uint64_t now = 0;
};

class FuzzLine final : public client::Serial {
 public:
  FuzzLine(FuzzClock& clock, base::ByteView input) : clock_(clock), input_(input) {}
  // One frame of the input after each request: input that is no frame otherwise becomes one, so that the fuzzer need
  // not find a CRC.
  void write(base::ByteView bytes) override {
    protocol::FrameDecoder decoder(buffer_);
    for (const uint8_t byte : bytes) {
      const auto request = decoder.push(byte);
      if (!request) std::abort();
      if (*request) answer((*request)->sequence);
    }
  }
  size_t read(base::MutableBytes out, uint32_t limit_ms) override {
    const size_t size = std::min(out.size(), waiting_.size());
    base::copy(out, waiting_.first(size));
    waiting_ = waiting_.subspan(size);
    if (size == 0) clock_.now += limit_ms;
    return size;
  }

 private:
  void answer(uint16_t sequence) {
    if (input_.empty()) return;
    const size_t size = std::min<size_t>(size_t{input_[0]} * 4, input_.size() - 1);
    const protocol::Frame frame{protocol::reply_type(protocol::FrameType::kRelay), sequence, input_.subspan(1, size)};
    input_ = input_.subspan(1 + size);
    if (const auto wire = protocol::encode_frame(frame, wire_)) waiting_ = *wire;
  }

  FuzzClock& clock_;
  base::ByteView input_;
  base::ByteView waiting_;
  base::ByteArray<2048> buffer_{};
  base::ByteArray<2048> wire_{};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  FuzzClock clock;
  FuzzLine line(clock, {data + 1, size - 1});
  client::RelayStream stream(line, clock, 0);
  base::ByteArray<700> out{};
  (void)stream.connect("host", 1, 2000);
  uint8_t script = data[0];
  for (int i = 0; i < 8; ++i, script = static_cast<uint8_t>(script >> 1)) {
    if ((script & 1) != 0) {
      const auto taken = stream.write(out, 2000);
      if (taken && (*taken == 0 || *taken > out.size())) std::abort();
    } else {
      const auto got = stream.read(base::MutableBytes(out).first(1 + i * 90), 2000);
      if (got && *got > static_cast<size_t>(1 + i * 90)) std::abort();
    }
  }
  (void)stream.log(protocol::RelayEvent::kWaiting, base::ErrorCode::kOk, "text", 1, 500);
  stream.close();
  return 0;
}
