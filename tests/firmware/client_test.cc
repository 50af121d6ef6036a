// The product's firmware with the first-boot client on the virtual board: what it says and asks over its line. A whole
// first boot with TLS to a service is in tests/end_to_end.
#include <gtest/gtest.h>

#include <string>

#include "protocol/relay.h"
#include "rot/well_known.h"
#include "tests/firmware/firmware_board.h"

namespace {

using namespace virtual_board;
using base::Bytes;
using base::ByteView;
using protocol::RelayEvent;
using protocol::RelayOperation;

// The host's end: takes requests one at a time and answers each.
class RelayHost {
 public:
  explicit RelayHost(test::FirmwareBoard& unit)
      : unit_(unit), buffer_(protocol::frame_buffer_size(2048)), decoder_(buffer_) {}

  struct Request {
    RelayOperation operation{};
    RelayEvent event{};
    base::ErrorCode error{};
    uint64_t number = 0;
    std::string data;
  };

  // The next request, answered with `status`.
  std::optional<Request> serve(base::ErrorCode status = base::ErrorCode::kOk) {
    for (;;) {
      while (!waiting_.empty()) {
        const uint8_t byte = waiting_.front();
        waiting_.erase(waiting_.begin());
        const auto frame = decoder_.push(byte);
        if (!frame || !*frame) continue;
        protocol::RelayRequest request;
        EXPECT_EQ((*frame)->type, static_cast<uint8_t>(protocol::FrameType::kRelay));
        EXPECT_TRUE(protocol::decode((*frame)->payload, request));
        const Request taken{request.operation, static_cast<RelayEvent>(request.event),
                            static_cast<base::ErrorCode>(request.error), request.number,
                            std::string(base::as_text(request.data))};
        const auto wire = store_.store(**frame, {.status = static_cast<uint16_t>(status), .data = {}});
        EXPECT_TRUE(wire);
        if (wire) unit_.send(*wire);
        return taken;
      }
      waiting_ = unit_.receive();
      if (waiting_.empty()) return std::nullopt;
    }
  }

 private:
  test::FirmwareBoard& unit_;
  Bytes buffer_;
  protocol::FrameDecoder decoder_;
  protocol::RelayReplyStore store_;
  Bytes waiting_;
};

TEST(ClientFirmware, SaysThatABlankChipIsNotFit) {
  test::FirmwareBoard unit(CLIENT_ELF);
  unit.board.power_on();
  RelayHost host(unit);
  const auto said = host.serve();
  ASSERT_TRUE(said) << unit.board.trouble();
  EXPECT_EQ(said->operation, RelayOperation::kLog);
  EXPECT_EQ(said->event, RelayEvent::kAttemptFailed);
  EXPECT_EQ(said->error, base::ErrorCode::kNotProvisioned);
  // And nothing more, nor does the watchdog end it.
  unit.run_for(20 * kSecond);
  EXPECT_TRUE(unit.board.take_line_out().empty());
  EXPECT_EQ(unit.board.counters().resets, 0U);
}

// The agent provisions the unit, the client is flashed over it: it knows what the agent left and asks for the server.
TEST(ClientFirmware, FindsWhatTheAgentLeft) {
  test::TestStation station(7);
  test::UnitPlan plan = test::make_plan(7);
  for (test::PlannedItem& item : plan.items) {
    if (item.name == rot::kServerUriItem) item.value = base::to_bytes(base::as_bytes("https://service.example:8443"));
  }
  Bytes block(protocol::kBatchBlockSize);
  ASSERT_TRUE(protocol::encode_batch_block(station.batch, std::span<uint8_t, protocol::kBatchBlockSize>(block)));
  test::FirmwareBoard unit(AGENT_ELF, block);
  unit.board.power_on();
  test::TestHost factory(unit, station);
  test::UnitRecord record;
  const auto injected = factory.inject(plan, record);
  ASSERT_TRUE(injected) << base::error_name(injected.error()) << " " << unit.board.trouble();
  unit.board.power_off();

  ASSERT_TRUE(unit.board.flash_elf(CLIENT_ELF));
  unit.board.power_on();
  RelayHost host(unit);
  const auto at_once = host.serve();
  ASSERT_TRUE(at_once) << unit.board.trouble();
  EXPECT_EQ(at_once->event, RelayEvent::kWaiting);
  EXPECT_EQ(at_once->number, 0U);
  const auto connecting = host.serve();
  ASSERT_TRUE(connecting) << unit.board.trouble();
  EXPECT_EQ(connecting->event, RelayEvent::kConnecting);
  EXPECT_EQ(connecting->data, "service.example");
  EXPECT_EQ(connecting->number, 8443U);
  const auto open = host.serve(base::ErrorCode::kConnect);
  ASSERT_TRUE(open);
  EXPECT_EQ(open->operation, RelayOperation::kOpen);
  EXPECT_EQ(open->data, "service.example");
  EXPECT_EQ(open->number, 8443U);
  auto failed = host.serve();
  while (failed && failed->operation == RelayOperation::kClose) failed = host.serve();
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->event, RelayEvent::kAttemptFailed);
  EXPECT_EQ(failed->error, base::ErrorCode::kConnect);
  const auto waiting = host.serve();
  ASSERT_TRUE(waiting);
  EXPECT_EQ(waiting->event, RelayEvent::kWaiting);
  EXPECT_GT(waiting->number, 0U);
}

}  // namespace
