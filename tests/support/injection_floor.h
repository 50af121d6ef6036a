// What an injection stands on besides the device: registry, CAs, an order, a station; in this process, for tests and
// benchmarks that bring a link of their own. Whatever cannot be set up throws std::runtime_error.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "factory-tool/ca/ca_store.h"
#include "factory-tool/session/injector.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_host.h"

namespace test {

// Seeds from the station's generator; remembered, so that a test can look for them where they must not be.
class TestSeeds final : public factory::SeedProvider {
 public:
  explicit TestSeeds(TestRandom& random) : random_(random) {}
  base::Outcome<void> fill(base::MutableBytes out) override;
  std::vector<base::Bytes> seeds;

 private:
  TestRandom& random_;
};

class InjectionFloor {
 public:
  // PSA draws from the station's generator afterwards. A batch "b1" knows the station.
  explicit InjectionFloor(uint64_t seed);
  InjectionFloor(const InjectionFloor&) = delete;
  InjectionFloor& operator=(const InjectionFloor&) = delete;

  void add_batch(const std::string& name, const TestStation& of);
  // `profile`: its source; empty: the shipped profile lwm2m.
  void add_order(const std::string& name, int64_t quantity, const std::string& profile = {});
  // A registry that knows nothing; the old one's file stays.
  void new_registry(const std::string& file);

  // One run of the injection; `change` may bend the context before it starts. `signed_by`: instead of the CA's own
  // signer.
  using Change = std::function<void(factory::InjectionContext&)>;
  base::Outcome<factory::InjectionResult> inject(const std::string& order, factory::Link& link,
                                                 const Change& change = {}, cert::Signer* signed_by = nullptr);

  // For a check-in service that the units trust: certificate and key for "localhost", as files in directory().
  struct ServerFiles {
    std::filesystem::path certificate, key;
  };
  ServerFiles make_server_files();
  // Certificate of the CA that issues for the orders.
  [[nodiscard]] base::Bytes issuing_ca() const;

  [[nodiscard]] const std::filesystem::path& directory() const { return temp_.path(); }

 private:
  TempDir temp_;

 public:
  TestStation station;
  TestSeeds seeds{station.random};
  std::unique_ptr<db::Registry> registry;
  std::unique_ptr<factory::KeyFileSigner> signer;
};

// The source of a shipped profile.
std::string shipped_profile(const std::string& name);

}  // namespace test
