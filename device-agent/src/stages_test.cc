// Every command in every stage that it does not fit, and what each leaves unchanged.
#include <gtest/gtest.h>

#include "tests/support/ram_unit.h"

namespace agent {
namespace {

using base::Bytes;
using base::ErrorCode;
using protocol::Command;
using test::TestHost;

class StagesTest : public testing::Test {
 protected:
  StagesTest() : station(1), unit(&station.batch, 1), host(unit, station), plan(test::make_plan(1)) {
    EXPECT_TRUE(unit.power_on());
    EXPECT_TRUE(host.hello());
    EXPECT_TRUE(host.handshake());
  }

  template <typename Result>
  static ErrorCode code(const Result& result) {
    return result ? ErrorCode::kOk : result.error();
  }

  ErrorCode seed(uint8_t fill = 0x5A, std::optional<protocol::TransactionId> transaction = {}) {
    const Bytes bytes(protocol::kSeedSize, fill);
    protocol::SeedRequest request;
    request.transaction = transaction.value_or(plan.transaction);
    request.seed = bytes;
    return code(host.command(Command::kSeed, request));
  }
  ErrorCode begin(std::string_view serial, std::optional<protocol::TransactionId> transaction = {}) {
    protocol::BeginRequest request;
    request.transaction = transaction.value_or(plan.transaction);
    request.serial = serial;
    return code(host.command(Command::kBegin, request));
  }
  ErrorCode import(uint8_t fill) {
    const Bytes scalar(protocol::kPrivateKeySize, fill);
    protocol::ImportKeyRequest request;
    request.private_key = scalar;
    return code(host.command(Command::kImportKey, request));
  }
  ErrorCode put(const std::string& name, size_t size, uint8_t fill = 1, uint8_t flags = protocol::kItemWriteOnce) {
    return code(host.put_item({name, flags, Bytes(size, fill)}));
  }
  ErrorCode put_part(std::string_view name, uint16_t total, uint16_t offset, size_t size) {
    const Bytes data(size, 1);
    protocol::PutRequest request;
    protocol::ItemPart part;
    part.name = name;
    part.total = total;
    part.offset = offset;
    part.data = data;
    EXPECT_TRUE(request.parts.push_back(part));
    return code(host.command(Command::kPut, request));
  }
  ErrorCode commit(uint16_t count, const protocol::Digest& items) {
    protocol::CommitRequest request;
    request.item_count = count;
    request.digest = items;
    return code(host.command(Command::kCommit, request));
  }
  ErrorCode lock() { return code(host.command(Command::kLock, protocol::LockRequest{})); }
  // Takes the unit to the end of that stage.
  void to_begun() {
    ASSERT_EQ(seed(), ErrorCode::kOk);
    ASSERT_EQ(begin(plan.serial), ErrorCode::kOk);
  }
  void to_keyed() {
    to_begun();
    const auto made = host.make_key(plan);
    ASSERT_TRUE(made);
    key = *made;
  }
  void to_committed() {
    to_keyed();
    ASSERT_EQ(put("one", 10), ErrorCode::kOk);
    digest = test::items_digest_of({{"one", protocol::kItemWriteOnce, Bytes(10, 1)}});
    ASSERT_EQ(commit(1, digest), ErrorCode::kOk);
  }

