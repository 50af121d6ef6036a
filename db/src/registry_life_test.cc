// The life of a unit through the public interface: every step, every forbidden step, every value that two units may
// not share.
#include <set>

#include "db/src/registry_test_support.h"

namespace db::test {
namespace {

constexpr UnitState kAllStates[] = {UnitState::kReserved,    UnitState::kContacted, UnitState::kSeeded,
                                    UnitState::kKeyed,       UnitState::kCertified, UnitState::kCommitted,
                                    UnitState::kProvisioned, UnitState::kActivated, UnitState::kFailed,
                                    UnitState::kScrapped,    UnitState::kRevoked};

class RegistryLife : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  Registry registry_ = make_registry(folder_.registry(), 1000);
  Values values_{seed()};

  int64_t event_count() {
    int64_t count = 0;
    EXPECT_OK(registry_.visit_events(std::nullopt, 0, [&](const Event&) { return ++count, true; }));
    return count;
  }
  void TearDown() override { EXPECT_OK(registry_.verify()); }
};

TEST_F(RegistryLife, StateNames) {
  std::set<std::string_view> names;
  for (const UnitState state : kAllStates) {
    names.insert(state_name(state));
    EXPECT_EQ(state_from_name(state_name(state)), state);
  }
  EXPECT_EQ(names.size(), 11u);
  EXPECT_EQ(state_from_name("locked"), std::nullopt);
}

TEST_F(RegistryLife, FromReservedToActivated) {
  const auto transaction = values_.array<16>();
  const auto reserved = registry_.reserve_unit("order-1", transaction);
  ASSERT_OK(reserved);
  EXPECT_EQ(reserved->serial, "AB-000001");
  EXPECT_EQ(reserved->transaction, transaction);
  EXPECT_EQ(reserved->state, UnitState::kReserved);
  EXPECT_FALSE(reserved->chip_id || reserved->board || reserved->seed_commitment || reserved->public_key ||
               reserved->certificate || reserved->items_digest || reserved->item_count || reserved->receipt ||
               reserved->failure_code);

  const auto chip = values_.bytes(12);
  const auto contact = registry_.contact(*reserved, chip, "board-1", "1.2.3", "/dev/ttyUSB0");
  ASSERT_OK(contact);
  EXPECT_FALSE(contact->resumed);
  const Unit& unit = contact->unit;
  EXPECT_EQ(unit.serial, "AB-000001");
  EXPECT_EQ(unit.chip_id, chip);
  EXPECT_EQ(unit.board, "board-1");
  EXPECT_EQ(unit.attempts, 1);

  const auto seed_commitment = values_.array<32>();
  const auto key = values_.array<65>();
  const auto certificate = values_.bytes(400);
  const auto serial = values_.bytes(20);
  const auto issuer = values_.bytes(20);
  const auto fingerprint = values_.array<32>();
  const auto digest = values_.array<32>();
  const auto receipt = values_.bytes(200);
  ASSERT_OK(registry_.record_seed_intent(unit, seed_commitment));
  ASSERT_OK(registry_.record_seeded(unit, seed_commitment));
  ASSERT_OK(registry_.record_key(unit, key));
  ASSERT_OK(registry_.reserve_certificate_serial(unit, serial, issuer));
  ASSERT_OK(registry_.record_certificate(unit, certificate, serial, issuer, fingerprint));
  ASSERT_OK(registry_.record_committed(unit, digest, 0));
  ASSERT_OK(registry_.record_provisioned(unit, receipt));
  ASSERT_OK(registry_.finish_attempt(contact->attempt, "", "", R"([{"name":"seed","us":1200}])"));
  ASSERT_OK(registry_.record_activated(unit, values_.bytes(100)));

  const auto by_chip = registry_.unit_by_chip(chip);
  ASSERT_OK(by_chip);
  ASSERT_TRUE(*by_chip);
  const Unit& done = **by_chip;
  EXPECT_EQ(done.state, UnitState::kActivated);
  EXPECT_EQ(done.seed_commitment, seed_commitment);
  EXPECT_EQ(done.public_key, key);
  EXPECT_EQ(done.certificate, certificate);
  EXPECT_EQ(done.certificate_serial, serial);
  EXPECT_EQ(done.certificate_fingerprint, fingerprint);
  EXPECT_EQ(done.items_digest, digest);
  EXPECT_EQ(done.item_count, 0);
  EXPECT_EQ(done.receipt, receipt);
  const auto by_fingerprint = registry_.unit_by_fingerprint(fingerprint);
  ASSERT_OK(by_fingerprint);
  ASSERT_TRUE(*by_fingerprint);
  EXPECT_EQ((*by_fingerprint)->serial, unit.serial);

  std::vector<std::string> kinds;
  EXPECT_OK(
      registry_.visit_events(unit.serial, 0, [&](const Event& event) { return kinds.push_back(event.kind), true; }));
  EXPECT_EQ(kinds, (std::vector<std::string>{"unit-reserved", "unit-contacted", "seed-intended", "unit-seeded",
                                             "unit-keyed", "certificate-serial-reserved", "unit-certified",
                                             "unit-committed", "unit-provisioned", "attempt-ended", "unit-activated"}));

  // Every step again: success, and nothing new to tell.
  const int64_t events = event_count();
  EXPECT_OK(registry_.record_seed_intent(unit, seed_commitment));
  EXPECT_OK(registry_.record_seeded(unit, seed_commitment));
  EXPECT_OK(registry_.record_key(unit, key));
  EXPECT_OK(registry_.record_certificate(unit, certificate, serial, issuer, fingerprint));
  EXPECT_OK(registry_.record_committed(unit, digest, 0));
  EXPECT_OK(registry_.record_provisioned(unit, receipt));
  EXPECT_OK(registry_.record_activated(unit, values_.bytes(100)));  // each proof has its own challenge
  EXPECT_OK(registry_.finish_attempt(contact->attempt, "", "", ""));
  EXPECT_EQ(event_count(), events);
}

TEST_F(RegistryLife, EveryStepFromEveryState) {
  for (const UnitState from : kAllStates) {
    for (const UnitState to : kAllStates) {
      if (to <= UnitState::kContacted) continue;
      const Unit unit = unit_in(registry_, from, values_);
      const int64_t events = event_count();
      const auto outcome = step(registry_, unit, to, values_);
      const auto now = registry_.unit(unit.serial);
      ASSERT_OK(now);
      const std::string what = std::string(state_name(from)) + " to " + std::string(state_name(to));
      // These are the same whatever came with them.
      const bool again = from == to && (to == UnitState::kActivated || to >= UnitState::kFailed);
      if (may_follow(from, to)) {
        EXPECT_TRUE(outcome) << what << ": " << explain(outcome);
        EXPECT_EQ(now->state, to) << what;
      } else if (again) {
        EXPECT_TRUE(outcome) << what << ": " << explain(outcome);
        EXPECT_EQ(event_count(), events) << what;
      } else {
        ASSERT_FALSE(outcome) << what;
        EXPECT_EQ(outcome.error().code, base::ErrorCode::kRegistryState) << what << ": " << explain(outcome);
        EXPECT_EQ(now->state, from) << what;
        // A seed is announced before it is sent, and the announcement stays where the device may be ahead of us.
        const bool announced =
            to == UnitState::kSeeded && from > UnitState::kContacted && from <= UnitState::kCertified;
        EXPECT_EQ(event_count(), events + (announced ? 1 : 0)) << what;
      }
    }
  }
}

TEST_F(RegistryLife, AUnitWithoutCertificateCannotBeRevoked) {
  const Unit unit = unit_in(registry_, UnitState::kKeyed, values_);
  ASSERT_OK(registry_.record_failed(unit, "kNoAnswer", ""));
  EXPECT_FAILS(registry_.record_revoked(unit, "lost"), kRegistryState);
  EXPECT_OK(registry_.record_scrapped(unit, "lost"));
  EXPECT_FAILS(registry_.record_revoked(unit, "lost"), kRegistryState);
}

TEST_F(RegistryLife, RetiringNeedsAReason) {
  const Unit unit = unit_in(registry_, UnitState::kProvisioned, values_);
  EXPECT_FAILS(registry_.record_scrapped(unit, ""), kInvalidArgument);
  EXPECT_FAILS(registry_.record_revoked(unit, ""), kInvalidArgument);
  EXPECT_FAILS(registry_.record_failed(unit, "", "text"), kInvalidArgument);
}

TEST_F(RegistryLife, NoValueIsSharedByTwoUnits) {
  const auto refuses = [&](const Outcome<void>& outcome, const Unit& wanted, const Unit& holder) {
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, base::ErrorCode::kRegistryConstraint) << explain(outcome);
    EXPECT_NE(outcome.error().what.find(holder.serial), std::string::npos) << explain(outcome);
    EXPECT_NE(outcome.error().what.find(wanted.serial), std::string::npos) << explain(outcome);
  };
  const Unit a = contacted_unit(registry_, values_).unit;
  const Unit b = contacted_unit(registry_, values_).unit;

