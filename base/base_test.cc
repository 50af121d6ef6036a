#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/fixed_vector.h"
#include "base/hex.h"
#include "base/host/bytes_host.h"
#include "base/host/failure.h"
#include "base/secure.h"

namespace base {
namespace {

TEST(Crc32c, MatchesRfc3720Vectors) {
  ByteArray<32> data{};
  EXPECT_EQ(crc32c(data), 0x8A9136AAU);
  data.fill(0xFF);
  EXPECT_EQ(crc32c(data), 0x62A8AB43U);
  for (size_t i = 0; i < data.size(); ++i) data[i] = static_cast<uint8_t>(i);
  EXPECT_EQ(crc32c(data), 0x46DD794EU);
  EXPECT_EQ(crc32c(as_bytes("123456789")), 0xE3069283U);
}

TEST(Crc32c, ContinuesOverPieces) {
  const auto text = as_bytes("123456789");
  EXPECT_EQ(crc32c(text.subspan(4), crc32c(text.first(4))), crc32c(text));
}

TEST(Hex, RoundTripAndRefusals) {
  const Bytes bytes = {0x00, 0x7F, 0xAB, 0xFF};
  EXPECT_EQ(to_hex(bytes), "007fabff");
  EXPECT_EQ(from_hex("007FabfF").value(), bytes);
  EXPECT_EQ(from_hex("0").error(), ErrorCode::kMalformed);
  EXPECT_EQ(from_hex("0g").error(), ErrorCode::kMalformed);
  ByteArray<1> small;
  EXPECT_EQ(hex_decode("0011", small).error(), ErrorCode::kBufferTooSmall);
}

TEST(Cursors, BigEndianAndBounds) {
  ByteArray<7> buffer;
  ByteWriter writer(buffer);
  writer.u8(1);
  writer.u16(0x0203);
  writer.u32(0x04050607);
  EXPECT_EQ(to_hex(writer.finish().value()), "01020304050607");
  writer.u8(8);
  EXPECT_EQ(writer.finish().error(), ErrorCode::kBufferTooSmall);

  ByteReader reader(buffer);
  EXPECT_EQ(reader.u8().value(), 1);
  EXPECT_EQ(reader.u16().value(), 0x0203);
  EXPECT_EQ(reader.u64().error(), ErrorCode::kTruncated);
  EXPECT_EQ(reader.u32().value(), 0x04050607U);
  EXPECT_TRUE(reader.empty());
}

TEST(Secure, WipeAndCompare) {
  ByteArray<4> a = {1, 2, 3, 4};
  ByteArray<4> b = a;
  EXPECT_TRUE(constant_time_equal(a, b));
  b[3] ^= 1;
  EXPECT_FALSE(constant_time_equal(a, b));
  EXPECT_FALSE(constant_time_equal(a, ByteView(a).first(3)));
  { WipeOnExit wipe(a); }
  EXPECT_EQ(a, (ByteArray<4>{}));
}

TEST(FixedVector, RefusesMoreThanItsCapacity) {
  FixedVector<int, 2> v;
  EXPECT_TRUE(v.push_back(1));
  EXPECT_TRUE(v.push_back(2));
  EXPECT_FALSE(v.push_back(3));
  EXPECT_EQ(v.size(), 2U);
}

TEST(Errors, NamesAndTexts) {
  EXPECT_EQ(error_name(ErrorCode::kStoreRollback), "kStoreRollback");
  EXPECT_EQ(error_name(static_cast<ErrorCode>(0xFFFF)), "kUnknown");
  EXPECT_FALSE(is_known_error(0xFFFF));
  EXPECT_TRUE(is_known_error(0));
  const auto f = failure_of(ErrorCode::kPortMissing, "/dev/ttyX", "Check the cable").error();
  EXPECT_EQ(f.to_string(), "the port does not exist (/dev/ttyX). Check the cable. [kPortMissing]");
}

}  // namespace
}  // namespace base
