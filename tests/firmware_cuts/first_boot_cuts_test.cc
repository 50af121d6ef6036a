// The power is cut at every operation on flash and OTP of a first boot by the real client firmware, on the virtual
// board: the tool injected the unit, its relay passes the bytes, the chip ends TLS with the check-in service. The next
// start activates the unit; to the registry it is the same one, and no random number of the cut boot comes again,
// though all of the board's noise does. Some are cut once more while they recover. tests/cuts/cut_campaign.h says how
// to run all of them, or one.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>

#include "tests/bench/virtual_line.h"
#include "tests/firmware/firmware_board.h"
#include "tests/firmware_cuts/board_cuts.h"
#include "tests/firmware_cuts/boot_host.h"
#include "tests/firmware_cuts/service_process.h"
#include "tests/support/injection_floor.h"
#include "tests/support/seed.h"

namespace test {
namespace {

using namespace virtual_board;
using How = BootEnd::How;
using Clock = std::chrono::steady_clock;

// One in so many words is cut unless all are.
constexpr uint64_t kEvery = 47;

// How a child ended.
enum class Outcome {
  kGood = 0,
  kGoodSecondCut = 1,
  kNotActivated = CutCampaign::kFirstBad,
  kRandomTwice,
  kRegistry,
  kNotForGood,
};

base::Bytes block_of(const TestStation& station) {
  base::Bytes block(protocol::kBatchBlockSize);
  EXPECT_TRUE(protocol::encode_batch_block(station.batch, std::span<uint8_t, protocol::kBatchBlockSize>(block)));
  return block;
}

bool same_cells(const ImageContent& a, const ImageContent& b) {
  return a.flash == b.flash && a.otp == b.otp && a.otp_locks == b.otp_locks && a.option_bytes == b.option_bytes;
}

class Campaign {
 public:
  explicit Campaign(uint64_t seed)
      : floor_(seed), unit_(AGENT_ELF, block_of(floor_.station), seed), noise_(seed), cuts_(seed, unit_.board, kEvery) {
    const auto files = floor_.make_server_files();
    service_.certificate_chain = files.certificate;
    service_.private_key = files.key;
    service_.client_issuers = {floor_.issuing_ca()};
    service_.workers = 1;
    service_.io_limit = std::chrono::seconds(120);  // a busy machine simulates slowly
    registry_ = floor_.directory() / "registry.db";
  }

  // The first boot; in a child, its end.
  void run() {
    inject();
    const ImageContent injected = unit_.image.content();
    rehearse();
    unit_.board.power_off();
    unit_.board.put_in(injected);
    const ServiceProcess service(service_, registry_);
    cuts_.begin();
    const BootEnd boot = start(service.port());
    if (cuts_.campaign().is_child()) cuts_.campaign().end_child(static_cast<int>(recover(boot)));
    EXPECT_EQ(boot.how, How::kActivated) << boot.trouble << unit_.board.trouble();
    EXPECT_FALSE(boot.randoms.empty());
    cuts_.campaign().wait();
  }

  BoardCuts& cuts() { return cuts_; }

 private:
  void inject() {
    floor_.add_order("o1", 1);
    unit_.board.power_on();
    unit_.run_for(200 * kMillisecond);  // what comes earlier, nobody hears
    bench::VirtualLine line(unit_.board, 0);
    const auto done = floor_.inject("o1", line, [](factory::InjectionContext& context) {
      context.reply_limit = std::chrono::minutes(10);  // of the host's time, which does not count
    });
    ASSERT_TRUE(done) << done.error().to_string() << unit_.board.trouble();
    serial_ = done->unit.serial;
    floor_.registry.reset();
    unit_.board.power_off();
    const auto flashed = unit_.board.flash_elf(CLIENT_ELF);
    ASSERT_TRUE(flashed) << flashed.error().to_string();
  }
  // So that the simulator has translated the firmware before the first child is made.
  void rehearse() {
    const TempDir folder;
    const ServiceProcess service(service_, copy_registry(registry_, folder.path()));
    const BootEnd boot = start(service.port());
    ASSERT_EQ(boot.how, How::kActivated) << boot.trouble << unit_.board.trouble();
  }

