// The power is cut at every operation on flash and OTP of everything that the root of trust does, whole, torn and
// with unstable cells, and cut again during the recovery. After the next start the unit
// must hold what it held before the interrupted call, or what the call was to leave; nothing else.
#include <chrono>
#include <functional>
#include <map>
#include <vector>

#include "rot/rot_test_support.h"

namespace rot {
namespace {

using test::make_rot;
using Bytes = std::vector<uint8_t>;

// Everything that a user of Rot can see.
struct World {
  Lifecycle lifecycle = Lifecycle::kAssemblyAndTest;
  Bytes key;
  std::map<int, Bytes> states;
  std::map<std::string, std::pair<int, Bytes>> items;
  std::map<uint64_t, std::pair<int, Bytes>> trusted;
  bool sealed = false;
  bool operator==(const World&) const = default;
};

const std::vector<std::string> kNames{"~tx",
                                      "~seed",
                                      "~key",
                                      "~commit",
                                      "mbed.EndpointName",
                                      "mbed.Manufacturer",
                                      "mbed.BootstrapDeviceCert",
                                      "mbed.CurrentTime",
                                      "vendor.blob",
                                      "empty"};
constexpr std::array<StateId, 6> kStates{StateId::kSeed,      StateId::kBootCount, StateId::kSessionCount,
                                         StateId::kTimeFloor, StateId::kActivated, StateId::kCounter0};
constexpr std::array<uint64_t, 3> kUids{1, 2, 0xffffffff00000001};

// Fails the test where something cannot be read that should be readable.
World look(Rot& rot, ram::Chip& chip) {
  World world;
  world.lifecycle = rot.lifecycle();
  std::array<uint8_t, kMaxValueSize> out;
  if (rot.has_root_key()) {
    world.key.resize(16);
    EXPECT_SUCCESS(rot.derive_key("power cut test", {}, world.key));
  }
  for (const StateId id : kStates) {
    if (rot.lifecycle() == Lifecycle::kDecommissioned) break;
    const auto size = rot.get_state(id, out);
    if (size) {
      world.states[static_cast<int>(id)] = Bytes(out.begin(), out.begin() + static_cast<ptrdiff_t>(*size));
    } else {
      EXPECT_ERROR(size, "kItemNotFound");
    }
  }
  for (const std::string& name : kNames) {
    const auto info = rot.item_info(name);
    const auto size = rot.get_item(name, out);
    EXPECT_EQ(info.has_value(), size.has_value());
    if (size) {
      world.items[name] = {info->flags, Bytes(out.begin(), out.begin() + static_cast<ptrdiff_t>(*size))};
    } else {
      EXPECT_ERROR(size, "kItemNotFound");
    }
  }
  for (const uint64_t uid : kUids) {
    const auto info = rot.its().info(uid);
    const auto size = rot.its().get(uid, 0, out);
    if (size) {
      world.trusted[uid] = {info->flags, Bytes(out.begin(), out.begin() + static_cast<ptrdiff_t>(*size))};
    } else {
      EXPECT_ERROR(size, "kItemNotFound");
    }
  }
  world.sealed = chip.image().sectors[0].is_protected;
  return world;
}

struct Step {
  std::string name;
  std::function<Status(Rot&)> run;
};

struct Totals {
  uint64_t first_cuts = 0, second_cuts = 0, operations = 0;
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();

  void print() const {
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const uint64_t cuts = first_cuts + second_cuts;
    std::printf("%llu power cuts (%llu in %llu operations, %llu during recovery) in %.1f s: %.0f a second\n",
                static_cast<unsigned long long>(cuts), static_cast<unsigned long long>(first_cuts),
                static_cast<unsigned long long>(operations), static_cast<unsigned long long>(second_cuts), seconds,
                static_cast<double>(cuts) / seconds);
  }
};
Totals all;

class PowerCut : public ::testing::TestWithParam<size_t> {
 protected:
  void SetUp() override {
    test::start_psa();
    seed_ = test::test_seed(1);
  }
  static void TearDownTestSuite() { all.print(); }

  void use(std::vector<size_t> sector_sizes) {
    chip_ = std::make_unique<ram::Chip>(ram::Geometry{std::move(sector_sizes), GetParam()}, seed_);
  }

  // Runs a step without a cut; nothing is counted.
  void prepare(const Step& step) {
    auto rot = make_rot(*chip_);
    ASSERT_SUCCESS(rot->mount()) << step.name;
    ASSERT_SUCCESS(step.run(*rot)) << step.name;
  }

