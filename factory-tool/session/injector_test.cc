// The whole injection against a real agent on the RAM model of a chip, with a real registry, CA and profile.
#include "factory-tool/session/injector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>

#include "factory-tool/session/receipt_check.h"
#include "factory-tool/session/verifier.h"
#include "protocol/digest.h"
#include "tests/support/agent_link.h"
#include "tests/support/injection_floor.h"

namespace factory {
namespace {

namespace fs = std::filesystem;
using base::as_bytes;
using base::ErrorCode;
using db::UnitState;

std::string text_of(const fs::path& file) {
  std::ifstream stream(file);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

class InjectorTest : public ::testing::Test {
 protected:
  void add_order(const std::string& name, int64_t quantity, const std::string& profile_text = {}) {
    floor_.add_order(name, quantity, profile_text);
  }

  // One run of the injection; `change` may bend the context, `signer` sign instead of the CA's own.
  base::Outcome<InjectionResult> inject_order(const std::string& name, Link& link, bool lock = true,
                                              const std::function<void(InjectionContext&)>& change = {},
                                              cert::Signer* signer = nullptr) {
    return floor_.inject(
        name, link,
        [&](InjectionContext& context) {
          context.lock = lock;
          if (change) change(context);
        },
        signer);
  }

  // A unit that is on; PSA draws from the station's generator afterwards, as in a process of its own.
  struct Device {
    std::unique_ptr<test::RamUnit> unit;
    std::unique_ptr<test::AgentLink> link;
  };
  Device make_device(uint64_t number, const protocol::BatchBlock* batch) {
    Device device;
    device.unit = std::make_unique<test::RamUnit>(batch, number);
    EXPECT_TRUE(device.unit->power_on());
    device.link = std::make_unique<test::AgentLink>(*device.unit);
    entropy::set_psa_random_source(&station_.random);
    return device;
  }
  Device make_device(uint64_t number) { return make_device(number, &station_.batch); }
  // The power goes off and on, and the cable is plugged in again.
  void restart(Device& device) {
    EXPECT_TRUE(device.unit->reset());
    device.link = std::make_unique<test::AgentLink>(*device.unit);
    entropy::set_psa_random_source(&station_.random);
  }
  UnitState state_of(const std::string& serial) { return registry_->unit(serial)->state; }

  test::InjectionFloor floor_{7};
  test::TestStation& station_ = floor_.station;
  test::TestSeeds& seeds_ = floor_.seeds;
  std::unique_ptr<db::Registry>& registry_ = floor_.registry;
};

TEST_F(InjectorTest, AFreshUnitIsProvisioned) {
  add_order("o1", 2);
  Device device = make_device(1);
  auto result = inject_order("o1", *device.link);
  ASSERT_TRUE(result) << result.error().to_string();
  EXPECT_TRUE(result->locked);
  EXPECT_FALSE(result->resumed);
  EXPECT_EQ(result->unit.state, UnitState::kProvisioned);
  EXPECT_EQ(result->unit.serial, "o1-000001");
  EXPECT_TRUE(device.unit->batch_is_wiped());
  std::cout << "bytes " << result->figures.bytes_sent << " sent, " << result->figures.bytes_received << " received, "
            << result->figures.round_trips << " round trips\n";

  VerifyContext verify{*registry_, seeds_, std::chrono::milliseconds(20), 2};
  auto verified = verify_unit(*device.link, verify);
  ASSERT_TRUE(verified) << verified.error().to_string();
  EXPECT_EQ(verified->unit.serial, "o1-000001");
}

TEST_F(InjectorTest, AFinishedUnitIsLeftAlone) {
  add_order("o1", 1);
  Device device = make_device(1);
  ASSERT_TRUE(inject_order("o1", *device.link));
  const auto before = registry_->unit("o1-000001");
  auto again = inject_order("o1", *device.link);  // the order has no serial left either
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_TRUE(again->already_done);
  EXPECT_EQ(again->unit.updated_at, before->updated_at);
  EXPECT_EQ(again->unit.attempts, before->attempts);
}

TEST_F(InjectorTest, ADryRunLeavesTheUnitUnlockedAndResumable) {
  add_order("o1", 1);
  Device device = make_device(1);
  auto dry = inject_order("o1", *device.link, false);
  ASSERT_TRUE(dry) << dry.error().to_string();
  EXPECT_FALSE(dry->locked);
  EXPECT_EQ(dry->unit.state, UnitState::kCommitted);
  EXPECT_FALSE(device.unit->batch_is_wiped());
  restart(device);
  auto wet = inject_order("o1", *device.link);
  ASSERT_TRUE(wet) << wet.error().to_string();
  EXPECT_TRUE(wet->resumed);
  EXPECT_EQ(wet->unit.state, UnitState::kProvisioned);
  EXPECT_EQ(wet->unit.certificate, dry->unit.certificate);
}

// The link is lost at every write of an injection, with and without the bytes having arrived; the next run finishes
// with the same serial number, and with the key and certificate that were on record.
TEST_F(InjectorTest, ResumesFromEveryCut) {
  add_order("o1", 100);
  int writes = 0;
  {
    Device device = make_device(1000);
    ASSERT_TRUE(inject_order("o1", *device.link));
    writes = device.link->writes();
  }
  ASSERT_GE(writes, 5);
  uint64_t number = 0;
  for (int cut = 0; cut < writes; ++cut) {
    for (const bool delivered : {false, true}) {
      for (const bool power_cut : {false, true}) {
        SCOPED_TRACE("write " + std::to_string(cut) + (delivered ? ", delivered" : ", lost") +
                     (power_cut ? ", power cut" : ""));
        Device device = make_device(++number);
        device.link->cut_at_write(cut, delivered);
        auto first = inject_order("o1", *device.link);
        if (!first) {
          EXPECT_EQ(first.error().code, ErrorCode::kLinkLost) << first.error().to_string();
        }
        const auto before = registry_->unit_by_chip(device.unit->chip_id());
        ASSERT_TRUE(before);
        if (power_cut) {
          restart(device);
        } else {
          device.link->plug_in();
        }
        auto second = inject_order("o1", *device.link);
        ASSERT_TRUE(second) << second.error().to_string();
        EXPECT_EQ(second->unit.state, UnitState::kProvisioned);
        if (*before) {
          EXPECT_EQ(second->unit.serial, (*before)->serial);
          if ((*before)->public_key) {
            EXPECT_EQ(second->unit.public_key, (*before)->public_key);
          }
          if ((*before)->certificate) {
            EXPECT_EQ(second->unit.certificate, (*before)->certificate);
          }
        }
        EXPECT_TRUE(device.unit->batch_is_wiped());
      }
    }
  }
}

// The items that need no certificate are on the line while it is made; what then fails must not hurt them.
TEST_F(InjectorTest, ACertificateThatFailsWhileItemsAreUnderWayIsMadeInTheNextRun) {
  class NoSigner final : public cert::Signer {
   public:
    explicit NoSigner(cert::Signer& real) : real_(real) {}
    base::Outcome<base::Bytes> sign_ecdsa_sha256(base::ByteView) override {
      return base::failure(base::ErrorCode::kSignerUnavailable, "unplugged");
    }
    const base::Bytes& issuer_certificate() const override { return real_.issuer_certificate(); }

   private:
    cert::Signer& real_;
  } no_signer(*floor_.signer);
  add_order("o1", 1);
  Device device = make_device(1);
  test::AgentLink& link = *device.link;
  const auto failed = inject_order("o1", link, true, {}, &no_signer);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, base::ErrorCode::kSignerUnavailable);
  EXPECT_EQ(state_of("o1-000001"), UnitState::kKeyed);

  auto finished = inject_order("o1", link);
  ASSERT_TRUE(finished) << finished.error().to_string();
  EXPECT_TRUE(finished->resumed);
  EXPECT_EQ(finished->unit.state, UnitState::kProvisioned);
}

TEST_F(InjectorTest, AnOrderThatIsUsedUpTouchesNothing) {
  add_order("o1", 1);
  Device first = make_device(1);
  ASSERT_TRUE(inject_order("o1", *first.link));
  Device second = make_device(2);
  const auto result = inject_order("o1", *second.link);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kOrderExhausted);
  EXPECT_FALSE(*registry_->unit_by_chip(second.unit->chip_id()));
}

TEST_F(InjectorTest, WrongBoardWrongBatchAndNoBatchAreRefusedBeforeContact) {
  std::string source = test::shipped_profile("lwm2m");
  source.replace(source.find("version = 1"), 11, "version = 1\nboard = \"nucleo-f411re\"");
  add_order("board", 1, source);
  add_order("o1", 1);
  Device device = make_device(1);
  EXPECT_EQ(inject_order("board", *device.link).error().code, ErrorCode::kWrongBoard);

  test::TestStation other(99);
  Device foreign = make_device(2, &other.batch);
  EXPECT_EQ(inject_order("o1", *foreign.link).error().code, ErrorCode::kWrongBatch);
  Device unpatched = make_device(3, nullptr);
  EXPECT_EQ(inject_order("o1", *unpatched.link).error().code, ErrorCode::kNoBatch);
  for (Device* each : {&device, &foreign, &unpatched}) EXPECT_FALSE(*registry_->unit_by_chip(each->unit->chip_id()));
}

TEST_F(InjectorTest, AWrongSecretOrStationIsRefusedByTheDevice) {
  add_order("o1", 2);
  protocol::BatchBlock wrong = station_.batch;
  wrong.secret[0] ^= 1;
  Device device = make_device(1, &wrong);
  const auto secret = inject_order("o1", *device.link);
  ASSERT_FALSE(secret);
  EXPECT_EQ(secret.error().code, ErrorCode::kHandshakeFailed) << secret.error().to_string();

  test::TestStation stranger(5);
  Device second = make_device(2);
  const auto station = inject_order("o1", *second.link, true, [&](InjectionContext& context) {
    context.station_key_id = stranger.key;
    context.station_public = stranger.public_key;
  });
  ASSERT_FALSE(station);
  EXPECT_EQ(station.error().code, ErrorCode::kUnknownStation) << station.error().to_string();
  EXPECT_EQ(state_of("o1-000001"), UnitState::kContacted);
}

TEST_F(InjectorTest, AUnitOfAnotherOrderIsRefusedAndNothingChanges) {
  add_order("o1", 2);
  add_order("o2", 2);
  Device device = make_device(1);
  ASSERT_TRUE(inject_order("o1", *device.link, false));
  const auto before = registry_->unit("o1-000001");
  const auto refused = inject_order("o2", *device.link);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnitUnusable);
  EXPECT_EQ(registry_->unit("o1-000001")->updated_at, before->updated_at);
}

