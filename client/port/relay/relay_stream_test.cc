#include "client/port/relay/relay_stream.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "client/port/relay/relay_test_support.h"
#include "tests/support/seed.h"

namespace client {
namespace {

using base::Bytes;
using base::ErrorCode;
using protocol::RelayOperation;
using protocol::RelayReply;
using protocol::RelayRequest;

constexpr uint16_t kStatusEnd = static_cast<uint16_t>(ErrorCode::kStreamEnd);

// Loses the first `count` things that pass.
std::function<Bytes(Bytes)> lose(int count) {
  return [count](Bytes bytes) mutable { return count-- > 0 ? Bytes() : bytes; };
}

class RelayStreamTest : public testing::Test {
 protected:
  RelayStreamTest() {
    host_.execute = [this](const RelayRequest& request) { return serve(request); };
  }

  // A server that has `to_send_` to say and keeps what it gets.
  RelayReply serve(const RelayRequest& request) {
    if (request.operation == RelayOperation::kOpen) asked_ = std::string(base::as_text(request.data));
    if (request.operation == RelayOperation::kLog) {
      logged_ = std::string(base::as_text(request.data));
      return {};
    }
    if (request.operation != RelayOperation::kOpen) got_.insert(got_.end(), request.data.begin(), request.data.end());
    if (request.operation != RelayOperation::kTransfer) return {};
    const size_t size = std::min<size_t>(request.number, to_send_.size());
    piece_.assign(to_send_.begin(), to_send_.begin() + static_cast<ptrdiff_t>(size));
    to_send_.erase(to_send_.begin(), to_send_.begin() + static_cast<ptrdiff_t>(size));
    if (size == 0 && request.number != 0 && closed_) return {.status = kStatusEnd};
    return {.status = 0, .data = piece_};
  }

