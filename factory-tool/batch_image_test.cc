#include "factory-tool/batch_image.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace factory {
namespace {

using base::Bytes;
using base::ErrorCode;

protocol::BatchBlock make_block(uint8_t fill) {
  protocol::BatchBlock block;
  block.id.fill(fill);
  block.secret.fill(static_cast<uint8_t>(fill + 1));
  protocol::PublicKey station;
  station.fill(fill);
  station[0] = 4;
  EXPECT_TRUE(block.stations.push_back(station));
  return block;
}

void append_magic(Bytes& image) {
  image.insert(image.end(), protocol::kBatchMagic.begin(), protocol::kBatchMagic.end());
}

// Code, a place for the block, code.
Bytes make_image() {
  Bytes image(1000, 0xC3);
  append_magic(image);
  image.insert(image.end(), protocol::kBatchBlockSize - protocol::kBatchMagicSize, 0);
  image.insert(image.end(), 500, 0x90);
  return image;
}

TEST(BatchImageTest, PatchesOnlyThePlace) {
  const Bytes before = make_image();
  Bytes image = before;
  ASSERT_TRUE(patch_batch_block(image, make_block(1)));
  ASSERT_EQ(image.size(), before.size());
  EXPECT_TRUE(std::equal(image.begin(), image.begin() + 1000, before.begin()));
  EXPECT_TRUE(std::equal(image.end() - 500, image.end(), before.end() - 500));
  protocol::BatchBlock read;
  ASSERT_TRUE(protocol::decode_batch_block(base::ByteView(image).subspan(1000, protocol::kBatchBlockSize), read));
  EXPECT_EQ(read.id, make_block(1).id);
  EXPECT_EQ(read.secret, make_block(1).secret);
}

TEST(BatchImageTest, APatchedImageCanBePatchedAgain) {
  Bytes image = make_image();
  ASSERT_TRUE(patch_batch_block(image, make_block(1)));
  ASSERT_TRUE(patch_batch_block(image, make_block(2)));
  Bytes direct = make_image();
  ASSERT_TRUE(patch_batch_block(direct, make_block(2)));
  EXPECT_EQ(image, direct);
}

TEST(BatchImageTest, TheConstantThatTheAgentComparesWithDoesNotCount) {
  Bytes image = make_image();
  append_magic(image);
  image.insert(image.end(), 400, 0x55);
  append_magic(image);  // at the very end
  ASSERT_TRUE(find_batch_block(image));
  EXPECT_EQ(*find_batch_block(image), 1000U);
}

TEST(BatchImageTest, NoneAndSeveralAreRefused) {
  Bytes none(5000, 0xAA);
  EXPECT_EQ(patch_batch_block(none, make_block(1)).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(none, Bytes(5000, 0xAA));
  EXPECT_EQ(find_batch_block({}).error().code, ErrorCode::kMalformed);

  Bytes two = make_image();
  const Bytes second = make_image();
  two.insert(two.end(), second.begin(), second.end());
  const Bytes before = two;
  EXPECT_EQ(patch_batch_block(two, make_block(1)).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(two, before);
}

TEST(BatchImageTest, ATruncatedPlaceIsNoPlace) {
  Bytes image = make_image();
  image.resize(1000 + protocol::kBatchBlockSize - 1);
  EXPECT_FALSE(find_batch_block(image));
}

TEST(BatchImageTest, ABlockThatWouldNotDecodeIsNotWritten) {
  Bytes image = make_image();
  protocol::BatchBlock block = make_block(1);
  block.stations.clear();
  EXPECT_EQ(patch_batch_block(image, block).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace factory