TEST_F(InjectorTest, ALockedUnitOfAnotherRegistryIsRefused) {
  add_order("o1", 2);
  Device device = make_device(1);
  ASSERT_TRUE(inject_order("o1", *device.link));
  floor_.new_registry("second.db");
  add_order("o1", 2);
  EXPECT_EQ(inject_order("o1", *device.link).error().code, ErrorCode::kDeviceUnknown);
  VerifyContext verify{*registry_, seeds_, std::chrono::milliseconds(20), 2};
  EXPECT_EQ(verify_unit(*device.link, verify).error().code, ErrorCode::kDeviceUnknown);
}

TEST_F(InjectorTest, AForeignTransactionIsKeptUnlessTheOperatorSaysSo) {
  add_order("o1", 2);
  Device device = make_device(1);
  ASSERT_TRUE(inject_order("o1", *device.link, false));
  floor_.new_registry("second.db");
  add_order("o1", 2);
  restart(device);
  EXPECT_EQ(inject_order("o1", *device.link).error().code, ErrorCode::kForeignTransaction);
  EXPECT_FALSE(*registry_->unit_by_chip(device.unit->chip_id()));
  const auto taken =
      inject_order("o1", *device.link, true, [](InjectionContext& context) { context.abort_foreign = true; });
  ASSERT_TRUE(taken) << taken.error().to_string();
  EXPECT_EQ(taken->unit.state, UnitState::kProvisioned);
}