  // Cuts at every operation of the step in every way, then leaves the chip as after the step.
  void campaign(const Step& step) {
    if (::testing::Test::HasFatalFailure()) return;
    SCOPED_TRACE(step.name);
    const ram::Image before = chip_->snapshot();
    World old_world, new_world;
    const uint64_t start = chip_->counters().operations;
    {
      auto rot = make_rot(*chip_);
      ASSERT_SUCCESS(rot->mount());
      old_world = look(*rot, *chip_);
      ASSERT_SUCCESS(step.run(*rot));
      new_world = look(*rot, *chip_);
    }
    const uint64_t operations = chip_->counters().operations - start;
    all.operations += operations;
    {
      auto rot = make_rot(*chip_);
      ASSERT_SUCCESS(rot->mount());
      ASSERT_EQ(look(*rot, *chip_), new_world) << "what is there must survive a restart";
    }
    const ram::Image after = chip_->snapshot();
    for (uint64_t at = 0; at < operations; ++at) {
      for (const ram::Cut cut : {ram::Cut::kWhole, ram::Cut::kTorn, ram::Cut::kUnstable}) {
        SCOPED_TRACE("operation " + std::to_string(at) + " of " + std::to_string(operations) + ", cut " +
                     std::to_string(static_cast<int>(cut)));
        chip_->restore(before);
        one_cut(step, at, cut, old_world, new_world);
        if (::testing::Test::HasFailure()) return;
      }
    }
    chip_->restore(after);
  }

 private:
  void one_cut(const Step& step, uint64_t at, ram::Cut cut, const World& old_world, const World& new_world) {
    chip_->reseed(seed_ ^ (at << 8) ^ static_cast<uint64_t>(cut));
    chip_->cut_at(at, cut);
    {
      auto rot = make_rot(*chip_);
      Status status = rot->mount();
      if (status) status = step.run(*rot);
      ASSERT_TRUE(chip_->is_off());
      // Only a call whose last operation was done whole may not notice; none goes on after it.
      ASSERT_ERROR_IS_POWER_LOST(status);
    }
    ++all.first_cuts;
    if (all.first_cuts % recovery_cut_in_one_of() != 0) {
      chip_->power_on();
      expect_old_or_new(step, old_world, new_world);
      return;
    }
    const ram::Image torn = chip_->snapshot();
    for (uint64_t second = 0;; ++second) {
      SCOPED_TRACE("second cut at " + std::to_string(second));
      chip_->power_on();
      chip_->restore(torn);
      chip_->cut_at(second, second % 2 == 0 ? cut : ram::Cut::kTorn);
      bool recovered_without_cut = false;
      {
        auto rot = make_rot(*chip_);
        const Status status = rot->mount();
        if (!chip_->is_off()) {
          ASSERT_SUCCESS(status);
          recovered_without_cut = true;
        }
      }
      if (!recovered_without_cut) ++all.second_cuts;
      chip_->power_on();
      expect_old_or_new(step, old_world, new_world);
      if (recovered_without_cut || ::testing::Test::HasFailure()) return;
    }
  }

  // A second cut at every operation of the recovery, after each first cut; for the rarer units after some of them.
  static uint64_t recovery_cut_in_one_of() { return GetParam() == 4 ? 1 : GetParam() == 8 ? 4 : 16; }

  static void ASSERT_ERROR_IS_POWER_LOST(const Status& status) {
    ASSERT_FALSE(status);
    ASSERT_EQ(status.error(), base::ErrorCode::kFlashPowerLost) << base::error_name(status.error());
  }

  void expect_old_or_new(const Step& step, const World& old_world, const World& new_world) {
    auto rot = make_rot(*chip_);
    ASSERT_SUCCESS(rot->mount());
    const World found = look(*rot, *chip_);
    ASSERT_TRUE(found == old_world || found == new_world) << "neither old nor new";
    // Weak cells must not change it at the next start.
    rot = make_rot(*chip_);
    ASSERT_SUCCESS(rot->mount());
    ASSERT_EQ(look(*rot, *chip_), found);
    if (found == new_world) return;
    ASSERT_SUCCESS(step.run(*rot));
    ASSERT_EQ(look(*rot, *chip_), new_world);
    rot = make_rot(*chip_);
    ASSERT_SUCCESS(rot->mount());
    ASSERT_EQ(look(*rot, *chip_), new_world);
  }

