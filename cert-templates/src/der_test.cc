#include <gtest/gtest.h>

#include <random>

#include "cert-templates/src/der_reader.h"
#include "cert-templates/src/der_template.h"
#include "cert-templates/src/did_you_mean.h"
#include "cert-templates/src/oids.h"
#include "cert-templates/src/text_pattern.h"
#include "cert-templates/src/time_text.h"
#include "tests/support/seed.h"

namespace cert {
namespace {

base::Bytes hex(std::string_view text) { return base::from_hex(text).value(); }

TEST(DerWriter, LengthsAtTheirBoundaries) {
  EXPECT_EQ(base::to_hex(base::ByteView(der::tlv(0x04, base::Bytes(127))).first(2)), "047f");
  EXPECT_EQ(base::to_hex(base::ByteView(der::tlv(0x04, base::Bytes(128))).first(3)), "048180");
  EXPECT_EQ(base::to_hex(base::ByteView(der::tlv(0x04, base::Bytes(255))).first(3)), "0481ff");
  EXPECT_EQ(base::to_hex(base::ByteView(der::tlv(0x04, base::Bytes(256))).first(4)), "04820100");
  EXPECT_EQ(base::to_hex(base::ByteView(der::tlv(0x04, base::Bytes(65536))).first(5)), "0483010000");
}

TEST(DerWriter, NamedBits) {
  EXPECT_EQ(base::to_hex(der::named_bits(0x8000)), "03020780");
  EXPECT_EQ(base::to_hex(der::named_bits(0x0600)), "03020106");
  EXPECT_EQ(base::to_hex(der::named_bits(0x0080)), "0303070080");
  EXPECT_EQ(base::to_hex(der::named_bits(0)), "030100");
}

TEST(DerReader, RefusesWhatIsNotDer) {
  for (const char* bad : {"04", "0405aa", "048105aaaaaaaaaa", "04800000", "04820005aaaaaaaaaa", "1f8101",
                          "0485ffffffffff", "0484ffffffff"}) {
    EXPECT_FALSE(der::Reader(hex(bad)).next()) << bad;
  }
}

TEST(DerReader, FindsBreachesOfForm) {
  for (const char* good :
       {"0101ff", "020100", "020200ff", "03020780", "0500", "06032a0304", "3000", "3106020101020102"}) {
    EXPECT_EQ(der::find_breach(hex(good)), std::nullopt) << good;
  }
  for (const char* bad : {"010101", "0100", "0200", "02020001", "0202ff80", "0300", "030108", "030101", "03020781",
                          "050100", "0600", "060180", "06028001", "3003020200", "3106020102020101", "1000", "2404040201ff", "30"}) {
    EXPECT_NE(der::find_breach(hex(bad)), std::nullopt) << bad;
  }
}

TEST(DerReader, NestingIsBounded) {
  base::Bytes deep;
  for (int i = 0; i < 100; ++i) deep = der::tlv(der::kSequence, deep);
  EXPECT_NE(der::find_breach(deep), std::nullopt);
}

// The template against the plain writer, with slots of random sizes around every length boundary.
TEST(DerTemplate, AgreesWithTheWriter) {
  std::mt19937 random(static_cast<uint32_t>(::test::announce_seed("DER template")));
  DerTemplate form;
  form.open(der::kSequence);
  form.fixed(der::oid(oids::kCommonName));
  form.open(der::kSet);
  form.open(der::kOctetString);
  form.slot();
  form.close();
  form.close();
  form.open(der::kSequence);  // nothing variable inside: folded
  form.fixed(der::boolean_true());
  form.close();
  form.slot();
  form.open(der::kSequence);
  form.close();
  form.close();
  ASSERT_EQ(form.slot_count(), 2U);
  for (int round = 0; round < 2000; ++round) {
    base::Bytes first(random() % (round % 3 == 0 ? 70000 : 300)), second(random() % 300);
    for (uint8_t& octet : first) octet = static_cast<uint8_t>(random());
    const base::ByteView values[] = {first, second};
    const base::Bytes expected =
        der::sequence({der::oid(oids::kCommonName), der::tlv(der::kSet, der::tlv(der::kOctetString, first)),
                       der::sequence({der::boolean_true()}), second, der::sequence({})});
    ASSERT_EQ(form.fill(values), expected) << first.size() << " " << second.size();
  }
}

TEST(Oids, TextAndBack) {
  for (const char* text : {"1.3.6.1.4.1.32473.1", "2.5.4.3", "0.9.2342.19200300.100.1.1", "2.999.1",
                           "1.2.840.10045.4.3.2", "2.25.18446744073709551534"}) {
    const auto oid = oids::parse(text);
    ASSERT_TRUE(oid) << text;
    EXPECT_EQ(oids::to_text(*oid), text);
    EXPECT_EQ(der::find_breach(der::oid(*oid)), std::nullopt);
  }
  for (const char* bad :
       {"", "1", "1.", ".1", "1..2", "3.1", "1.40", "1.2.03", "1.2.x", "1.2.-3", "1.2.99999999999999999999"}) {
    EXPECT_FALSE(oids::parse(bad)) << bad;
  }
  EXPECT_EQ(oids::to_text({}), "?");
  EXPECT_EQ(oids::to_text(hex("2a80")), "?");
}

TEST(Times, FormChangesIn2050) {
  EXPECT_EQ(base::to_hex(encode_time(2524607999).value()), "170d3439313233313233353935395a");
  EXPECT_EQ(base::to_hex(encode_time(2524608000).value()), "180f32303530303130313030303030305a");
  EXPECT_EQ(base::as_text(encode_time(kNoExpiry).value()).substr(2), "99991231235959Z");
  EXPECT_FALSE(encode_time(-631152001));
  EXPECT_FALSE(encode_time(253402300800));
  EXPECT_EQ(time_text(1795329678), "2026-11-22T06:41:18Z");
}

TEST(Times, RoundTrip) {
  std::mt19937_64 random(::test::announce_seed("times"));
  for (int round = 0; round < 20000; ++round) {
    const int64_t when = std::uniform_int_distribution<int64_t>(-631152000, 253402300798)(random);
    const base::Bytes encoded = encode_time(when).value();
    EXPECT_EQ(decode_time(encoded[0], base::ByteView(encoded).subspan(2)).value(), when);
  }
}

TEST(Times, Years) {
  EXPECT_EQ(time_text(add_years(1709164800, 1)), "2025-02-28T00:00:00Z");  // from 2024-02-29
  EXPECT_EQ(time_text(add_years(1709164800, 4)), "2028-02-29T00:00:00Z");
}

TEST(TextPattern, ExpandsAndRefuses) {
  const TextValues values = {{"a", "1"}, {"b-c", "{a}"}};
  EXPECT_EQ(TextPattern::parse("x{a}y{b-c}{{}}")->expand(values), "x1y{a}{}");
  EXPECT_EQ(TextPattern::parse("")->expand(values), "");
  EXPECT_TRUE(TextPattern::parse("{{a}}")->is_constant());
  EXPECT_EQ(TextPattern::parse("{z}")->expand(values).error(), "z");
  for (const char* bad : {"{", "}", "{a", "a}", "{}", "{a{b}}"}) EXPECT_FALSE(TextPattern::parse(bad)) << bad;
}

TEST(DidYouMean, FindsTheNearest) {
  constexpr std::string_view kWords[] = {"validity", "subject", "san"};
  EXPECT_EQ(nearest_word("validty", kWords), "validity");
  EXPECT_EQ(nearest_word("subjetc", kWords), "subject");
  EXPECT_EQ(nearest_word("extension", kWords), "");
  EXPECT_EQ(nearest_word(std::string(1000, 'a'), kWords), "");
}

}  // namespace
}  // namespace cert