TEST_F(InjectorTest, AnErasedUnitIsRecordedAsFailed) {
  add_order("o1", 2);
  Device device = make_device(1);
  ASSERT_TRUE(inject_order("o1", *device.link, false));
  Device erased = make_device(1);  // the same chip id on blank memory
  const auto result = inject_order("o1", *erased.link);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kUnitUnusable) << result.error().to_string();
  EXPECT_EQ(state_of("o1-000001"), UnitState::kFailed);
  EXPECT_EQ(inject_order("o1", *erased.link).error().code, ErrorCode::kUnitUnusable);
}

TEST_F(InjectorTest, AFactoryMadeKeyIsDelivered) {
  std::string source = test::shipped_profile("lwm2m");
  source.replace(source.find("origin = \"device\""), 17, "origin = \"factory\"");
  add_order("o1", 1, source);
  Device device = make_device(1);
  const auto result = inject_order("o1", *device.link);
  ASSERT_TRUE(result) << result.error().to_string();
  EXPECT_EQ(result->unit.state, UnitState::kProvisioned);
}

TEST_F(InjectorTest, NoAnswerIsALinkFailure) {
  add_order("o1", 1);
  Device device = make_device(1);
  device.unit->power_off();
  EXPECT_EQ(inject_order("o1", *device.link).error().code, ErrorCode::kNoAnswer);
}