  test::TestStation station;
  test::RamUnit unit;
  TestHost host;
  test::UnitPlan plan;
  protocol::PublicKey key{};
  protocol::Digest digest{};
};

TEST_F(StagesTest, BlankChipTakesTheSeedOnly) {
  const auto before = unit.chip.snapshot();
  EXPECT_EQ(begin(plan.serial), ErrorCode::kNoTransaction);
  EXPECT_EQ(code(host.make_key(plan)), ErrorCode::kNoTransaction);
  EXPECT_EQ(import(0x11), ErrorCode::kNoTransaction);
  EXPECT_EQ(put("one", 10), ErrorCode::kNoTransaction);
  EXPECT_EQ(commit(0, {}), ErrorCode::kNoTransaction);
  EXPECT_EQ(lock(), ErrorCode::kStageOrder);
  EXPECT_EQ(code(host.command(Command::kAbort)), ErrorCode::kOk);
  EXPECT_TRUE(test::same_image(before, unit.chip.snapshot()));
}

TEST_F(StagesTest, SeededUnit) {
  ASSERT_EQ(seed(), ErrorCode::kOk);
  const auto before = unit.chip.snapshot();
  auto other = plan.transaction;
  other[0] ^= 1;
  EXPECT_EQ(seed(0x77), ErrorCode::kOk);  // this transaction's seed is in: another one does nothing
  EXPECT_EQ(seed(0x77, other), ErrorCode::kOtherTransaction);
  EXPECT_EQ(begin(plan.serial, other), ErrorCode::kOtherTransaction);
  EXPECT_NE(begin("no\nserial"), ErrorCode::kOk);
  EXPECT_NE(begin(""), ErrorCode::kOk);
  EXPECT_EQ(code(host.make_key(plan)), ErrorCode::kNoTransaction);
  EXPECT_EQ(put("one", 10), ErrorCode::kNoTransaction);
  EXPECT_EQ(commit(0, {}), ErrorCode::kNoTransaction);
  EXPECT_EQ(lock(), ErrorCode::kStageOrder);
  EXPECT_TRUE(test::same_image(before, unit.chip.snapshot()));
}

TEST_F(StagesTest, BegunUnit) {
  to_begun();
  const auto before = unit.chip.snapshot();
  EXPECT_EQ(begin(plan.serial), ErrorCode::kOk);
  EXPECT_EQ(begin("ANOTHER"), ErrorCode::kOtherSerial);
  EXPECT_EQ(commit(0, {}), ErrorCode::kNoKey);
  EXPECT_EQ(lock(), ErrorCode::kStageOrder);
  EXPECT_EQ(import(0x00), ErrorCode::kInvalidArgument);  // zero is no scalar
  test::UnitPlan bad = plan;
  bad.subject.back() ^= 1;
  bad.subject.pop_back();
  EXPECT_EQ(code(host.make_key(bad)), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(test::same_image(before, unit.chip.snapshot()));
}

TEST_F(StagesTest, KeyIsMadeOnce) {
  to_keyed();
  const auto before = unit.chip.snapshot();
  const auto again = host.make_key(plan);
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, key);
  EXPECT_EQ(import(0x11), ErrorCode::kKeyExists);
  EXPECT_EQ(commit(1, {}), ErrorCode::kDigestMismatch);
  EXPECT_EQ(lock(), ErrorCode::kStageOrder);
  EXPECT_TRUE(test::same_image(before, unit.chip.snapshot()));
}

TEST_F(StagesTest, ImportedKeyAgainIsTheSame) {
  to_begun();
  EXPECT_EQ(import(0x11), ErrorCode::kOk);
  EXPECT_EQ(import(0x11), ErrorCode::kOk);
  EXPECT_EQ(import(0x12), ErrorCode::kKeyExists);
}

// A private key does not come out again, not even inside the process.
TEST_F(StagesTest, KeyCannotBeExported) {
  to_keyed();
  Bytes out(64);
  size_t size = 0;
  EXPECT_EQ(psa_export_key(1, out.data(), out.size(), &size), PSA_ERROR_NOT_PERMITTED);
}

TEST_F(StagesTest, CommittedUnitCannotBeChanged) {
  to_committed();
  const auto before = unit.chip.snapshot();
  EXPECT_EQ(put("one", 10), ErrorCode::kAlreadyCommitted);
  EXPECT_EQ(put("two", 10), ErrorCode::kAlreadyCommitted);
  EXPECT_EQ(commit(1, digest), ErrorCode::kOk);
  EXPECT_EQ(commit(2, digest), ErrorCode::kAlreadyCommitted);
  EXPECT_EQ(commit(1, {}), ErrorCode::kAlreadyCommitted);
  EXPECT_EQ(seed(), ErrorCode::kOk);
  EXPECT_TRUE(test::same_image(before, unit.chip.snapshot()));
}

TEST_F(StagesTest, LockedUnitRefusesEverythingAndChangesNothing) {
  to_committed();
  ASSERT_EQ(lock(), ErrorCode::kOk);
  const auto before = unit.chip.snapshot();
  const auto refuses = [&] {
    EXPECT_EQ(seed(), ErrorCode::kUnitLocked);
    EXPECT_EQ(begin("ANOTHER"), ErrorCode::kUnitLocked);
    EXPECT_EQ(code(host.make_key(plan)), ErrorCode::kUnitLocked);
    EXPECT_EQ(import(0x11), ErrorCode::kUnitLocked);
    EXPECT_EQ(put("two", 10), ErrorCode::kUnitLocked);
    EXPECT_EQ(commit(1, digest), ErrorCode::kUnitLocked);
    EXPECT_EQ(lock(), ErrorCode::kUnitLocked);
    for (const Command command : {Command::kVerify, Command::kAbort, Command::kReboot}) {
      EXPECT_EQ(code(host.command(command)), ErrorCode::kUnitLocked);
    }
    // Nothing of the body is looked at.
    EXPECT_EQ(code(host.request(protocol::FrameType::kSealed, Bytes{1, 2, 3})), ErrorCode::kUnitLocked);
    EXPECT_EQ(code(host.request(protocol::FrameType::kHandshake, Bytes{0xFF})), ErrorCode::kUnitLocked);
  };
  refuses();
  EXPECT_TRUE(test::same_image(before, unit.chip.snapshot()));
  // After a restart the generator's seed moves on, and that is all.
  ASSERT_TRUE(unit.reset());
  ASSERT_TRUE(host.hello());
  refuses();
  const auto after = unit.chip.snapshot();
  EXPECT_EQ(before.otp, after.otp);
  EXPECT_EQ(before.sectors[0].data, after.sectors[0].data);
}

TEST_F(StagesTest, SecondIdentityForALockedUnit) {
  test::UnitRecord record;
  ASSERT_TRUE(host.inject(plan, record));
  const auto before = unit.chip.snapshot();
  test::TestStation intruder(2);
  TestHost other(unit, intruder);
  test::UnitRecord second;
  const auto injected = other.inject(test::make_plan(2), second);
  EXPECT_FALSE(injected);
  EXPECT_TRUE(test::same_image(before, unit.chip.snapshot()));
  ASSERT_TRUE(host.hello());
  EXPECT_TRUE(host.attest(plan, record));
}

TEST_F(StagesTest, ClearCommandsOfALockedUnitAreRefusedBefore) {
  EXPECT_EQ(code(host.request(protocol::FrameType::kReboot, {})), ErrorCode::kNotLocked);
  EXPECT_EQ(host.attest(plan, {}).error(), ErrorCode::kNotLocked);
}

TEST_F(StagesTest, WhatIsNoCommand) {
  EXPECT_EQ(code(host.command(static_cast<Command>(99))), ErrorCode::kUnknownCommand);
  EXPECT_EQ(code(host.command(Command::kSeed)), ErrorCode::kCborMissingField);
  EXPECT_NE(code(host.command(Command::kSeed, base::ByteView(base::ByteArray<2>{0xFF, 0xFF}))), ErrorCode::kOk);
  EXPECT_EQ(seed(), ErrorCode::kOk);  // the channel is as good as before
}

TEST_F(StagesTest, PartsOfItems) {
  to_begun();
  EXPECT_EQ(put_part("late", 20, 10, 10), ErrorCode::kPutOrder);
  EXPECT_EQ(put_part("a", 20, 0, 10), ErrorCode::kOk);
  EXPECT_EQ(put_part("b", 20, 10, 10), ErrorCode::kPutOrder);  // another name
  EXPECT_EQ(put_part("a", 20, 10, 10), ErrorCode::kPutOrder);  // its beginning is gone
  EXPECT_EQ(put_part("a", 20, 0, 10), ErrorCode::kOk);
  EXPECT_EQ(put_part("a", 21, 10, 11), ErrorCode::kPutOrder);  // another size
  EXPECT_EQ(put_part("a", 20, 0, 10), ErrorCode::kOk);
  EXPECT_EQ(put_part("a", 20, 0, 10), ErrorCode::kOk);  // from the start again
  EXPECT_EQ(put_part("a", 20, 10, 10), ErrorCode::kOk);
  EXPECT_NE(put_part("a", 20, 15, 10), ErrorCode::kOk);  // past its end
  EXPECT_EQ(put_part("empty", 20, 0, 0), ErrorCode::kPutOrder);
  const auto held = host.command(Command::kVerify);
  ASSERT_TRUE(held);
  protocol::VerifyReply reply;
  ASSERT_TRUE(protocol::decode(*held, reply));
  EXPECT_EQ(reply.item_count, 1);
  EXPECT_EQ(reply.digest, test::items_digest_of({{"a", protocol::kItemWriteOnce, Bytes(20, 1)}}));
}

TEST_F(StagesTest, ItemsThatAreRefused) {
  to_begun();
  const auto before = unit.chip.snapshot();
  for (const std::string name : {"~tx", "~seed", "a b", "a/b", "\xC3\xA4"}) {
    const ErrorCode said = put(name, 4);
    EXPECT_TRUE(said == ErrorCode::kItemName || said == ErrorCode::kCborFieldType) << name;
  }
  EXPECT_NE(put("", 4), ErrorCode::kOk);
  EXPECT_NE(put(std::string(protocol::kMaxItemNameSize + 1, 'n'), 4), ErrorCode::kOk);
  EXPECT_NE(put("flags", 4, 1, 0x82), ErrorCode::kOk);
  EXPECT_NE(put_part("large", protocol::kMaxItemSize + 1, 0, 100), ErrorCode::kOk);
  EXPECT_TRUE(test::same_image(before, unit.chip.snapshot()));
  EXPECT_EQ(put(std::string(protocol::kMaxItemNameSize, 'n'), 4), ErrorCode::kOk);
  EXPECT_EQ(put("largest", protocol::kMaxItemSize), ErrorCode::kOk);
}

TEST_F(StagesTest, WriteOnceItems) {
  to_begun();
  EXPECT_EQ(put("once", 10, 1), ErrorCode::kOk);
  const auto before = unit.chip.snapshot();
  EXPECT_EQ(put("once", 10, 1), ErrorCode::kOk);
  EXPECT_EQ(put("once", 10, 2), ErrorCode::kItemWriteOnce);
  EXPECT_EQ(put("once", 10, 1, 0), ErrorCode::kItemWriteOnce);
  EXPECT_TRUE(test::same_image(before, unit.chip.snapshot()));
  EXPECT_EQ(put("often", 10, 1, 0), ErrorCode::kOk);
  EXPECT_EQ(put("often", 12, 2, 0), ErrorCode::kOk);
}

TEST_F(StagesTest, NumberOfItemsIsBounded) {
  to_begun();
  for (size_t i = 0; i < protocol::kMaxItems; ++i) ASSERT_EQ(put("item-" + std::to_string(i), 4), ErrorCode::kOk) << i;
  EXPECT_EQ(put("one-more", 4), ErrorCode::kTooManyItems);
  EXPECT_EQ(put("item-0", 4), ErrorCode::kOk);
  // Also in a later session, which counts what is there.
  ASSERT_TRUE(unit.reset());
  ASSERT_TRUE(host.hello());
  ASSERT_TRUE(host.handshake());
  EXPECT_EQ(put("one-more", 4), ErrorCode::kTooManyItems);
}

TEST_F(StagesTest, FullStoreIsAnErrorAndNothingIsLost) {
  to_keyed();
  int stored = 0;
  ErrorCode last = ErrorCode::kOk;
  while (stored < 20 && (last = put("big-" + std::to_string(stored), protocol::kMaxItemSize)) == ErrorCode::kOk) ++stored;
  EXPECT_EQ(last, ErrorCode::kStoreFull);
  std::vector<test::PlannedItem> held;
  for (int i = 0; i < stored; ++i) {
    held.push_back({"big-" + std::to_string(i), protocol::kItemWriteOnce, Bytes(protocol::kMaxItemSize, 1)});
  }
  EXPECT_EQ(commit(static_cast<uint16_t>(stored), test::items_digest_of(held)), ErrorCode::kOk);
  EXPECT_EQ(lock(), ErrorCode::kOk);
}

// An abort that cannot erase the flash has forgotten the key all the same: the next transaction gets its own.
TEST_F(StagesTest, AbortThatFailsHalfWayKeepsNoKey) {
  to_keyed();
  unit.chip.wear_out(0);
  EXPECT_NE(code(host.command(Command::kAbort)), ErrorCode::kOk);
  unit.chip.wear_out(0, false);
  const auto old_key = key;
  plan.transaction[0] ^= 1;
  to_keyed();
  EXPECT_NE(key, old_key);
  // It is in the flash, too, not in RAM alone.
  ASSERT_TRUE(unit.reset());
  ASSERT_TRUE(host.hello());
  ASSERT_TRUE(host.handshake());
  const auto again = host.make_key(plan);
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, key);
}

// Whoever can put back the flash makes the generator repeat itself. Two signatures under one nonce would give away the
// key, so what is signed goes into the nonce.
TEST_F(StagesTest, FlashThatIsPutBackGivesNoNonceTwice) {
  to_committed();
  ASSERT_EQ(lock(), ErrorCode::kOk);
  const auto image = unit.chip.snapshot();
  const auto signature = [&](uint8_t fill) {
    unit.power_off();
    unit.chip.restore(image);
    EXPECT_TRUE(unit.power_on());
    EXPECT_TRUE(host.hello());
    protocol::AttestRequest request;
    request.challenge.fill(fill);
    base::ByteArray<64> buffer;
    const auto answer = host.request(protocol::FrameType::kAttest, protocol::encode(request, buffer).value());
    protocol::AttestReply reply;
    EXPECT_TRUE(answer && protocol::decode(*answer, reply));
    return answer ? Bytes(reply.receipt.end() - protocol::kSignatureSize, reply.receipt.end()) : Bytes(64);
  };
  const Bytes first = signature(1);
  EXPECT_EQ(first, signature(1));  // it does repeat itself
  const Bytes second = signature(2);
  EXPECT_NE(Bytes(first.begin(), first.begin() + 32), Bytes(second.begin(), second.begin() + 32));
}

// A receipt says that the unit is locked; while the batch secret is still there it is not.
TEST_F(StagesTest, NoReceiptBeforeTheLockIsComplete) {
  to_committed();
  unit.fail_wipe = true;
  EXPECT_EQ(lock(), ErrorCode::kFlashErase);
  base::ByteArray<64> buffer;
  const auto request = protocol::encode(protocol::AttestRequest{}, buffer);
  ASSERT_TRUE(request);
  ASSERT_TRUE(host.hello());
  EXPECT_EQ(code(host.request(protocol::FrameType::kAttest, *request)), ErrorCode::kFlashErase);
  EXPECT_FALSE(unit.batch_is_wiped());
  unit.fail_wipe = false;
  EXPECT_TRUE(host.request(protocol::FrameType::kAttest, *request));
  EXPECT_TRUE(unit.batch_is_wiped());
}

TEST_F(StagesTest, WornFlashIsReported) {
  to_begun();
  unit.chip.wear_out(0);
  EXPECT_NE(put("one", 40), ErrorCode::kOk);
}

}  // namespace
}  // namespace agent