  // With the same noise each time: what differs comes from the store.
  BootEnd start(uint16_t port) {
    unit_.board.power_off();
    unit_.board.reseed(noise_);
    unit_.board.power_on();
    return host_first_boot(unit_.board, port);
  }

  // ---- in a child ----

  Outcome recover(const BootEnd& cut) {
    const TempDir folder;
    const auto registry = copy_registry(registry_, folder.path());
    const ServiceProcess service(service_, registry);
    std::set<base::Bytes> randoms = cut.randoms;
    const auto is_new = [&](const BootEnd& boot) {
      const size_t before = randoms.size();
      randoms.insert(boot.randoms.begin(), boot.randoms.end());
      return randoms.size() == before + boot.randoms.size();
    };

    bool cut_again = false;
    const uint64_t seed = cuts_.cut().seed;
    if (seed % 4 == 0) {
      unit_.board.flash().cut_at(mix(seed, 1) % 120, mix(seed, 2) % 2 == 0 ? Cut::kWhole : Cut::kTorn);
      const BootEnd boot = start(service.port());
      cut_again = boot.how == How::kPowerLost;
      unit_.board.flash().never_cut();
      if (!is_new(boot)) return Outcome::kRandomTwice;
    }
    const BootEnd boot = start(service.port());
    if (boot.how != How::kActivated && boot.how != How::kAlreadyActivated) {
      std::fprintf(stderr, "%s %s\n", boot.trouble.c_str(), unit_.board.trouble().c_str());
      return Outcome::kNotActivated;
    }
    if (!is_new(boot)) return Outcome::kRandomTwice;
    if (!is_activated(registry)) return Outcome::kRegistry;
    // And it stays so.
    const ImageContent cells = unit_.image.content();
    const BootEnd later = start(service.port());
    if (later.how != How::kAlreadyActivated || !same_cells(cells, unit_.image.content())) return Outcome::kNotForGood;
    return cut_again ? Outcome::kGoodSecondCut : Outcome::kGood;
  }

  bool is_activated(const std::filesystem::path& file) const {
    auto registry = db::Registry::open(file, db::Registry::Mode::kReadOnly);
    if (!registry) return false;
    const auto unit = registry->unit(serial_);
    return unit && unit->state == db::UnitState::kActivated && !unit->clone_suspected;
  }

  InjectionFloor floor_;
  FirmwareBoard unit_;
  const uint64_t noise_;
  BoardCuts cuts_;
  factory::ServiceConfig service_;
  std::filesystem::path registry_;
  std::string serial_;
};

TEST(FirmwareFirstBootCuts, EveryCutIsActivatedByTheNextStart) {
  const uint64_t seed = announce_seed("first boot cuts on the virtual board");
  const auto begin = Clock::now();
  Campaign campaign(seed);
  campaign.run();
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  const CutCampaign& cuts = campaign.cuts().campaign();
  const uint64_t second = cuts.ended(static_cast<int>(Outcome::kGoodSecondCut));
  std::printf("%llu operations: %s\n", static_cast<unsigned long long>(cuts.operations()),
              campaign.cuts().operations_by_class().c_str());
  std::printf("%llu cuts (%llu of them a second time): %llu activated by the next start; %.1f s\n",
              static_cast<unsigned long long>(cuts.cuts() + second), static_cast<unsigned long long>(second),
              static_cast<unsigned long long>(cuts.ended(static_cast<int>(Outcome::kGood)) + second), seconds);
  EXPECT_EQ(cuts.failures(), 0U);
  EXPECT_GT(cuts.cuts(), 0U);
}

}  // namespace
}  // namespace test