TEST_F(InjectorTest, AReceiptIsHeldAgainstEveryField) {
  add_order("o1", 1);
  Device device = make_device(1);
  ASSERT_TRUE(inject_order("o1", *device.link));
  const db::Unit unit = *registry_->unit("o1-000001");
  DeviceSession session(*device.link, 1, std::chrono::milliseconds(20), 2);
  ASSERT_TRUE(session.hello());
  protocol::Challenge challenge{};
  challenge.fill(9);
  const auto receipt = session.attest(challenge);
  ASSERT_TRUE(receipt) << receipt.error().to_string();
  EXPECT_TRUE(check_receipt(unit, 0, challenge, *receipt));
  EXPECT_EQ(check_receipt(unit, 1, challenge, *receipt).error().code, ErrorCode::kReceiptInvalid);

  const auto refused = [&](const std::function<void(db::Unit&)>& change) {
    db::Unit other = unit;
    change(other);
    const auto checked = check_receipt(other, 0, challenge, *receipt);
    return !checked && checked.error().code == ErrorCode::kReceiptInvalid;
  };
  EXPECT_TRUE(refused([](db::Unit& other) { other.chip_id->back() ^= 1; }));
  EXPECT_TRUE(refused([](db::Unit& other) { other.serial += "x"; }));
  EXPECT_TRUE(refused([](db::Unit& other) { other.transaction[0] ^= 1; }));
  EXPECT_TRUE(refused([](db::Unit& other) { (*other.items_digest)[0] ^= 1; }));
  EXPECT_TRUE(refused([](db::Unit& other) { ++*other.item_count; }));
  EXPECT_TRUE(refused([](db::Unit& other) { other.board = "else"; }));
  EXPECT_TRUE(refused([&](db::Unit& other) { other.public_key = station_.public_key; }));
  protocol::Challenge another = challenge;
  another[31] ^= 1;
  EXPECT_FALSE(check_receipt(unit, 0, another, *receipt));
  base::Bytes damaged = *receipt;
  damaged.back() ^= 1;
  EXPECT_FALSE(check_receipt(unit, 0, challenge, damaged));
}

TEST_F(InjectorTest, AnAttemptAndItsEndAreOnRecord) {
  add_order("o1", 1);
  Device device = make_device(1);
  device.link->cut_at_write(2, false);
  ASSERT_FALSE(inject_order("o1", *device.link));
  std::vector<std::string> kinds;
  ASSERT_TRUE(registry_->visit_events("o1-000001", 0, [&](const db::Event& event) {
    kinds.push_back(event.kind);
    return true;
  }));
  ASSERT_GE(kinds.size(), 3U);
  EXPECT_NE(std::find(kinds.begin(), kinds.end(), "attempt-ended"), kinds.end());
  EXPECT_TRUE(registry_->verify());
}

// Keeps everything that passes the line.
class RecordingLink final : public Link {
 public:
  explicit RecordingLink(Link& link) : link_(link) {}
  base::Outcome<void> write(base::ByteView bytes) override {
    recorded.insert(recorded.end(), bytes.begin(), bytes.end());
    return link_.write(bytes);
  }
  base::Outcome<base::Bytes> read(std::chrono::milliseconds limit) override {
    auto bytes = link_.read(limit);
    if (bytes) recorded.insert(recorded.end(), bytes->begin(), bytes->end());
    return bytes;
  }
  std::string name() const override { return link_.name(); }
  base::Bytes recorded;

