#include "tests/firmware/board_floor.h"

#include <mutex>
#include <stdexcept>

#include "factory-tool/relay/port_relay.h"
#include "factory-tool/service/check_in_service.h"

namespace test {
namespace {

using namespace virtual_board;

constexpr const char* kOrder = "o1";
constexpr Time kFirstBootLimit = 120 * kSecond;

template <typename T>
T must(base::Outcome<T> outcome) {
  if (!outcome) throw std::runtime_error(outcome.error().to_string());
  if constexpr (!std::is_void_v<T>) return std::move(*outcome);
}

// The check-in service of a floor, on loopback.
class Service {
 public:
  explicit Service(InjectionFloor& floor) {
    const InjectionFloor::ServerFiles files = floor.make_server_files();
    factory::ServiceConfig config;
    config.certificate_chain = files.certificate;
    config.private_key = files.key;
    config.client_issuers = {floor.issuing_ca()};
    config.log = [this](const std::string& line) {
      const std::scoped_lock lock(mutex_);
      log_ += line + '\n';
    };
    service_ = must(factory::CheckInService::start(config, *floor.registry));
  }
  ~Service() { service_->stop(); }
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  [[nodiscard]] factory::Endpoint address() const { return {"127.0.0.1", static_cast<uint16_t>(service_->port())}; }
  std::string log() {
    const std::scoped_lock lock(mutex_);
    return log_;
  }

 private:
  std::mutex mutex_;
  std::string log_;
  std::unique_ptr<factory::CheckInService> service_;
};

}  // namespace

BoardCounters spent_since(const BoardCounters& before, const BoardCounters& now) {
  BoardCounters spent = now;
  spent.instructions -= before.instructions;
  spent.stalled -= before.stalled;
  spent.asleep -= before.asleep;
  spent.bytes_in -= before.bytes_in;
  spent.bytes_out -= before.bytes_out;
  spent.flash.units_programmed -= before.flash.units_programmed;
  spent.flash.sectors_erased -= before.flash.sectors_erased;
  spent.flash.otp_units -= before.flash.otp_units;
  spent.flash.option_changes -= before.flash.option_changes;
  spent.flash.busy -= before.flash.busy;
  return spent;
}

BoardFloor::BoardFloor(uint64_t seed) : floor_(seed) { floor_.add_order(kOrder, 100); }

std::unique_ptr<FirmwareBoard> BoardFloor::new_unit(const std::string& agent_elf, uint64_t seed) {
  base::Bytes block(protocol::kBatchBlockSize);
  if (!protocol::encode_batch_block(floor_.station.batch, std::span<uint8_t, protocol::kBatchBlockSize>(block))) {
    throw std::runtime_error("the batch block cannot be encoded");
  }
  return std::make_unique<FirmwareBoard>(agent_elf, block, seed);
}

factory::InjectionResult BoardFloor::inject(FirmwareBoard& unit, bench::VirtualLine& line) {
  auto result = floor_.inject(kOrder, line, [](factory::InjectionContext& context) {
    context.reply_limit = std::chrono::minutes(10);  // of the host's time, which does not count
  });
  if (!result) throw std::runtime_error(result.error().to_string() + " " + unit.board.trouble());
  return *std::move(result);
}

FirstBoot BoardFloor::boot(FirmwareBoard& unit, Time latency, const std::function<void()>& prepared) {
  Board& board = unit.board;
  Service service(floor_);
  bench::VirtualLine line(board, latency);
  FirstBoot boot;
  board.power_on();
  const Time start = board.now();
  const BoardCounters before = board.counters();
  if (prepared) prepared();

  board.flash().set_observer([&](const FlashOperation&) { boot.seeded = board.now() - start; });
  (void)board.run(start + kFirstBootLimit, true);
  boot.first_frame = board.now() - start;
  board.flash().set_observer({});

  std::string said;
  factory::PortRelay relay(line, service.address(), [&](const factory::RelayNotice& notice) {
    said += notice.event + " " + std::string(base::error_name(notice.error)) + " " + notice.detail + "\n";
    if (notice.event == "connected") boot.tls = notice.text;
    if (notice.event != "activated") return;
    boot.activated = board.now() - start;
    boot.waited_for_host = line.waited_for_host();
    boot.spent = spent_since(before, board.counters());
    boot.baud = board.baud();
  });
  while (!relay.activated() && board.now() < start + kFirstBootLimit) {
    must(relay.serve_for(std::chrono::milliseconds(1)));
  }
  if (boot.activated == 0) {
    throw std::runtime_error("no first boot: " + board.trouble() + "\n" + said + service.log());
  }
  return boot;
}

}  // namespace test
