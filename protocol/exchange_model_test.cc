// Host and device over a line that loses, doubles, damages, delays and reorders frames, against the one thing that
// must hold: each command of a session is executed at most once and in order, and what the host believes is true.
#include <gtest/gtest.h>

#include <deque>
#include <random>

#include "protocol/exchange_test_support.h"
#include "protocol/psa_test_support.h"
#include "protocol/requester.h"

namespace protocol {
namespace {

using test::Bytes;
using test::to_vector;

struct Faults {
  unsigned lost = 0, doubled = 0, damaged = 0, delayed = 0;  // in a hundred frames each
  unsigned longest_delay = 1;                                // ticks
};

class FaultyLine {
 public:
  FaultyLine(std::mt19937_64& random, const Faults& faults) : random_(random), faults_(faults) {}

  void send(const Bytes& frame, uint64_t now) {
    if (chance(faults_.lost)) return;
    add(frame, now);
    if (chance(faults_.doubled)) add(frame, now + 1 + random_() % faults_.longest_delay);
  }
  // What arrives at `now`.
  std::vector<Bytes> arrivals(uint64_t now) {
    std::vector<Bytes> due;
    std::erase_if(waiting_, [&](const auto& entry) {
      if (entry.first > now) return false;
      due.push_back(entry.second);
      return true;
    });
    return due;
  }

 private:
  bool chance(unsigned percent) { return random_() % 100 < percent; }
  void add(Bytes frame, uint64_t at) {
    if (chance(faults_.damaged)) {
      const size_t where = random_() % frame.size();
      switch (random_() % 3) {
        case 0:
          frame[where] = static_cast<uint8_t>(frame[where] ^ 1U << random_() % 8);
          break;
        case 1:
          frame.erase(frame.begin() + static_cast<long>(where));
          break;
        default:
          frame.insert(frame.begin() + static_cast<long>(where), static_cast<uint8_t>(random_()));
          break;
      }
    }
    if (chance(faults_.delayed)) at += random_() % faults_.longest_delay;
    waiting_.emplace_back(at, std::move(frame));
  }
  std::mt19937_64& random_;
  Faults faults_;
  std::deque<std::pair<uint64_t, Bytes>> waiting_;
};

class Model {
 public:
  Model(uint64_t seed, const Faults& faults)
      : random_(seed),
        to_device_(random_, faults),
        to_host_(random_, faults),
        host_(static_cast<uint16_t>(random_())) {}

  // One session of `count` commands; true when all were acknowledged.
  bool session(uint32_t count) {
    const uint32_t first = ++sessions_ << 8;
    if (!ask(FrameType::kHello)) return false;
    host_.negotiate(static_cast<uint8_t>(1 + random_() % 4), 1024);
    const auto opened = ask(FrameType::kHandshake);
    if (!opened) return false;
    // In the true handshake a stale reply fails authentication; here the host just learns the number.
    test::start_channel(channel_, base::load_be<uint32_t>(opened->data()), true);
    uint32_t submitted = 0, acknowledged = 0;
    while (acknowledged < count) {
      while (submitted < count && host_.can_submit()) {
        base::ByteArray<4> plain;
        base::store_be(plain.data(), first + submitted++);
        EXPECT_TRUE(host_.submit_sealed(channel_, plain));
      }
      const auto reply = wait();
      if (!reply || reply->refusal) return false;
      base::ByteArray<64> out;
      const auto plain = Requester::open_sealed(channel_, *reply, out);
      if (!plain) return false;  // a reply of another session under this number: not believed
      EXPECT_EQ(base::load_be<uint32_t>(plain->data()), first + acknowledged);
      ++acknowledged;
      EXPECT_GE(executed_since(first), acknowledged);
    }
    EXPECT_EQ(executed_since(first), count);
    return true;
  }
  // Every command at most once and in order, over all sessions; within one without a hole.
  void check() const {
    uint32_t previous = 0;
    for (const uint32_t command : device_.executed) {
      EXPECT_GT(command, previous);
      EXPECT_TRUE(command == previous + 1 || (command & 0xFF) == 0) << std::hex << command;
      previous = command;
    }
  }
  void power_cycle() { device_.power_cycle(); }
  [[nodiscard]] size_t executed() const { return device_.executed.size(); }
  [[nodiscard]] const RequesterFigures& figures() const { return host_.figures(); }