 private:
  Link& link_;
};

// Looks into the registry before each write, and whether the chip was changed by it.
class WatchingLink final : public Link {
 public:
  WatchingLink(Link& link, test::RamUnit& unit, db::Registry& registry)
      : link_(link), unit_(unit), registry_(registry) {}
  base::Outcome<void> write(base::ByteView bytes) override {
    const auto known = registry_.unit_by_chip(unit_.chip_id());
    const uint64_t before = unit_.chip.counters().operations;
    auto written = link_.write(bytes);
    if (unit_.chip.counters().operations != before) {
      ++changes;
      if (!known || !known->has_value()) ++changes_off_record;
    }
    return written;
  }
  base::Outcome<base::Bytes> read(std::chrono::milliseconds limit) override { return link_.read(limit); }
  std::string name() const override { return link_.name(); }
  int changes = 0;
  int changes_off_record = 0;

 private:
  Link& link_;
  test::RamUnit& unit_;
  db::Registry& registry_;
};

// Invariant 2.
TEST_F(InjectorTest, AChipIsOnRecordBeforeTheFirstByteThatChangesIt) {
  add_order("o1", 1);
  Device device = make_device(1);
  WatchingLink line(*device.link, *device.unit, *registry_);
  ASSERT_TRUE(inject_order("o1", line));
  EXPECT_GT(line.changes, 3);
  EXPECT_EQ(line.changes_off_record, 0);
}

// Eight bytes of it in a row, anywhere, as they are or as hexadecimal digits.
bool holds_a_piece(base::ByteView where, base::ByteView secret) {
  constexpr size_t kPiece = 8;
  const std::string_view text = base::as_text(where);
  for (size_t at = 0; at + kPiece <= secret.size(); ++at) {
    const base::ByteView piece = secret.subspan(at, kPiece);
    if (text.find(base::as_text(piece)) != text.npos || text.find(base::to_hex(piece)) != text.npos) return true;
  }
  return false;
}

TEST_F(InjectorTest, NoSecretIsOnTheLineInTheRegistryOrReadableOnTheChip) {
  add_order("o1", 1);
  Device device = make_device(1);
  RecordingLink line(*device.link);
  // The first attempt is cut when its seed was sent: two seeds, both secret.
  device.link->cut_at_write(2, false);
  ASSERT_FALSE(inject_order("o1", line));
  device.link->plug_in();
  const auto result = inject_order("o1", line);
  ASSERT_TRUE(result) << result.error().to_string();
  ASSERT_EQ(seeds_.seeds.size(), 2U);

  std::vector<base::Bytes> secrets = seeds_.seeds;
  secrets.emplace_back(station_.batch.secret.begin(), station_.batch.secret.end());
  base::Bytes written = line.recorded;
  for (const auto& entry : fs::directory_iterator(floor_.directory())) {
    if (!entry.is_regular_file()) continue;
    const std::string text = text_of(entry.path());
    written.insert(written.end(), text.begin(), text.end());
  }
  for (const auto& sector : device.unit->chip.image().sectors) {
    written.insert(written.end(), sector.data.begin(), sector.data.end());
  }
  // The search itself works: the commitment of the seed is there, and so is the unit's public key.
  const auto commitment = protocol::seed_commitment(seeds_.seeds.back());
  ASSERT_TRUE(commitment);
  EXPECT_TRUE(holds_a_piece(written, *commitment));
  EXPECT_TRUE(holds_a_piece(written, *result->unit.public_key));
  for (const base::Bytes& secret : secrets) EXPECT_FALSE(holds_a_piece(written, secret));
}

// ---- read protection ----

std::string with_read_protection(int level) {
  return test::shipped_profile("lwm2m") + "\n[lock]\nread-protection = " + std::to_string(level) + "\n";
}