  const auto commitment = values_.array<32>();
  ASSERT_OK(registry_.record_seed_intent(a, commitment));
  const int64_t events = event_count();
  refuses(registry_.record_seed_intent(b, commitment), b, a);
  refuses(registry_.record_seeded(b, commitment), b, a);
  EXPECT_FAILS(registry_.record_seeded(b, values_.array<32>()), kRegistryState);  // never announced
  EXPECT_EQ(event_count(), events);
  ASSERT_OK(registry_.record_seeded(a, commitment));
  refuses(registry_.record_seed_intent(b, commitment), b, a);
  ASSERT_OK(step(registry_, b, UnitState::kSeeded, values_));

  const auto key = values_.array<65>();
  ASSERT_OK(registry_.record_key(a, key));
  refuses(registry_.record_key(b, key), b, a);
  ASSERT_OK(step(registry_, b, UnitState::kKeyed, values_));

  const auto issuer = values_.bytes(20);
  const auto serial = values_.bytes(20);
  const auto fingerprint = values_.array<32>();
  const auto certificate = values_.bytes(300);
  ASSERT_OK(registry_.reserve_certificate_serial(a, serial, issuer));
  refuses(registry_.reserve_certificate_serial(b, serial, issuer), b, a);
  refuses(registry_.record_certificate(b, values_.bytes(300), serial, issuer, values_.array<32>()), b, a);
  ASSERT_OK(registry_.record_certificate(a, certificate, serial, issuer, fingerprint));
  refuses(registry_.record_certificate(b, certificate, values_.bytes(20), issuer, fingerprint), b, a);
  // The same number under another issuer is another number.
  ASSERT_OK(registry_.record_certificate(b, values_.bytes(300), serial, values_.bytes(20), values_.array<32>()));

