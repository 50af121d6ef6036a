// Canonical bytes of events: the vectors of SPEC.md, everything that is not deterministic, and random damage.
#include "db/src/event_record.h"

#include <gtest/gtest.h>

#include <fstream>

#include "db/src/registry_test_support.h"
#include "db/src/text.h"

namespace db::test {
namespace {

using base::ErrorCode;

Bytes hex(std::string_view text) {
  const auto bytes = base::from_hex(text);
  EXPECT_TRUE(bytes.has_value()) << text;
  return bytes.value_or(Bytes());
}

TEST(EventRecord, VectorsOfTheSpecification) {
  std::ifstream file(FACTORY_LINE_SOURCE_DIR "/db/SPEC.md");
  std::string line;
  std::optional<EventRecord> event;
  int vectors = 0;
  while (std::getline(file, line)) {
    if (line.starts_with("    cbor ")) {
      const Bytes canonical = hex(line.substr(9));
      const auto decoded = decode_event(canonical);
      ASSERT_TRUE(decoded.has_value()) << base::error_name(decoded.error());
      EXPECT_EQ(base::to_hex(encode_event(*decoded)), base::to_hex(canonical));
      event = *decoded;
    } else if (line.starts_with("    json ")) {
      ASSERT_TRUE(event.has_value());
      EXPECT_EQ(event_json(*event), line.substr(9));
      ++vectors;
    }
  }
  EXPECT_EQ(vectors, 2);
}

TEST(EventRecord, TheFirstVectorFromItsParts) {
  const EventRecord event{.sequence = 300,
                          .at = 1795330704471,
                          .kind = "unit-keyed",
                          .subject = "AB-000001",
                          .station = "station-1",
                          .operator_name = std::nullopt,
                          .details = {{"public-key", Value(Bytes{4, 1, 2})},
                                      {"b", Value(true)},
                                      {"attempt", Value(int64_t{-1})},
                                      {"aa", Value(ValueArray{Value(nullptr), Value(std::string("\xE2\x82\xAC\"\n")),
                                                              Value(ValueMap{{"z", Value(false)}})})}}};
  EXPECT_EQ(
      base::to_hex(encode_event(event)),
      "a70119012c021b000001a2020c8457036a756e69742d6b65796564046941422d303030303031056973746174696f6e2d3106f607a46162f5"
      "62616183f665e282ac220aa1617af467617474656d7074206a7075626c69632d6b657943040102");
}

TEST(CborValue, IntegersAtTheEdges) {
  const std::pair<int64_t, const char*> cases[] = {
      {0, "00"},
      {23, "17"},
      {24, "1818"},
      {255, "18ff"},
      {256, "190100"},
      {65535, "19ffff"},
      {65536, "1a00010000"},
      {4294967295, "1affffffff"},
      {4294967296, "1b0000000100000000"},
      {INT64_MAX, "1b7fffffffffffffff"},
      {-1, "20"},
      {-24, "37"},
      {-25, "3818"},
      {INT64_MIN, "3b7fffffffffffffff"},
  };
  for (const auto& [number, expected] : cases) {
    Bytes out;
    encode_value(Value(number), out);
    EXPECT_EQ(base::to_hex(out), expected);
    const auto back = ValueReader(out).value();
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(*back, Value(number));
  }
}

TEST(CborValue, WhatIsNotDeterministicIsRefused) {
  const std::pair<const char*, ErrorCode> cases[] = {
      {"1800", ErrorCode::kCborNotDeterministic},    // 0 in two bytes
      {"190017", ErrorCode::kCborNotDeterministic},  // 23 in three
      {"1a0000ffff", ErrorCode::kCborNotDeterministic},
      {"1b00000000ffffffff", ErrorCode::kCborNotDeterministic},
      {"a2616201616101", ErrorCode::kCborNotDeterministic},    // b before a
      {"a26161016161 01", ErrorCode::kCborNotDeterministic},   // a twice
      {"a262616101616201", ErrorCode::kCborNotDeterministic},  // the longer first
      {"5800", ErrorCode::kCborNotDeterministic},
      {"5f4101ff", ErrorCode::kCborMalformed},  // indefinite lengths
      {"9fff", ErrorCode::kCborMalformed},
      {"1c", ErrorCode::kCborMalformed},
      {"a10101", ErrorCode::kCborMalformed},  // a key that is no text
      {"c100", ErrorCode::kCborMalformed},    // a tag
      {"f7", ErrorCode::kCborMalformed},      // undefined
      {"f93c00", ErrorCode::kCborMalformed},  // a float
      {"1b8000000000000000", ErrorCode::kCborMalformed},
      {"62c328", ErrorCode::kCborMalformed},  // no UTF-8
      {"818181818181", ErrorCode::kCborMalformed},
      {"", ErrorCode::kTruncated},
      {"19ff", ErrorCode::kTruncated},
      {"4201", ErrorCode::kTruncated},
      {"5bffffffffffffffff", ErrorCode::kTruncated},
      {"9affffffff00", ErrorCode::kTruncated},
      {"a16161", ErrorCode::kTruncated},
  };
  for (const auto& [text, expected] : cases) {
    std::string digits = text;
    std::erase(digits, ' ');
    const Bytes data = hex(digits);
    const auto value = ValueReader(data).value();
    ASSERT_FALSE(value.has_value()) << text;
    EXPECT_EQ(base::error_name(value.error()), base::error_name(expected)) << text;
  }
}

TEST(EventRecord, WrongEventsAreRefused) {
  const std::string good =
      "a701010200036f636c6f6e652d73757370656374656404615805f6066361646107a16a6f746865722d6368697042beef";
  ASSERT_TRUE(decode_event(hex(good)).has_value());
  const auto refused = [](const std::string& text) { return !decode_event(hex(text)).has_value(); };
  EXPECT_TRUE(refused(good + "00"));                      // something after it
  EXPECT_TRUE(refused("a6" + good.substr(2)));            // a key less
  EXPECT_TRUE(refused("a702" + good.substr(4)));          // another key
  EXPECT_TRUE(refused("a7016131" + good.substr(6)));      // the sequence as text
  EXPECT_TRUE(refused(good.substr(0, good.size() - 2)));  // cut
  EXPECT_TRUE(refused("80"));
}

// Whatever is accepted is the one encoding of what it says.
TEST(EventRecord, DamageIsRefusedOrCanonical) {
  Values random(seed());
  const Bytes good = hex(
      "a70119012c021b000001a2020c8457036a756e69742d6b65796564046941422d303030303031056973746174696f6e2d3106f607a46162f5"
      "62616183f665e282ac220aa1617af467617474656d7074206a7075626c69632d6b657943040102");
  int accepted = 0;
  for (int round = 0; round < 50000; ++round) {
    Bytes damaged = good;
    for (uint64_t changes = 1 + random.below(3); changes > 0; --changes) {
      damaged[random.below(damaged.size())] = static_cast<uint8_t>(random.below(256));
    }
    if (random.below(10) == 0) damaged.resize(random.below(damaged.size() + 1));
    const auto event = decode_event(damaged);
    if (!event) continue;
    ++accepted;
    ASSERT_EQ(base::to_hex(encode_event(*event)), base::to_hex(damaged));
  }
  EXPECT_GT(accepted, 100);
}

TEST(Text, OnlyWellFormedUtf8) {
  for (const char* good :
       {"", "a", "\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_utf8(good));
  }
  for (const char* bad : {"\x80", "\xC0\x80", "\xC1\xBF", "\xC2", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xE2\x82",
                          "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "a\xFF"}) {
    EXPECT_FALSE(is_utf8(bad));
    EXPECT_TRUE(is_utf8(clean_text(bad)));
  }
  EXPECT_EQ(clean_text("a\tb"),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(clean_text(std::string(2000, 'x')).size(), 1000u);
  EXPECT_EQ(clean_text("\xE2\x82\xAC\xE2\x82\xAC", 5), "\xE2\x82\xAC");  // never a part of a character
}

TEST(Text, Times) {
  EXPECT_EQ(iso_time(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(iso_time(951782400007), "2000-02-29T00:00:00.007Z");
  EXPECT_EQ(iso_time(-1), "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace db::test
