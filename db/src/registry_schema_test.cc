// What the schema holds by itself, against a program that does not use our code: through a raw SQLite handle.
#include <fstream>
#include <sstream>

#include "db/src/event_record.h"
#include "db/src/registry_test_support.h"

namespace db::test {
namespace {

class RegistrySchema : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  Registry registry_ = make_registry(folder_.registry());
  Values values_{seed()};
};

TEST_F(RegistrySchema, TheAuditLogIsAppendOnly) {
  unit_in(registry_, UnitState::kActivated, values_);
  RawDatabase raw(folder_.registry());
  const int64_t events = raw.integer("SELECT count(*) FROM events");
  EXPECT_NE(raw.run("UPDATE events SET operator = 'eve' WHERE sequence = 2").find("append-only"), std::string::npos);
  EXPECT_NE(raw.run("DELETE FROM events WHERE sequence = 2").find("append-only"), std::string::npos);
  EXPECT_NE(raw.run("DELETE FROM events").find("append-only"), std::string::npos);
  const std::string row = "(sequence, at, kind, subject, canonical) VALUES ";
  EXPECT_NE(raw.run("INSERT OR REPLACE INTO events " + row + "(2, 1, 'k', 's', x'00')").find("next sequence"),
            std::string::npos);
  EXPECT_NE(raw.run("INSERT INTO events " + row + "(" + std::to_string(events + 2) + ", 1, 'k', 's', x'00')")
                .find("next sequence"),
            std::string::npos);
  EXPECT_EQ(raw.integer("SELECT count(*) FROM events"), events);
  EXPECT_OK(registry_.verify());
}

TEST_F(RegistrySchema, NothingIsDeletedOrChanged) {
  const Unit unit = unit_in(registry_, UnitState::kActivated, values_);
  ASSERT_OK(registry_.record_clone(unit, values_.bytes(12)));
  RawDatabase raw(folder_.registry());
  for (const char* table : {"batches", "batch_stations", "orders", "order_variables", "units", "attempts",
                            "seed_commitments", "keys", "certificates", "clones", "events"}) {
    EXPECT_NE(raw.run(std::string("DELETE FROM ") + table), "") << table;
  }
  for (const char* change : {"UPDATE batches SET batch_id = zeroblob(16)",
                             "UPDATE batch_stations SET public_key = zeroblob(65)",
                             "UPDATE orders SET quantity = 5000",
                             "UPDATE orders SET allocated = 0",
                             "UPDATE orders SET allocated = 50",
                             "UPDATE order_variables SET value = 'x'",
                             "UPDATE units SET serial = 'ZZ'",
                             "UPDATE units SET chip_id = x'01'",
                             "UPDATE units SET chip_id = NULL",
                             "UPDATE units SET transaction_id = zeroblob(16)",
                             "UPDATE units SET receipt = x'01'",
                             "UPDATE units SET items_digest = zeroblob(32)",
                             "UPDATE units SET activation_proof = x'01'",
                             "UPDATE units SET clone_suspected = 0",
                             "UPDATE units SET attempts = 0",
                             "UPDATE seed_commitments SET unit = unit",
                             "UPDATE keys SET public_key = zeroblob(65)",
                             "UPDATE certificates SET certificate = x'00'",
                             "UPDATE certificates SET serial_number = x'01'",
                             "UPDATE clones SET chip_id = x'01'",
                             "UPDATE attempts SET port = 'x'"}) {
    EXPECT_NE(raw.run(change), "") << change;
  }
  EXPECT_OK(registry_.verify());
}

// The trigger allows exactly the pairs that the code allows. Everything a state stands on is made up first, so that
// only the order of the states can be what refuses.
TEST_F(RegistrySchema, StatesMoveForwardOnly) {
  const char* states[] = {"reserved",    "contacted", "seeded", "keyed",    "certified", "committed",
                          "provisioned", "activated", "failed", "scrapped", "revoked"};
  RawDatabase raw(folder_.registry());
  for (const char* from : states) {
    const Unit unit = unit_in(registry_, *state_from_name(from), values_);
    for (const char* to : states) {
      if (std::string_view(from) == to) continue;
      const std::string id = std::to_string(unit.id);
      ASSERT_EQ(raw.run("BEGIN IMMEDIATE"), "");
      raw.run("INSERT OR IGNORE INTO seed_commitments VALUES (randomblob(32), " + id + ", 1, 1)");
      raw.run("INSERT OR IGNORE INTO keys (unit, public_key, recorded_at) VALUES (" + id + ", randomblob(65), 1)");
      raw.run(
          "INSERT OR IGNORE INTO certificates (unit, issuer_key_id, serial_number, reserved_at, key, certificate,"
          " fingerprint, issued_at) VALUES (" +
          id + ", x'01', randomblob(20), 1, (SELECT id FROM keys WHERE unit = " + id + "), x'30', randomblob(32), 1)");
      const std::string message = raw.run(
          "UPDATE units SET state = '" + std::string(to) +
          "', chip_id = coalesce(chip_id, randomblob(12)),"
          " items_digest = coalesce(items_digest, zeroblob(32)), item_count = coalesce(item_count, 0),"
          " receipt = coalesce(receipt, randomblob(9)), activation_proof = coalesce(activation_proof, randomblob(9)),"
          " failure_code = coalesce(failure_code, 'k'), reason = coalesce(reason, 'r') WHERE id = " +
          id);
      const bool allowed = may_follow(*state_from_name(from), *state_from_name(to));
      EXPECT_EQ(message.empty(), allowed) << from << " to " << to << ": " << message;
      if (!allowed) {
        EXPECT_NE(message.find("moves forward"), std::string::npos) << from << " to " << to << ": " << message;
      }
      ASSERT_EQ(raw.run("ROLLBACK"), "");
    }
  }
}

TEST_F(RegistrySchema, AStateStandsOnWhatItSays) {
  RawDatabase raw(folder_.registry());
  const auto jump = [&](UnitState from, const char* to, const char* more = "") {
    const Unit unit = unit_in(registry_, from, values_);
    return raw.run("UPDATE units SET state = '" + std::string(to) + "'" + more +
                   " WHERE id = " + std::to_string(unit.id));
  };
  EXPECT_NE(jump(UnitState::kReserved, "contacted"), "");
  EXPECT_NE(jump(UnitState::kContacted, "seeded"), "");
  EXPECT_NE(jump(UnitState::kSeeded, "keyed"), "");
  EXPECT_NE(jump(UnitState::kKeyed, "certified"), "");
  EXPECT_NE(jump(UnitState::kCertified, "committed"), "");
  EXPECT_NE(jump(UnitState::kCommitted, "provisioned"), "");
  EXPECT_NE(jump(UnitState::kProvisioned, "activated"), "");
  EXPECT_NE(jump(UnitState::kProvisioned, "scrapped"), "");
  EXPECT_NE(jump(UnitState::kContacted, "failed"), "");
  EXPECT_EQ(jump(UnitState::kContacted, "failed", ", failure_code = 'kNoAnswer'"), "");
}

TEST_F(RegistrySchema, ConstraintsHoldWithoutOurCode) {
  const Unit a = unit_in(registry_, UnitState::kCertified, values_);
  const Unit b = unit_in(registry_, UnitState::kContacted, values_);
  RawDatabase raw(folder_.registry());
  const std::string to_b = std::to_string(b.id);
  const std::string from_a = std::to_string(a.id);
  EXPECT_NE(raw.run("INSERT INTO keys (unit, public_key, recorded_at) SELECT " + to_b +
                    ", public_key, 1 FROM keys WHERE unit = " + from_a),
            "");
  EXPECT_NE(raw.run("INSERT INTO seed_commitments SELECT commitment, " + to_b +
                    ", 1, NULL FROM seed_commitments WHERE unit = " + from_a),
            "");
  EXPECT_NE(raw.run("INSERT INTO certificates (unit, issuer_key_id, serial_number, reserved_at) SELECT " + to_b +
                    ", issuer_key_id, serial_number, 1 FROM certificates WHERE unit = " + from_a),
            "");
  const std::string unit_row =
      "INSERT INTO units (serial, \"order\", transaction_id, state, chip_id, created_at, updated_at) ";
  EXPECT_NE(raw.run(unit_row + "VALUES ('AB-000001', 1, randomblob(16), 'reserved', NULL, 1, 1)"), "");
  EXPECT_NE(
      raw.run(unit_row + "SELECT 'X1', 1, transaction_id, 'reserved', NULL, 1, 1 FROM units WHERE id = " + from_a), "");
  EXPECT_NE(raw.run(unit_row + "VALUES ('X2', 1, randomblob(16), 'provisioned', x'01', 1, 1)"), "");
  EXPECT_EQ(raw.run(unit_row + "VALUES ('X3', 1, randomblob(16), 'reserved', NULL, 1, 1)"), "");
  EXPECT_NE(raw.run("UPDATE units SET state = 'contacted', chip_id = (SELECT chip_id FROM units WHERE id = " + from_a +
                    ") WHERE serial = 'X3'"),
            "");
  // A certificate is over the unit's own key.
  EXPECT_NE(raw.run("PRAGMA foreign_keys = ON; UPDATE certificates SET key = NULL"), "");
  EXPECT_NE(
      raw.run(
          "PRAGMA foreign_keys = ON; INSERT INTO certificates (unit, issuer_key_id, serial_number, reserved_at, key,"
          " certificate, fingerprint, issued_at) SELECT " +
          to_b + ", x'09', x'09', 1, id, x'30', zeroblob(32), 1 FROM keys"),
      "");
  // Types are strict.
  EXPECT_NE(raw.run("INSERT INTO clones VALUES (1, 'text', 1)"), "");
}

// Triggers can be dropped by whoever owns the file; verify() still tells.
TEST_F(RegistrySchema, VerifyFindsWhatWasChangedBehindItsBack) {
  const Unit unit = unit_in(registry_, UnitState::kProvisioned, values_);
  const std::string where = " WHERE serial = '" + unit.serial + "'";
  const std::pair<const char*, std::string> tampering[] = {
      {"events_are_final", "UPDATE events SET operator = 'eve' WHERE sequence = 3"},
      {"events_are_final", "UPDATE events SET kind = 'unit-keyed' WHERE kind = 'unit-seeded'"},
      {"events_are_final", "UPDATE events SET canonical = x'00' WHERE sequence = 3"},
      {"events_stay", "DELETE FROM events WHERE sequence = 4"},
      {"events_stay", "DELETE FROM events WHERE sequence = (SELECT max(sequence) FROM events)"},
      {"events_are_final", "UPDATE events SET subject = 'other' WHERE sequence = 5"},
      {"units_identity_final", "UPDATE units SET board = 'other'" + where},
      {"units_identity_final", "UPDATE units SET chip_id = x'010203'" + where},
      {"units_identity_final", "UPDATE units SET receipt = x'010203'" + where},
      {"units_identity_final", "UPDATE units SET serial = 'AB-000077'" + where},
      {"units_identity_final", "UPDATE units SET clone_suspected = 1" + where},
      {"units_state_forward", "UPDATE units SET state = 'committed'" + where},
      {"keys_are_final", "UPDATE keys SET public_key = randomblob(65)"},
      {"seed_commitments_are_final", "UPDATE seed_commitments SET commitment = randomblob(32)"},
      {"seed_commitments_stay", "INSERT INTO seed_commitments VALUES (randomblob(32), 1, 1, NULL)"},
      {"certificates_are_final", "UPDATE certificates SET fingerprint = randomblob(32)"},
      {"orders_are_final", "UPDATE orders SET issuing_ca = 'other'"},
      {"orders_are_final", "UPDATE orders SET allocated = allocated + 1"},
      {"batch_stations_are_final", "UPDATE batch_stations SET public_key = randomblob(65) WHERE position = 0"},
  };
  ASSERT_OK(registry_.verify());
  for (const auto& [trigger, change] : tampering) {
    TemporaryFolder copy;
    {
      RawDatabase raw(folder_.registry());
      ASSERT_EQ(raw.run("VACUUM INTO '" + copy.registry().string() + "'"), "");
    }
    {
      RawDatabase raw(copy.registry());
      ASSERT_EQ(raw.run(std::string("DROP TRIGGER ") + trigger), "");
      ASSERT_EQ(raw.run(change), "") << change;
    }
    auto changed = Registry::open(copy.registry(), Registry::Mode::kReadWrite);
    ASSERT_OK(changed);
    EXPECT_FAILS(changed->verify(), kRegistryCorrupt) << change;
  }
}

TEST_F(RegistrySchema, DamagedPagesAreReported) {
  for (int i = 0; i < 20; ++i) unit_in(registry_, UnitState::kProvisioned, values_);
  TemporaryFolder copy;
  {
    RawDatabase raw(folder_.registry());
    ASSERT_EQ(raw.run("VACUUM INTO '" + copy.registry().string() + "'"), "");
  }
  {
    // Overwrite everything past the first pages of the schema.
    std::fstream file(copy.registry(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(0, std::ios::end);
    const auto size = static_cast<std::streamoff>(file.tellp());
    file.seekp(size / 2);
    file << std::string(static_cast<size_t>(size / 2), '\x5A');
  }
  auto damaged = Registry::open(copy.registry(), Registry::Mode::kReadWrite);
  if (!damaged) {
    EXPECT_FAILS(damaged, kRegistryCorrupt);
    return;
  }
  EXPECT_FAILS(damaged->verify(), kRegistryCorrupt);
}

// No column can hold a secret: this is the reviewed list of all that are blobs or free text.
TEST_F(RegistrySchema, EveryColumnIsKnown) {
  const std::string reviewed =
      "attempts.agent_version attempts.error_name attempts.error_text attempts.operator attempts.outcome attempts.port "
      "attempts.station attempts.steps batch_stations.public_key batches.batch_id batches.name "
      "certificates.certificate "
      "certificates.fingerprint certificates.issuer_key_id certificates.serial_number clones.chip_id events.canonical "
      "events.kind events.operator events.station events.subject keys.public_key order_variables.name "
      "order_variables.value orders.first_serial orders.issuing_ca orders.last_serial orders.name "
      "orders.profile_digest "
      "orders.profile_name orders.profile_source orders.serial_prefix seed_commitments.commitment "
      "units.activation_proof "
      "units.board units.chip_id units.failure_code units.failure_text units.items_digest units.reason units.receipt "
      "units.serial units.state units.transaction_id";
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(folder_.registry().c_str(), &handle), SQLITE_OK);
  sqlite3_stmt* statement = nullptr;
  ASSERT_EQ(sqlite3_prepare_v2(
                handle,
                "SELECT group_concat(name, ' ') FROM (SELECT t.name || '.' || c.name AS name"
                " FROM pragma_table_list AS t JOIN pragma_table_info(t.name) AS c"
                " WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite%' AND c.type IN ('TEXT', 'BLOB') ORDER BY 1)",
                -1, &statement, nullptr),
            SQLITE_OK);
  ASSERT_EQ(sqlite3_step(statement), SQLITE_ROW);
  EXPECT_EQ(reinterpret_cast<const char*>(sqlite3_column_text(statement, 0)), reviewed);
  sqlite3_finalize(statement);
  sqlite3_close(handle);
}

}  // namespace
}  // namespace db::test
