#include "protocol/batch_block.h"

#include <gtest/gtest.h>

#include "base/crc32c.h"
#include "protocol/psa_test_support.h"
#include "protocol/vector_file_test_support.h"

namespace protocol {
namespace {

using base::ErrorCode;
using test::Bytes;
using test::fixed;
using test::to_vector;

class BatchBlockTest : public ::testing::Test {
 protected:
  static ErrorCode error_of(const Bytes& bytes) {
    BatchBlock block;
    const auto status = decode_batch_block(bytes, block);
    return status ? ErrorCode::kOk : status.error();
  }
  // `good_` with one byte set and the CRC made to fit.
  [[nodiscard]] Bytes with(size_t at, uint8_t value) const {
    Bytes changed = good_;
    changed[at] = value;
    base::store_be(&changed[changed.size() - 4], base::crc32c(ByteView(changed).first(changed.size() - 4)));
    return changed;
  }
  test::VectorFile vectors_{"batch_block.txt"};
  const Bytes good_ = vectors_.get("two stations", "block");
};

TEST_F(BatchBlockTest, VectorsBothWays) {
  for (const std::string section : {"one station", "two stations"}) {
    BatchBlock block;
    ASSERT_TRUE(decode_batch_block(vectors_.get(section, "block"), block));
    EXPECT_EQ(to_vector(block.id), vectors_.get(section, "id"));
    EXPECT_EQ(to_vector(block.secret), vectors_.get(section, "secret"));
    EXPECT_EQ(to_vector(block.stations[0]), vectors_.get(section, "station"));
    EXPECT_EQ(block.stations.size(), section == "one station" ? 1U : 2U);
    base::ByteArray<kBatchBlockSize> out;
    ASSERT_TRUE(encode_batch_block(block, out));
    EXPECT_EQ(to_vector(out), vectors_.get(section, "block"));
  }
}

TEST_F(BatchBlockTest, StationId) {
  test::start_psa();
  EXPECT_EQ(to_vector(station_id(fixed<65>(vectors_.get("station id", "station"))).value()),
            vectors_.get("station id", "id"));
}

TEST_F(BatchBlockTest, NoBatchWhereThereIsNone) {
  EXPECT_EQ(error_of({}), ErrorCode::kNoBatch);
  Bytes unpatched(kBatchBlockSize);
  std::copy(kBatchMagic.begin(), kBatchMagic.end(), unpatched.begin());
  EXPECT_EQ(error_of(unpatched), ErrorCode::kNoBatch);
  EXPECT_EQ(error_of(Bytes(kBatchBlockSize, 0x00)), ErrorCode::kNoBatch);
  EXPECT_EQ(error_of(Bytes(kBatchBlockSize, 0xFF)), ErrorCode::kNoBatch);
}

TEST_F(BatchBlockTest, EveryFlippedBitAndWrongSizeIsMalformed) {
  for (size_t bit = 0; bit < good_.size() * 8; ++bit) {
    Bytes changed = good_;
    changed[bit / 8] = static_cast<uint8_t>(changed[bit / 8] ^ 1U << bit % 8);
    EXPECT_EQ(error_of(changed), ErrorCode::kMalformed) << bit;
  }
  for (size_t size = 1; size < good_.size(); ++size) {
    EXPECT_EQ(error_of(Bytes(good_.begin(), good_.begin() + static_cast<long>(size))), ErrorCode::kMalformed);
  }
}

TEST_F(BatchBlockTest, FieldsAreChecked) {
  EXPECT_EQ(error_of(with(16, 1)), ErrorCode::kOk);
  EXPECT_EQ(error_of(with(16, 2)), ErrorCode::kUnsupported);
  EXPECT_EQ(error_of(with(17, 0)), ErrorCode::kMalformed);  // no station
  EXPECT_EQ(error_of(with(17, 5)), ErrorCode::kMalformed);  // too many
  EXPECT_EQ(error_of(with(17, 1)), ErrorCode::kMalformed);  // a key behind the last
  EXPECT_EQ(error_of(with(17, 3)), ErrorCode::kMalformed);  // fewer keys than it says
  EXPECT_EQ(error_of(with(19, 1)), ErrorCode::kMalformed);  // reserved
  EXPECT_EQ(error_of(with(68, 2)), ErrorCode::kMalformed);  // a compressed point
}

TEST_F(BatchBlockTest, EncodesNoNonsense) {
  base::ByteArray<kBatchBlockSize> out;
  BatchBlock block;
  EXPECT_EQ(encode_batch_block(block, out).error(), ErrorCode::kInvalidArgument);
  ASSERT_TRUE(block.stations.push_back(PublicKey{}));
  EXPECT_EQ(encode_batch_block(block, out).error(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace protocol
