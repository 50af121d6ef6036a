// The host's link to an agent in this process: what the tool writes, the agent gets at once.
#pragma once

#include <functional>

#include "entropy/device/random_source.h"
#include "factory-tool/transport/link.h"
#include "tests/support/ram_unit.h"

namespace test {

class AgentLink final : public factory::Link {
 public:
  // `unit` is on. Host and agent share one PSA but not one generator: the agent's is in place while it runs.
  explicit AgentLink(RamUnit& unit) : unit_(unit), device_random_(entropy::psa_random_source()) {}

  base::Outcome<void> write(base::ByteView bytes) override;
  base::Outcome<base::Bytes> read(std::chrono::milliseconds limit) override;
  std::string name() const override { return "agent"; }

  // Loses the link at the n-th write from now (0: the next), before or after the agent got the bytes.
  void cut_at_write(int write, bool delivered) {
    cut_in_ = write;
    cut_delivers_ = delivered;
  }
  // The cable is back after a cut.
  void plug_in() { lost_ = false; }
  [[nodiscard]] int writes() const { return writes_; }

 private:
  RamUnit& unit_;
  entropy::RandomSource* device_random_;
  int writes_ = 0;
  int cut_in_ = -1;
  bool cut_delivers_ = false;
  bool lost_ = false;
};

}  // namespace test
