#include "protocol/digest.h"

#include <gtest/gtest.h>

#include "protocol/psa_test_support.h"
#include "protocol/vector_file_test_support.h"

namespace protocol {
namespace {

using base::ErrorCode;
using test::Bytes;
using test::to_vector;

class DigestTest : public ::testing::Test {
 protected:
  DigestTest() { test::start_psa(); }
  test::VectorFile vectors_{"digests.txt"};
};

TEST_F(DigestTest, VectorsInEveryOrder) {
  std::vector<Digest> digests;
  for (const std::string& section : vectors_.sections()) {
    if (!section.starts_with("item ")) continue;
    const Bytes& name = vectors_.get(section, "name");
    const auto digest =
        item_digest(base::as_text(name), vectors_.get(section, "flags")[0], vectors_.get(section, "value"));
    ASSERT_TRUE(digest);
    EXPECT_EQ(to_vector(*digest), vectors_.get(section, "digest"));
    digests.push_back(*digest);
  }
  ASSERT_EQ(digests.size(), 3U);
  std::sort(digests.begin(), digests.end());
  do {
    ItemsDigest items;
    for (const Digest& digest : digests) ASSERT_TRUE(items.add(digest));
    EXPECT_EQ(items.count(), 3U);
    EXPECT_EQ(to_vector(items.finish().value()), vectors_.get("items", "digest"));
    EXPECT_EQ(to_vector(items.finish().value()), vectors_.get("items", "digest"));
  } while (std::next_permutation(digests.begin(), digests.end()));
  EXPECT_EQ(to_vector(ItemsDigest().finish().value()), vectors_.get("no items", "digest"));
}

TEST_F(DigestTest, SeedCommitment) {
  EXPECT_EQ(to_vector(seed_commitment(vectors_.get("seed", "seed")).value()), vectors_.get("seed", "commitment"));
}

TEST_F(DigestTest, NameFlagsAndValueAreKeptApart) {
  const auto reference = item_digest("ab", 1, base::as_bytes("cd")).value();
  EXPECT_NE(item_digest("abc", 1, base::as_bytes("d")).value(), reference);
  EXPECT_NE(item_digest("ab", 0, base::as_bytes("cd")).value(), reference);
  EXPECT_NE(item_digest("ab", 1, base::as_bytes("ce")).value(), reference);
  EXPECT_EQ(item_digest(std::string(101, 'n'), 1, {}).error(), ErrorCode::kInvalidArgument);
}

TEST_F(DigestTest, HoldsAsManyItemsAsAUnit) {
  ItemsDigest items;
  for (size_t i = 0; i < kMaxItems; ++i) ASSERT_TRUE(items.add(Digest{static_cast<uint8_t>(i)}));
  EXPECT_EQ(items.add(Digest{}).error(), ErrorCode::kTooManyItems);
}

}  // namespace
}  // namespace protocol