 private:
  [[nodiscard]] uint32_t executed_since(uint32_t first) const {
    return static_cast<uint32_t>(
        std::count_if(device_.executed.begin(), device_.executed.end(), [&](uint32_t c) { return c >= first; }));
  }
  std::optional<Bytes> ask(FrameType type) {
    EXPECT_TRUE(host_.submit(type, {}));
    const auto reply = wait();
    if (!reply || reply->refusal) return std::nullopt;
    return to_vector(reply->payload);
  }
  std::optional<Reply> wait() {
    for (unsigned quiet = 0;;) {
      if (auto reply = host_.next_reply()) return reply;
      for (ByteView bytes = host_.pending_output(); !bytes.empty(); bytes = host_.pending_output()) {
        to_device_.send(to_vector(bytes), now_);
      }
      ++now_;
      for (const Bytes& frame : to_device_.arrivals(now_)) {
        for (const Bytes& answer : device_.receive(frame)) to_host_.send(answer, now_);
      }
      const auto arrived = to_host_.arrivals(now_);
      for (const Bytes& frame : arrived) host_.receive(frame);
      quiet = arrived.empty() ? quiet + 1 : 0;
      if (quiet < 6) continue;
      quiet = 0;
      if (!host_.on_timeout()) return std::nullopt;
    }
  }

  std::mt19937_64 random_;
  FaultyLine to_device_, to_host_;
  test::ExchangeDevice device_;
  Requester host_;
  Channel channel_;
  uint64_t now_ = 0;
  uint32_t sessions_ = 0;
};

struct Outcome {
  unsigned sessions = 0, complete = 0;
  size_t executed = 0;
  uint32_t retries = 0;
};

Outcome campaign(const Faults& faults, int models, bool power_cycles = false) {
  test::start_psa();
  std::mt19937_64 seeds(test::process_seed());
  Outcome outcome;
  for (int i = 0; i < models; ++i) {
    const uint64_t seed = seeds();
    SCOPED_TRACE(testing::Message() << "model " << i << " with seed " << seed);
    Model model(seed, faults);
    for (int session = 0; session < 8; ++session) {
      ++outcome.sessions;
      outcome.complete += model.session(20);
      if (power_cycles && seeds() % 2 == 0) model.power_cycle();
    }
    model.check();
    outcome.executed += model.executed();
    outcome.retries += model.figures().retries;
    if (testing::Test::HasFailure()) break;
  }
  std::printf("%u sessions, %u complete, %zu commands executed, %u frames sent again\n", outcome.sessions,
              outcome.complete, outcome.executed, outcome.retries);
  return outcome;
}

TEST(ExchangeModel, CleanLineNeedsNoRetry) {
  const Outcome outcome = campaign({}, 50);
  EXPECT_EQ(outcome.complete, outcome.sessions);
  EXPECT_EQ(outcome.retries, 0U);
  EXPECT_EQ(outcome.executed, outcome.sessions * 20U);
}

TEST(ExchangeModel, LossAndDamageCostRetriesOnly) {
  const Outcome outcome = campaign({.lost = 5, .damaged = 5}, 200);
  EXPECT_GT(outcome.complete, outcome.sessions * 9 / 10);
  EXPECT_GT(outcome.retries, 0U);
}

TEST(ExchangeModel, DoubledAndDelayedFrames) {
  const Outcome outcome = campaign({.doubled = 20, .delayed = 20, .longest_delay = 12}, 200);
  EXPECT_GT(outcome.complete, 0U);
}

// Copies live across sessions: old hellos, handshakes and replies turn up in the middle of later ones.
TEST(ExchangeModel, EverythingAtOnce) {
  const Outcome outcome =
      campaign({.lost = 8, .doubled = 15, .damaged = 8, .delayed = 15, .longest_delay = 300}, 200, true);
  EXPECT_GT(outcome.complete, 0U);
}

}  // namespace
}  // namespace protocol
