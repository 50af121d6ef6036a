// Batches, orders, lists and opening.
#include <fstream>

#include "db/src/registry_test_support.h"

namespace db::test {
namespace {

class RegistryOrders : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  Registry registry_ = make_registry(folder_.registry());
  Values values_{seed()};
};

TEST_F(RegistryOrders, BatchesComeBackAsTheyWere) {
  Batch batch;
  batch.name = "batch-2";
  batch.id = values_.array<16>();
  batch.stations = {values_.array<65>(), values_.array<65>()};
  batch.created_at = 1234567890123;
  ASSERT_OK(registry_.create_batch(batch));
  const auto back = registry_.batch("batch-2");
  ASSERT_OK(back);
  EXPECT_EQ(back->id, batch.id);
  EXPECT_EQ(back->stations, batch.stations);
  EXPECT_EQ(back->created_at, batch.created_at);
  const auto all = registry_.batches();
  ASSERT_OK(all);
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ((*all)[1].name, "batch-2");

  EXPECT_FAILS(registry_.create_batch(batch), kRegistryExists);
  batch.name = "batch-3";
  EXPECT_FAILS(registry_.create_batch(batch), kRegistryConstraint);  // the id is taken
  EXPECT_FAILS(registry_.batch("batch-3"), kRegistryNotFound);
  batch.name = "";
  batch.id = values_.array<16>();
  EXPECT_FALSE(registry_.create_batch(batch));
  EXPECT_OK(registry_.verify());
}

TEST_F(RegistryOrders, OrdersComeBackAsTheyWere) {
  const Order order = sample_order("order-2", "CD-", 7);
  ASSERT_OK(registry_.create_order(order));
  const auto back = registry_.order("order-2");
  ASSERT_OK(back);
  EXPECT_EQ(back->batch, order.batch);
  EXPECT_EQ(back->profile_name, order.profile_name);
  EXPECT_EQ(back->profile_version, order.profile_version);
  EXPECT_EQ(back->profile_source, order.profile_source);
  EXPECT_EQ(back->profile_digest, order.profile_digest);
  EXPECT_EQ(back->issuing_ca, order.issuing_ca);
  EXPECT_EQ(back->serial_prefix, "CD-");
  EXPECT_EQ(back->serial_digits, 6);
  EXPECT_EQ(back->quantity, 7);
  EXPECT_EQ(back->variables, order.variables);
  EXPECT_GT(back->created_at, 0);
  EXPECT_EQ(registry_.orders()->size(), 2u);

  EXPECT_FAILS(registry_.create_order(order), kRegistryExists);
  EXPECT_FAILS(registry_.order("order-3"), kRegistryNotFound);
  Order other = sample_order("order-3", "EF-");
  other.batch = "nowhere";
  EXPECT_FAILS(registry_.create_order(other), kRegistryNotFound);
  EXPECT_OK(registry_.verify());
}

TEST_F(RegistryOrders, SerialRangesNeverOverlap) {
  struct Case {
    const char* prefix;
    int digits;
    int64_t first;
    int64_t quantity;
    bool fits;
  };
  // There is AB-000001 to AB-000100.
  const Case cases[] = {
      {"AB-", 6, 1, 1, false},      {"AB-", 6, 100, 1, false},    {"AB-", 6, 101, 10, true}, {"AB-", 6, 0, 1, true},
      {"AB-", 6, 0, 1000, false},   {"AB-", 6, 105, 10, false},   {"AB-", 4, 50, 10, false}, {"AB-", 4, 500, 10, true},
      {"AB-0", 5, 1, 1, false},     {"AB-00010", 1, 0, 1, false}, {"AC-", 6, 1, 100, true},  {"", 6, 1, 100, true},
      {"AB-", 9, 1000, 1000, true},
  };
  int number = 0;
  for (const Case& test : cases) {
    Order order = sample_order("range-" + std::to_string(number++), test.prefix, test.quantity);
    order.serial_digits = test.digits;
    order.serial_first = test.first;
    const auto outcome = registry_.create_order(order);
    EXPECT_EQ(outcome.has_value(), test.fits) << order.name << ": " << explain(outcome);
    if (!test.fits) {
      EXPECT_FAILS(outcome, kRegistryConstraint);
    }
  }
}

TEST_F(RegistryOrders, OddOrdersAreRefused) {
  const auto refused = [&](auto change) {
    Order order = sample_order("odd", "XY-", 5);
    change(order);
    EXPECT_FAILS(registry_.create_order(order), kInvalidArgument);
  };
  refused([](Order& order) { order.name = ""; });
  refused([](Order& order) { order.name = std::string(101, 'x'); });
  refused([](Order& order) { order.name = "a\nb"; });
  refused([](Order& order) { order.name = "\xC3\x28"; });
  refused([](Order& order) { order.quantity = 0; });
  refused([](Order& order) { order.quantity = 1000000; });
  refused([](Order& order) { order.serial_first = 999996; });
  refused([](Order& order) { order.serial_first = -1; });
  refused([](Order& order) { order.serial_digits = 0; });
  refused([](Order& order) { order.serial_digits = 19; });
  refused([](Order& order) { order.serial_digits = 18, order.serial_first = INT64_MAX; });
  refused([](Order& order) { order.variables = {{"", "x"}}; });
  refused([](Order& order) { order.profile_name = ""; });
}

TEST_F(RegistryOrders, AnOrderIsUsedUp) {
  ASSERT_OK(registry_.create_order(sample_order("small", "S-", 3)));
  for (int i = 1; i <= 3; ++i) {
    const auto unit = registry_.reserve_unit("small", values_.array<16>());
    ASSERT_OK(unit);
    EXPECT_EQ(unit->serial, "S-00000" + std::to_string(i));
    ASSERT_OK(registry_.contact(*unit, values_.bytes(12), "b", "1", "p"));
  }
  EXPECT_FAILS(registry_.reserve_unit("small", values_.array<16>()), kOrderExhausted);
  EXPECT_FAILS(registry_.reserve_unit("nowhere", values_.array<16>()), kRegistryNotFound);
  const auto counts = registry_.order_counts("small");
  ASSERT_OK(counts);
  EXPECT_EQ(counts->quantity, 3);
  EXPECT_EQ(counts->used, 3);
  EXPECT_EQ(counts->by_state[static_cast<int>(UnitState::kContacted)], 3);
  EXPECT_FAILS(registry_.order_counts("nowhere"), kRegistryNotFound);
}

TEST_F(RegistryOrders, ListsByOrderStateAndPage) {
  ASSERT_OK(registry_.create_order(sample_order("order-2", "AA-", 5)));
  for (int i = 0; i < 7; ++i) unit_in(registry_, i % 2 == 0 ? UnitState::kSeeded : UnitState::kKeyed, values_);
  ASSERT_OK(registry_.reserve_unit("order-2", values_.array<16>()));
  EXPECT_EQ(registry_.units({})->size(), 8u);
  EXPECT_EQ(registry_.units({.order = "order-1"})->size(), 7u);
  EXPECT_EQ(registry_.units({.state = UnitState::kKeyed})->size(), 3u);
  EXPECT_EQ(registry_.units({.order = "order-2", .state = UnitState::kReserved})->size(), 1u);
  EXPECT_EQ(registry_.units({.order = "order-2", .state = UnitState::kKeyed})->size(), 0u);
  const UnitFilter nowhere{.order = "nowhere"};
  EXPECT_FAILS(registry_.units(nowhere), kRegistryNotFound);

  std::vector<std::string> serials;
  UnitFilter page{.order = {}, .state = {}, .after_serial = {}, .limit = 3};
  for (;;) {
    const auto units = registry_.units(page);
    ASSERT_OK(units);
    if (units->empty()) break;
    EXPECT_LE(units->size(), 3u);
    for (const Unit& unit : *units) serials.push_back(unit.serial);
    page.after_serial = serials.back();
  }
  ASSERT_EQ(serials.size(), 8u);
  EXPECT_TRUE(std::is_sorted(serials.begin(), serials.end()));
  EXPECT_EQ(serials.front(), "AA-000001");
}

TEST_F(RegistryOrders, Opening) {
  const auto file = folder_.registry();
  EXPECT_FAILS(Registry::open(file, Registry::Mode::kCreate), kRegistryExists);
  EXPECT_FAILS(Registry::open(file.string() + ".not", Registry::Mode::kReadWrite), kRegistryOpen);
  EXPECT_FAILS(Registry::open(file.parent_path() / "no" / "where.db", Registry::Mode::kCreate), kRegistryOpen);

  auto reader = Registry::open(file, Registry::Mode::kReadOnly);
  ASSERT_OK(reader);
  EXPECT_OK(reader->order("order-1"));
  EXPECT_OK(reader->verify());
  EXPECT_FAILS(reader->reserve_unit("order-1", values_.array<16>()), kRegistryOpen);
  // What another connection writes is seen at once.
  const Unit unit = unit_in(registry_, UnitState::kContacted, values_);
  EXPECT_OK(reader->unit(unit.serial));

  // Nobody else needs to read it, and creation leaves nothing beside it.
  EXPECT_EQ(std::filesystem::status(file).permissions() & std::filesystem::perms::all,
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  for (const auto& entry : std::filesystem::directory_iterator(file.parent_path())) {
    EXPECT_EQ(entry.path().filename().string().find(".new-"), std::string::npos);
  }
}

TEST_F(RegistryOrders, FilesThatAreNoRegistry) {
  const auto beside = [&](const char* name) { return folder_.registry().parent_path() / name; };
  std::ofstream(beside("text.db")) << std::string(5000, 'x');
  EXPECT_FAILS(Registry::open(beside("text.db"), Registry::Mode::kReadWrite), kRegistryCorrupt);
  std::ofstream(beside("empty.db")).close();
  EXPECT_FAILS(Registry::open(beside("empty.db"), Registry::Mode::kReadWrite), kRegistryOpen);
  {
    RawDatabase other(beside("other.db"));
    EXPECT_EQ(other.run("CREATE TABLE t (x)"), "");
  }
  EXPECT_FAILS(Registry::open(beside("other.db"), Registry::Mode::kReadWrite), kRegistryOpen);
}

TEST_F(RegistryOrders, ANewerSchemaIsRefused) {
  {
    RawDatabase raw(folder_.registry());
    EXPECT_EQ(raw.run("PRAGMA user_version = 99"), "");
  }
  const auto newer = Registry::open(folder_.registry(), Registry::Mode::kReadWrite);
  EXPECT_FAILS(newer, kRegistrySchema);
  EXPECT_NE(newer.error().what.find("99"), std::string::npos);
}

TEST_F(RegistryOrders, EventsCanBeVisitedInPartsAndWhileWriting) {
  for (int i = 0; i < 30; ++i) unit_in(registry_, UnitState::kProvisioned, values_);
  int64_t last = 0;
  EXPECT_OK(registry_.visit_events(std::nullopt, 0, [&](const Event& event) {
    EXPECT_EQ(event.sequence, last + 1);
    last = event.sequence;
    EXPECT_OK(registry_.unit("AB-000001"));
    return true;
  }));
  EXPECT_GT(last, 256);  // more than one page
  int seen = 0;
  EXPECT_OK(registry_.visit_events(std::nullopt, last - 5, [&](const Event&) { return ++seen < 3; }));
  EXPECT_EQ(seen, 3);
  EXPECT_OK(registry_.visit_events("AB-000002", 0, [&](const Event& event) {
    EXPECT_EQ(event.subject, "AB-000002");
    EXPECT_NE(event.json.find("\"operator\":\"ada\""), std::string::npos) << event.json;
    return true;
  }));
}

}  // namespace
}  // namespace db::test