  ASSERT_OK(step(registry_, a, UnitState::kCommitted, values_));
  ASSERT_OK(step(registry_, b, UnitState::kCommitted, values_));
  const auto receipt = values_.bytes(100);
  ASSERT_OK(registry_.record_provisioned(a, receipt));
  refuses(registry_.record_provisioned(b, receipt), b, a);
  ASSERT_OK(step(registry_, b, UnitState::kProvisioned, values_));
  const auto proof = values_.bytes(100);
  ASSERT_OK(registry_.record_activated(a, proof));
  EXPECT_FAILS(registry_.record_activated(b, proof), kRegistryConstraint);
}

TEST_F(RegistryLife, TransactionIdsAreUnique) {
  const auto transaction = values_.array<16>();
  const auto first = registry_.reserve_unit("order-1", transaction);
  ASSERT_OK(first);
  ASSERT_OK(registry_.contact(*first, values_.bytes(8), "b", "1", "p"));
  EXPECT_FAILS(registry_.reserve_unit("order-1", transaction), kRegistryConstraint);
  // The serial was not lost to it.
  const auto next = registry_.reserve_unit("order-1", values_.array<16>());
  ASSERT_OK(next);
  EXPECT_EQ(next->serial, "AB-000002");
}

TEST_F(RegistryLife, WhatAFailedUnitHeldIsNeverUsedAgain) {
  const Unit failed = unit_in(registry_, UnitState::kCertified, values_);
  const auto burnt = values_.array<32>();
  ASSERT_OK(registry_.record_seed_intent(failed, burnt));
  ASSERT_OK(registry_.record_failed(failed, "kDeviceRefused", "text"));
  const auto now = registry_.unit(failed.serial);
  ASSERT_OK(now);
  EXPECT_EQ(now->failure_code, "kDeviceRefused");
  EXPECT_EQ(now->failure_text, "text");

  const Unit other = contacted_unit(registry_, values_).unit;
  EXPECT_NE(other.serial, failed.serial);
  EXPECT_FAILS(registry_.record_seed_intent(other, burnt), kRegistryConstraint);
  EXPECT_FAILS(registry_.record_seed_intent(other, *failed.seed_commitment), kRegistryConstraint);
  ASSERT_OK(step(registry_, other, UnitState::kSeeded, values_));
  EXPECT_FAILS(registry_.record_key(other, *failed.public_key), kRegistryConstraint);
  // Its chip finds its own row again.
  const auto reserved = registry_.reserve_unit("order-1", values_.array<16>());
  ASSERT_OK(reserved);
  const auto again = registry_.contact(*reserved, *failed.chip_id, "board-1", "1", "p");
  ASSERT_OK(again);
  EXPECT_EQ(again->unit.serial, failed.serial);
  EXPECT_EQ(again->unit.state, UnitState::kFailed);
}