  uint64_t seed_ = 0;
  std::unique_ptr<ram::Chip> chip_;
};

Step put_item(std::string name, uint8_t flags, size_t size) {
  return {"item " + name, [=](Rot& rot) {
            Bytes value(size);
            for (size_t i = 0; i < size; ++i) value[i] = static_cast<uint8_t>(i * 7 + size);
            return rot.put_item(name, flags, value);
          }};
}
Step put_state(StateId id, size_t size, uint8_t fill) {
  return {"state " + std::to_string(static_cast<int>(id)),
          [=](Rot& rot) { return rot.put_state(id, Bytes(size, fill)); }};
}
Step set_trusted(uint64_t uid, uint8_t flags, size_t size) {
  return {"trusted " + std::to_string(uid),
          [=](Rot& rot) { return rot.its().set(uid, flags, Bytes(size, static_cast<uint8_t>(size))); }};
}
const Step kCreateRootKey{"root key", [](Rot& rot) { return rot.create_root_key(test::root_random()); }};
const Step kLock{"lock", [](Rot& rot) { return rot.lock(); }};
Step advance(Lifecycle to) {
  return {"lifecycle", [=](Rot& rot) { return rot.advance_lifecycle(to); }};
}

TEST_P(PowerCut, WholeProvisioning) {
  use({6144, 3072, 3072});
  campaign(put_state(StateId::kSessionCount, 8, 1));
  campaign(put_state(StateId::kSessionCount, 8, 2));
  campaign(kCreateRootKey);
  campaign(advance(Lifecycle::kPsaRotProvisioning));
  campaign(put_state(StateId::kSeed, 48, 3));
  campaign(put_item("~seed", 0, 48));
  campaign(put_item("~tx", 0, 25));
  campaign(set_trusted(1, 0, 68));
  campaign(put_item("~key", 0, 65));
  campaign(put_item("mbed.EndpointName", kWriteOnce, 20));
  campaign(put_item("mbed.Manufacturer", 0, 11));
  campaign(put_item("mbed.Manufacturer", 0, 12));
  campaign(put_item("mbed.BootstrapDeviceCert", kWriteOnce, 611));
  campaign(put_item("empty", 0, 0));
  campaign(put_item("mbed.CurrentTime", 0, 8));
  campaign(put_item("~commit", 0, 34));
  campaign(kLock);
  campaign(put_state(StateId::kSeed, 48, 4));
  campaign(advance(Lifecycle::kDecommissioned));
}

TEST_P(PowerCut, AbortAndSecondIdentity) {
  use({2048, 2048, 2048});
  prepare(kCreateRootKey);
  prepare(advance(Lifecycle::kPsaRotProvisioning));
  prepare(put_item("~tx", 0, 25));
  prepare(set_trusted(2, 0, 30));
  campaign({"remove", [](Rot& rot) { return rot.its().remove(2); }});
  campaign({"abort", [](Rot& rot) { return rot.erase_identity(); }});
  campaign(put_item("~tx", 0, 26));
  campaign(kLock);
}

TEST_P(PowerCut, SeedRotationThroughChangesOfSectors) {
  use({2048, 1024, 1024});
  prepare(kCreateRootKey);
  prepare(put_item("vendor.blob", 0, 100));
  prepare(kLock);
  prepare(set_trusted(2, 0, 50));
  for (uint8_t boot = 0; boot < 24; ++boot) {
    campaign(put_state(StateId::kBootCount, 8, boot));
    campaign(put_state(StateId::kSeed, 48, boot));
  }
}

TEST_P(PowerCut, RunTimeStorageAfterLock) {
  use({2048, 1536, 1536});
  prepare(kCreateRootKey);
  prepare(set_trusted(1, 0, 40));
  prepare(put_state(StateId::kSeed, 48, 9));
  prepare(kLock);
  for (uint8_t round = 1; round <= 3; ++round) {
    campaign(set_trusted(2, 0, 60u + round));
    campaign({"remove", [](Rot& rot) { return rot.its().remove(2); }});
    campaign(set_trusted(kUids[2], 0, 100u + round));
    campaign({"counter", [](Rot& rot) -> Status {
                const auto value = rot.advance_counter(0);
                return value ? Status{} : base::fail(value.error());
              }});
    campaign(put_state(StateId::kTimeFloor, 8, round));
  }
}

TEST_P(PowerCut, LongItem) {
  use({4096, 2048, 2048});
  prepare(kCreateRootKey);
  prepare(put_item("~tx", 0, 5));
  campaign(put_item("vendor.blob", 0, 900));
}

INSTANTIATE_TEST_SUITE_P(Units, PowerCut, ::testing::Values(4, 8, 2),
                         [](const auto& unit) { return std::to_string(unit.param) + "_bytes"; });

}  // namespace
}  // namespace rot
