#include "db/src/registry_test_support.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace db::test {

uint64_t seed() {
  static const uint64_t value = [] {
    const char* given = std::getenv("FACTORY_LINE_SEED");
    const uint64_t chosen = given != nullptr ? std::strtoull(given, nullptr, 0) : std::random_device()();
    std::printf("FACTORY_LINE_SEED=%llu\n", static_cast<unsigned long long>(chosen));
    std::fflush(stdout);
    return chosen;
  }();
  return value;
}

TemporaryFolder::TemporaryFolder() {
  // In memory where there is such a place: a process that dies loses nothing it has written, on a disk or there, and
  // without the disk's syncs a test meets many more instants. TMPDIR overrides.
  std::filesystem::path parent = std::filesystem::temp_directory_path();
  if (std::getenv("TMPDIR") == nullptr && ::access("/dev/shm", W_OK) == 0) parent = "/dev/shm";
  std::string pattern = (parent / "registry-test-XXXXXX").string();
  EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Order sample_order(const std::string& name, const std::string& prefix, int64_t quantity) {
  Order order;
  order.name = name;
  order.batch = "batch-1";
  order.profile_name = "idevid";
  order.profile_version = 3;
  order.profile_source = "[profile]\nname = \"idevid\"\n";
  order.profile_digest.fill(0xD1);
  order.issuing_ca = "line-ca";
  order.serial_prefix = prefix;
  order.quantity = quantity;
  order.variables = {{"model", "M-1 \"small\""}, {"site", "Graz \xE2\x82\xAC"}};
  return order;
}

Registry make_registry(const std::filesystem::path& file, int64_t quantity) {
  auto registry = Registry::open(file, Registry::Mode::kCreate);
  if (!registry) {
    ADD_FAILURE() << explain(registry);
    std::abort();  // nothing of the test could follow
  }
  registry->set_actor("station-1", "ada");
  Batch batch;
  batch.name = "batch-1";
  batch.id.fill(0xB1);
  batch.stations.resize(2);
  batch.stations[0].fill(1);
  batch.stations[1].fill(2);
  EXPECT_OK(registry->create_batch(batch));
  EXPECT_OK(registry->create_order(sample_order("order-1", "AB-", quantity)));
  return *std::move(registry);
}

std::string RawDatabase::run(const std::string& sql) {
  char* message = nullptr;
  const int status = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, &message);
  const std::string text = message != nullptr ? message : status == SQLITE_OK ? "" : "failed";
  sqlite3_free(message);
  return text;
}

int64_t RawDatabase::integer(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  EXPECT_EQ(sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr), SQLITE_OK) << sqlite3_errmsg(handle_);
  EXPECT_EQ(sqlite3_step(statement), SQLITE_ROW) << sql;
  const int64_t value = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return value;
}

Registry::Contact contacted_unit(Registry& registry, Values& values) {
  const auto reserved = registry.reserve_unit("order-1", values.array<16>());
  EXPECT_OK(reserved);
  if (!reserved) return {};
  auto contact = registry.contact(*reserved, values.array<12>(), "board-1", "1.0.0", "/dev/ttyUSB0");
  EXPECT_OK(contact);
  return contact ? *std::move(contact) : Registry::Contact{};
}

Outcome<void> step(Registry& registry, const Unit& unit, UnitState to, Values& values) {
  switch (to) {
    case UnitState::kSeeded: {
      const auto commitment = values.array<32>();
      BASE_TRY(registry.record_seed_intent(unit, commitment));
      return registry.record_seeded(unit, commitment);
    }
    case UnitState::kKeyed:
      return registry.record_key(unit, values.array<65>());
    case UnitState::kCertified:
      return registry.record_certificate(unit, values.bytes(300), values.array<20>(), values.array<20>(),
                                         values.array<32>());
    case UnitState::kCommitted:
      return registry.record_committed(unit, values.array<32>(), 17);
    case UnitState::kProvisioned:
      return registry.record_provisioned(unit, values.bytes(120));
    case UnitState::kActivated:
      return registry.record_activated(unit, values.bytes(150));
    case UnitState::kFailed:
      return registry.record_failed(unit, "kDeviceRefused", "it said no");
    case UnitState::kScrapped:
      return registry.record_scrapped(unit, "cracked board");
    case UnitState::kRevoked:
      return registry.record_revoked(unit, "key exposed");
    case UnitState::kReserved:
    case UnitState::kContacted:
      break;
  }
  return base::failure(base::ErrorCode::kInvalidArgument, "no step leads there");
}

Unit unit_in(Registry& registry, UnitState state, Values& values) {
  if (state == UnitState::kReserved) {
    auto reserved = registry.reserve_unit("order-1", values.array<16>());
    EXPECT_OK(reserved);
    return reserved ? *std::move(reserved) : Unit{};
  }
  Unit unit = contacted_unit(registry, values).unit;
  const UnitState last = state > UnitState::kActivated ? UnitState::kCertified : state;
  for (int next = static_cast<int>(UnitState::kSeeded); next <= static_cast<int>(last); ++next) {
    EXPECT_OK(step(registry, unit, static_cast<UnitState>(next), values));
  }
  if (state > UnitState::kActivated) {
    EXPECT_OK(step(registry, unit, state, values));
  }
  auto now = registry.unit(unit.serial);
  EXPECT_OK(now);
  EXPECT_EQ(now->state, state);
  return *std::move(now);
}

}  // namespace db::test