TEST_F(RegistryLife, SeedsCanBeBurnt) {
  const Unit unit = contacted_unit(registry_, values_).unit;
  const auto first = values_.array<32>();
  const auto second = values_.array<32>();
  ASSERT_OK(registry_.record_seed_intent(unit, first));
  ASSERT_OK(registry_.record_seed_intent(unit, second));
  ASSERT_OK(registry_.record_seeded(unit, first));
  EXPECT_FAILS(registry_.record_seeded(unit, second), kRegistryState);
}

TEST_F(RegistryLife, SerialNumbersCanBeBurnt) {
  const Unit unit = unit_in(registry_, UnitState::kKeyed, values_);
  const auto issuer = values_.bytes(20);
  ASSERT_OK(registry_.reserve_certificate_serial(unit, values_.bytes(20), issuer));
  const auto used = values_.bytes(20);
  ASSERT_OK(registry_.reserve_certificate_serial(unit, used, issuer));
  ASSERT_OK(registry_.record_certificate(unit, values_.bytes(300), used, issuer, values_.array<32>()));
  EXPECT_FAILS(registry_.reserve_certificate_serial(unit, values_.bytes(20), issuer), kRegistryState);
  EXPECT_EQ(registry_.unit(unit.serial)->certificate_serial, used);
}

TEST_F(RegistryLife, AChipOnRecordTakesUpItsUnitAndLeavesTheReservation) {
  const auto first = contacted_unit(registry_, values_);
  ASSERT_OK(registry_.finish_attempt(first.attempt, "kNoAnswer", "it fell silent", ""));
  const auto reserved = registry_.reserve_unit("order-1", values_.array<16>());
  ASSERT_OK(reserved);
  const auto again = registry_.contact(*reserved, *first.unit.chip_id, "board-1", "2.0", "/dev/ttyUSB1");
  ASSERT_OK(again);
  EXPECT_TRUE(again->resumed);
  EXPECT_EQ(again->unit.serial, first.unit.serial);
  EXPECT_EQ(again->unit.attempts, 2);
  EXPECT_NE(again->attempt, first.attempt);
  const auto free = registry_.reserve_unit("order-1", values_.array<16>());
  ASSERT_OK(free);
  EXPECT_EQ(free->serial, reserved->serial);
}

TEST_F(RegistryLife, AnAttemptLeftOpenIsClosedAsInterrupted) {
  const auto first = contacted_unit(registry_, values_);
  const auto again = registry_.contact(first.unit, *first.unit.chip_id, "board-1", "1.0.0", "p");
  ASSERT_OK(again);
  std::vector<std::string> kinds;
  EXPECT_OK(registry_.visit_events(first.unit.serial, 0,
                                   [&](const Event& event) { return kinds.push_back(event.kind), true; }));
  EXPECT_EQ(kinds, (std::vector<std::string>{"unit-reserved", "unit-contacted", "attempt-interrupted",
                                             "unit-contacted-again"}));
  EXPECT_FAILS(registry_.finish_attempt(first.attempt, "", "", ""), kRegistryState);
  EXPECT_FAILS(registry_.finish_attempt(again->attempt, "", "", "{not json"), kInvalidArgument);
  EXPECT_OK(registry_.finish_attempt(again->attempt, "", "", "[]"));
  EXPECT_FAILS(registry_.finish_attempt(99999, "", "", ""), kRegistryNotFound);
}