  void connect() { ASSERT_TRUE(stream_.connect("localhost", 8443, 30'000)); }
  void write(const Bytes& bytes) {
    base::ByteView left = bytes;
    while (!left.empty()) {
      const auto taken = stream_.write(left, 1000);
      ASSERT_TRUE(taken);
      ASSERT_GT(*taken, 0U);
      left = left.subspan(*taken);
    }
  }
  Bytes read(size_t size, uint32_t limit = 1000) {
    Bytes out(size);
    const auto count = stream_.read(out, limit);
    EXPECT_TRUE(count) << base::error_name(count.error());
    out.resize(count.value_or(0));
    return out;
  }
  ErrorCode read_error(uint32_t limit = 1000) {
    Bytes out(16);
    const auto count = stream_.read(out, limit);
    return count ? ErrorCode::kOk : count.error();
  }

  VirtualClock clock_;
  FakeHost host_{clock_};
  RelayStream stream_{host_, clock_, 65534};  // the numbers wrap in every test
  std::string asked_;
  std::string logged_;
  Bytes got_;
  Bytes to_send_;
  Bytes piece_;
  bool closed_ = false;
};

TEST_F(RelayStreamTest, AFlightIsOneRoundTrip) {
  connect();
  EXPECT_EQ(asked_, "localhost");
  to_send_ = {9, 8, 7, 6, 5, 4, 3, 2, 1};
  write({1, 2, 3});
  write({4, 5});
  EXPECT_EQ(host_.frames, 1U);  // gathered
  EXPECT_EQ(read(5), (Bytes{9, 8, 7, 6, 5}));
  EXPECT_EQ(read(5), (Bytes{4, 3, 2, 1}));  // came with the first
  EXPECT_EQ(host_.frames, 2U);
  EXPECT_EQ(got_, (Bytes{1, 2, 3, 4, 5}));
  write({6});
  stream_.close();
  EXPECT_EQ(got_, (Bytes{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(host_.executed, (std::vector{RelayOperation::kOpen, RelayOperation::kTransfer, RelayOperation::kClose}));
  stream_.close();
  EXPECT_EQ(host_.frames, 3U);
  EXPECT_EQ(read_error(), ErrorCode::kIo);
  EXPECT_FALSE(stream_.write(Bytes{1}, 1000));
}

TEST_F(RelayStreamTest, WhatWasReadAheadOutlivesAFullBufferThatIsSent) {
  connect();
  to_send_.assign(300, 0xAB);
  EXPECT_EQ(read(1), Bytes{0xAB});
  const Bytes flight(2 * RelayStream::kDataSize + 10, 0);
  write(flight);
  ASSERT_TRUE(stream_.log(protocol::RelayEvent::kConnected, ErrorCode::kOk, "TLSv1.2", 0, 1000));
  EXPECT_EQ(read(1000), Bytes(299, 0xAB));
  to_send_ = {1};
  EXPECT_EQ(read(1), Bytes{1});
  EXPECT_EQ(got_, flight);
  EXPECT_EQ(logged_, "TLSv1.2");
}

TEST_F(RelayStreamTest, ALostOrDamagedFrameCostsAResendAndIsExecutedOnce) {
  connect();
  const auto flip = [](Bytes bytes) {
    static int count = 0;
    if (count++ == 0) bytes[bytes.size() / 2] ^= 0x10;
    return bytes;
  };
  const std::pair<std::function<Bytes(Bytes)>, std::function<Bytes(Bytes)>> faults[] = {
      {lose(3), lose(0)}, {lose(0), lose(3)}, {lose(1), lose(2)}, {flip, lose(0)}};
  uint8_t next = 1;
  for (const auto& [to_host, to_device] : faults) {
    host_.to_host = to_host;
    host_.to_device = to_device;
    to_send_ = {next};
    write({next});
    EXPECT_EQ(read(10, 15'000), Bytes{next});
    ++next;
  }
  EXPECT_EQ(got_, (Bytes{1, 2, 3, 4}));
  EXPECT_EQ(host_.executed.size(), 5U);
  EXPECT_LE(host_.most_wait, kMaxSerialWait);
}

TEST_F(RelayStreamTest, DoubledRepliesAreOfNoEffect) {
  host_.to_device = [](Bytes bytes) {
    const Bytes once = bytes;
    bytes.insert(bytes.end(), once.begin(), once.end());
    return bytes;
  };
  connect();
  for (uint8_t i = 0; i < 20; ++i) {
    to_send_ = {i};
    write({i});
    EXPECT_EQ(read(10), Bytes{i});
  }
  EXPECT_EQ(got_.size(), 20U);
  EXPECT_EQ(host_.frames, 21U);
}

TEST_F(RelayStreamTest, TheEndComesBehindTheData) {
  connect();
  to_send_.assign(700, 1);
  closed_ = true;
  EXPECT_EQ(read(700).size(), RelayStream::kDataSize);
  EXPECT_EQ(read(700).size(), 700 - RelayStream::kDataSize);
  EXPECT_TRUE(read(700).empty());
  EXPECT_TRUE(read(700).empty());
}

TEST_F(RelayStreamTest, ReadingEndsAtItsLimit) {
  connect();
  const uint64_t start = clock_.now;
  host_.execute = [this](const RelayRequest& request) {
    clock_.now += request.limit_ms;
    return RelayReply{};
  };
  EXPECT_EQ(read_error(15'000), ErrorCode::kTimeout);
  EXPECT_GE(clock_.now - start, 15'000U);
  EXPECT_LE(clock_.now - start, 15'000U + RelayStream::kWaitMs);
  // Silence of the server is no end of the connection.
  host_.execute = [this](const RelayRequest& request) { return serve(request); };
  to_send_ = {5};
  EXPECT_EQ(read(1), Bytes{5});
}

TEST_F(RelayStreamTest, WithoutAHostEverythingEndsAtItsLimit) {
  host_.has_left = true;
  uint64_t start = clock_.now;
  EXPECT_EQ(stream_.connect("localhost", 1, 30'000).error(), ErrorCode::kTimeout);
  EXPECT_LE(clock_.now - start, 31'000U);
  EXPECT_GE(host_.frames, 20U);
  start = clock_.now;
  EXPECT_EQ(stream_.log(protocol::RelayEvent::kWaiting, ErrorCode::kOk, {}, 1, 1000).error(), ErrorCode::kTimeout);
  EXPECT_LE(clock_.now - start, 2000U);
  host_.has_left = false;
  connect();
  host_.has_left = true;
  write({1});
  EXPECT_EQ(read_error(3000), ErrorCode::kTimeout);
  host_.has_left = false;
  EXPECT_EQ(read_error(3000), ErrorCode::kIo);  // what was lost on it nobody knows
  EXPECT_FALSE(stream_.write(Bytes{1}, 1000));
  connect();
  to_send_ = {1};
  EXPECT_EQ(read(1), Bytes{1});
}

TEST_F(RelayStreamTest, OnlyErrorsOfAConnectionComeThrough) {
  const std::pair<ErrorCode, ErrorCode> table[] = {
      {ErrorCode::kConnect, ErrorCode::kConnect},     {ErrorCode::kNameResolution, ErrorCode::kNameResolution},
      {ErrorCode::kTimeout, ErrorCode::kIo},          {ErrorCode::kMalformed, ErrorCode::kIo},
      {ErrorCode::kAlreadyActivated, ErrorCode::kIo}, {static_cast<ErrorCode>(0xFFFF), ErrorCode::kIo},
  };
  for (const auto& [said, shown] : table) {
    host_.execute = [status = static_cast<uint16_t>(said)](const RelayRequest&) {
      return RelayReply{.status = status};
    };
    EXPECT_EQ(stream_.connect("localhost", 1, 1000).error(), shown) << base::error_name(said);
    EXPECT_EQ(read_error(), ErrorCode::kIo);
  }
}

TEST_F(RelayStreamTest, AHostThatLiesIsNotBelieved) {
  const Bytes too_much(RelayStream::kDataSize + 1, 7);
  const Bytes frames[] = {
      {},            // no CBOR
      {0xA0},        // no status
      {0xA1, 1, 0},  // no data
      {0xA2, 1, 0, 2, 0x41},
      {0xA2, 1, 0, 2, 0x61, 'x'},
      {0xA2, 1, 0x18, 0, 2, 0x40},
  };
  for (const Bytes& payload : frames) {
    connect();
    host_.to_device = lose(1);
    host_.put_reply(static_cast<uint16_t>(host_.last_sequence + 1), payload);
    EXPECT_EQ(read_error(), ErrorCode::kIo) << base::to_hex(payload);
    EXPECT_EQ(read_error(), ErrorCode::kIo);
  }
  // One byte more than was asked for; and so many that no buffer takes the frame.
  connect();
  host_.execute = [&](const RelayRequest&) { return RelayReply{.status = 0, .data = too_much}; };
  EXPECT_EQ(read_error(), ErrorCode::kIo);
  host_.execute = [this](const RelayRequest& request) { return serve(request); };
  connect();
  const Bytes far_too_much(protocol::kMaxRelayData, 7);
  host_.execute = [&](const RelayRequest&) { return RelayReply{.status = 0, .data = far_too_much}; };
  EXPECT_EQ(read_error(), ErrorCode::kTimeout);
  // Data where none was asked for.
  host_.execute = [this](const RelayRequest& request) { return serve(request); };
  connect();
  write(Bytes(RelayStream::kDataSize, 1));
  const Bytes one = {1};
  host_.execute = [&](const RelayRequest&) { return RelayReply{.status = 0, .data = one}; };
  EXPECT_EQ(stream_.write(one, 1000).error(), ErrorCode::kIo);
}

TEST_F(RelayStreamTest, NamesAndTextsAreCut) {
  EXPECT_EQ(stream_.connect("", 1, 1000).error(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(stream_.connect(std::string(254, 'a'), 1, 1000).error(), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(stream_.connect(std::string(253, 'a'), 1, 1000));
  EXPECT_EQ(asked_.size(), 253U);
  const std::string text(1000, 'x');
  EXPECT_TRUE(stream_.log(protocol::RelayEvent::kAttemptFailed, ErrorCode::kIo, text, 1, 1000));
  EXPECT_EQ(logged_, text.substr(0, RelayStream::kMaxLogText));
}

// A device that was restarted begins with any number, by chance with that of its last life.
TEST_F(RelayStreamTest, AStartAtTheSameNumberIsARequestOfItsOwn) {
  connect();
  host_.executed.clear();
  RelayStream second(host_, clock_, 65534);
  ASSERT_TRUE(second.log(protocol::RelayEvent::kWaiting, ErrorCode::kOk, {}, 0, 1000));
  ASSERT_TRUE(second.connect("localhost", 8443, 1000));
  EXPECT_EQ(host_.executed, (std::vector{RelayOperation::kLog, RelayOperation::kOpen}));
}

// Random losses and flipped bits in both directions: what comes through is right and in order, or the stream says
// that it broke.
TEST_F(RelayStreamTest, RandomFaultsNeverChangeAByte) {
  std::mt19937_64 random(test::announce_seed("relay stream"));
  const auto chance = [&](uint32_t percent) { return random() % 100 < percent; };
  const auto hurt = [&](Bytes bytes) {
    if (chance(10)) return Bytes();
    if (chance(10)) bytes[random() % bytes.size()] ^= static_cast<uint8_t>(1U << random() % 8);
    if (chance(5)) bytes.resize(random() % bytes.size());
    if (chance(5)) bytes.insert(bytes.end(), bytes.begin(), bytes.end());
    return bytes;
  };
  int rounds = 0;
  for (int life = 0; life < 40; ++life) {
    host_.to_host = host_.to_device = [](Bytes bytes) { return bytes; };
    got_.clear();
    to_send_.clear();
    connect();
    host_.to_host = host_.to_device = hurt;
    Bytes sent, expected, received;
    for (int i = 0; i < 20; ++i) {
      Bytes flight(random() % 1500 + 1);
      for (uint8_t& byte : flight) byte = static_cast<uint8_t>(random());
      base::ByteView left = flight;
      bool broken = false;
      while (!left.empty() && !broken) {
        const auto taken = stream_.write(left, 15'000);
        broken = !taken;
        if (taken) left = left.subspan(*taken);
      }
      if (broken) break;
      sent.insert(sent.end(), flight.begin(), flight.end());
      Bytes answer(random() % 1500 + 1);
      for (uint8_t& byte : answer) byte = static_cast<uint8_t>(random());
      to_send_.insert(to_send_.end(), answer.begin(), answer.end());
      expected.insert(expected.end(), answer.begin(), answer.end());
      while (received.size() < expected.size()) {
        Bytes out(expected.size() - received.size());
        const auto count = stream_.read(out, 15'000);
        if (!count) {
          broken = true;
          break;
        }
        received.insert(received.end(), out.begin(), out.begin() + static_cast<ptrdiff_t>(*count));
      }
      ASSERT_TRUE(std::equal(received.begin(), received.end(), expected.begin()));
      if (broken) break;
      ASSERT_EQ(got_, sent);
      ++rounds;
    }
  }
  EXPECT_GT(rounds, 700);  // of 800: a request fails only where fifteen seconds of resends all fail
}

}  // namespace
}  // namespace client