TEST_F(InjectorTest, ReadProtectionIsRaisedVerifiedAndOnRecord) {
  for (int level = 0; level <= 2; ++level) {
    const std::string order = "level" + std::to_string(level);
    add_order(order, 1, with_read_protection(level));
    Device device = make_device(static_cast<uint64_t>(level) + 1);
    device.unit->highest_protection = 2;
    const auto dry = inject_order(order, *device.link, false);
    ASSERT_TRUE(dry) << dry.error().to_string();
    EXPECT_EQ(device.unit->protection, 0);
    restart(device);
    const auto result = inject_order(order, *device.link);
    ASSERT_TRUE(result) << result.error().to_string();
    EXPECT_EQ(device.unit->protection, level);
    std::string details;
    ASSERT_TRUE(registry_->visit_events(result->unit.serial, 0, [&](const db::Event& event) {
      if (event.kind == "unit-provisioned") details = event.json;
      return true;
    }));
    EXPECT_NE(details.find("\"read-protection\":" + std::to_string(level)), std::string::npos) << details;
    VerifyContext verify{*registry_, seeds_, std::chrono::milliseconds(20), 2};
    const auto verified = verify_unit(*device.link, verify);
    ASSERT_TRUE(verified) << verified.error().to_string();
    EXPECT_EQ(verified->read_protection, level);
    if (level == 0) continue;
    // Opened since: the unit itself says so, and is not what the profile wants.
    device.unit->protection = static_cast<uint8_t>(level - 1);
    device.unit->forget_protection = true;
    EXPECT_EQ(verify_unit(*device.link, verify).error().code, ErrorCode::kReceiptInvalid);
  }
  EXPECT_TRUE(registry_->verify());
}

TEST_F(InjectorTest, ABoardWithoutTheReadProtectionIsRefusedBeforeContact) {
  add_order("o1", 1, with_read_protection(2));
  for (const uint8_t highest : {uint8_t{0}, uint8_t{1}}) {
    Device device = make_device(highest + 1U);
    device.unit->highest_protection = highest;
    const auto before = device.unit->chip.snapshot();
    for (const bool lock : {false, true}) {
      const auto result = inject_order("o1", *device.link, lock);
      ASSERT_FALSE(result);
      EXPECT_EQ(result.error().code, ErrorCode::kWrongBoard);
      EXPECT_NE(result.error().what.find("read protection level 2"), std::string::npos) << result.error().to_string();
    }
    EXPECT_TRUE(test::same_image(before, device.unit->chip.snapshot()));
    EXPECT_FALSE(*registry_->unit_by_chip(device.unit->chip_id()));
  }
}

TEST_F(InjectorTest, AChipThatStaysBelowTheReadProtectionFails) {
  add_order("o1", 1, with_read_protection(1));
  Device device = make_device(1);
  device.unit->highest_protection = 1;
  device.unit->forget_protection = true;
  const auto result = inject_order("o1", *device.link);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kReceiptInvalid);
  EXPECT_EQ(state_of("o1-000001"), UnitState::kFailed);
  const db::Unit unit = *registry_->unit("o1-000001");
  EXPECT_NE(unit.failure_text->find("level 0, the profile wants 1"), std::string::npos) << *unit.failure_text;
}

TEST_F(InjectorTest, ACutBeforeOrAfterTheReadProtectionIsFinished) {
  add_order("o1", 2, with_read_protection(2));
  for (const bool raised : {false, true}) {
    Device device = make_device(raised ? 2 : 1);
    device.unit->highest_protection = 2;
    device.unit->cut_protection = [&](uint8_t) -> base::Result<bool> {
      if (raised) return true;
      return base::fail(ErrorCode::kFlashPowerLost);
    };
    ASSERT_FALSE(inject_order("o1", *device.link));
    const auto before = registry_->unit_by_chip(device.unit->chip_id());
    ASSERT_TRUE(*before);
    EXPECT_EQ((*before)->state, UnitState::kCommitted);
    device.unit->cut_protection = nullptr;
    restart(device);
    const auto result = inject_order("o1", *device.link);
    ASSERT_TRUE(result) << result.error().to_string();
    EXPECT_EQ(result->unit.state, UnitState::kProvisioned);
    EXPECT_EQ(result->unit.serial, (*before)->serial);
    EXPECT_EQ(device.unit->protection, 2);
  }
}

}  // namespace
}  // namespace factory