TEST_F(RegistryLife, AReservationTakenMeanwhileIsReplaced) {
  const auto reserved = registry_.reserve_unit("order-1", values_.array<16>());
  ASSERT_OK(reserved);
  ASSERT_OK(registry_.contact(*reserved, values_.bytes(8), "b", "1", "p"));
  const auto second = registry_.contact(*reserved, values_.bytes(8), "b", "1", "q");
  ASSERT_OK(second);
  EXPECT_EQ(second->unit.serial, "AB-000002");
  EXPECT_NE(second->unit.transaction, reserved->transaction);
  EXPECT_FALSE(second->resumed);
}

TEST_F(RegistryLife, AScrappedReservationIsNeverHandedOut) {
  const Unit unit = unit_in(registry_, UnitState::kReserved, values_);
  ASSERT_OK(registry_.record_scrapped(unit, "label misprinted"));
  const auto next = registry_.reserve_unit("order-1", values_.array<16>());
  ASSERT_OK(next);
  EXPECT_NE(next->serial, unit.serial);
  const auto contact = registry_.contact(unit, values_.bytes(8), "b", "1", "p");
  ASSERT_OK(contact);
  EXPECT_EQ(contact->unit.serial, next->serial);
}

TEST_F(RegistryLife, ClonesAreMarkedOncePerChip) {
  const Unit unit = unit_in(registry_, UnitState::kActivated, values_);
  const auto other = values_.bytes(12);
  ASSERT_OK(registry_.record_clone(unit, other));
  const int64_t events = event_count();
  ASSERT_OK(registry_.record_clone(unit, other));
  EXPECT_EQ(event_count(), events);
  ASSERT_OK(registry_.record_clone(unit, values_.bytes(12)));
  EXPECT_EQ(event_count(), events + 1);
  EXPECT_FAILS(registry_.record_clone(unit, *unit.chip_id), kInvalidArgument);
  const auto now = registry_.unit(unit.serial);
  ASSERT_OK(now);
  EXPECT_TRUE(now->clone_suspected);
  EXPECT_EQ(now->state, UnitState::kActivated);
}

TEST_F(RegistryLife, ActivationIsOfTheSameChip) {
  Unit unit = unit_in(registry_, UnitState::kActivated, values_);
  unit.chip_id = values_.bytes(12);
  EXPECT_FAILS(registry_.record_activated(unit, values_.bytes(10)), kRegistryState);
}

TEST_F(RegistryLife, UnknownUnitsAndOddChips) {
  Unit unknown;
  unknown.serial = "ZZ-1";
  EXPECT_FAILS(registry_.unit("ZZ-1"), kRegistryNotFound);
  EXPECT_FAILS(registry_.record_key(unknown, values_.array<65>()), kRegistryNotFound);
  EXPECT_FAILS(registry_.contact(unknown, values_.bytes(8), "b", "1", "p"), kRegistryNotFound);
  const auto none = registry_.unit_by_chip(values_.bytes(8));
  ASSERT_OK(none);
  EXPECT_FALSE(*none);
  const Unit reserved = unit_in(registry_, UnitState::kReserved, values_);
  EXPECT_FAILS(registry_.contact(reserved, {}, "b", "1", "p"), kInvalidArgument);
  EXPECT_FAILS(registry_.contact(reserved, values_.bytes(65), "b", "1", "p"), kInvalidArgument);
}

TEST_F(RegistryLife, WhatADeviceSaysIsMadeFit) {
  const Unit reserved = unit_in(registry_, UnitState::kReserved, values_);
  const auto contact = registry_.contact(reserved, values_.bytes(8), std::string_view("b\0\xFF\n", 4), "", "p");
  ASSERT_OK(contact);
  EXPECT_EQ(contact->unit.board, "b\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

}  // namespace
}  // namespace db::test
