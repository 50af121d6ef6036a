// Known answers of NIST's CAVP for the generator as configured, read from entropy/vectors, and its limits.
#include "entropy/device/ctr_drbg.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "base/hex.h"

namespace entropy {
namespace {

using base::ByteView;
using base::ErrorCode;
using Bytes = std::vector<uint8_t>;
using Record = std::vector<std::pair<std::string, std::string>>;  // key and value of each line, in order

Bytes from_hex(const std::string& text) {
  Bytes bytes(text.size() / 2);
  EXPECT_TRUE(base::hex_decode(text, bytes)) << text;
  return bytes;
}

std::vector<Record> read_records(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.is_open()) << path;
  std::vector<Record> records;
  for (std::string line; std::getline(file, line);) {
    const size_t equals = line.find(" =");
    if (line.empty() || line[0] == '#' || line[0] == '[' || equals == std::string::npos) continue;
    const std::string key = line.substr(0, equals);
    if (key == "COUNT") records.emplace_back();
    EXPECT_FALSE(records.empty()) << line;
    records.back().emplace_back(key, equals + 3 < line.size() ? line.substr(equals + 3) : "");
  }
  return records;
}

// Does what the lines say, in their order; returns the output of the last generate.
Bytes execute(const Record& record, size_t output_size) {
  CtrDrbg drbg;
  Bytes entropy;
  Bytes nonce;
  Bytes output(output_size);
  for (const auto& [key, value] : record) {
    if (key == "EntropyInput" || key == "EntropyInputReseed") entropy = from_hex(value);
    if (key == "Nonce") nonce = from_hex(value);
    if (key == "PersonalizationString") {
      EXPECT_TRUE(drbg.instantiate(entropy, nonce, from_hex(value)));
    }
    if (key == "AdditionalInputReseed") {
      EXPECT_TRUE(drbg.reseed(entropy, from_hex(value)));
    }
    if (key == "AdditionalInput") {
      EXPECT_TRUE(drbg.generate(output, from_hex(value)));
    }
  }
  return output;
}

size_t run_file(const std::string& name) {
  const auto records = read_records(FACTORY_LINE_SOURCE_DIR "/entropy/vectors/" + name);
  for (size_t i = 0; i < records.size(); ++i) {
    const auto& [key, value] = records[i].back();
    EXPECT_EQ(key, "ReturnedBits") << name << " record " << i;
    const Bytes expected = from_hex(value);
    EXPECT_EQ(execute(records[i], expected.size()), expected) << name << " record " << i;
  }
  return records.size();
}

TEST(CtrDrbgVectors, ReseedBeforeOrNever) { EXPECT_EQ(run_file("ctr_drbg_aes256.rsp"), 3U); }
TEST(CtrDrbgVectors, ReseedBetween) { EXPECT_EQ(run_file("ctr_drbg_aes256_reseed.rsp"), 16U); }

TEST(CtrDrbg, NeedsAnInstance) {
  CtrDrbg drbg;
  Bytes out(16);
  const Bytes entropy(48, 1);
  EXPECT_EQ(drbg.generate(out).error(), ErrorCode::kBadState);
  EXPECT_EQ(drbg.reseed(entropy, {}).error(), ErrorCode::kBadState);
  ASSERT_TRUE(drbg.instantiate(entropy, {}, {}));
  EXPECT_TRUE(drbg.generate(out));
  drbg.uninstantiate();
  EXPECT_FALSE(drbg.instantiated());
  EXPECT_EQ(drbg.generate(out).error(), ErrorCode::kBadState);
}

TEST(CtrDrbg, ChecksLengths) {
  CtrDrbg drbg;
  const Bytes entropy(48, 1);
  const Bytes big(CtrDrbg::kMaxSeedMaterial - 48 + 1, 2);
  const Bytes fits(CtrDrbg::kMaxSeedMaterial - 48, 2);
  EXPECT_EQ(drbg.instantiate({}, {}, {}).error(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(drbg.instantiate(entropy, big, {}).error(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(drbg.instantiate(entropy, Bytes(1), fits).error(), ErrorCode::kInvalidArgument);
  ASSERT_TRUE(drbg.instantiate(entropy, {}, fits));
  EXPECT_EQ(drbg.reseed({}, {}).error(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(drbg.reseed(entropy, big).error(), ErrorCode::kInvalidArgument);
  Bytes out(CtrDrbg::kMaxRequest + 1);
  EXPECT_EQ(drbg.generate(out).error(), ErrorCode::kInvalidArgument);
  out.pop_back();
  EXPECT_TRUE(drbg.generate(out));
}

TEST(CtrDrbg, CountsRequestsSinceTheLastSeed) {
  CtrDrbg drbg;
  const Bytes entropy(48, 1);
  Bytes out(16);
  ASSERT_TRUE(drbg.instantiate(entropy, {}, {}));
  ASSERT_TRUE(drbg.generate(out));
  ASSERT_TRUE(drbg.generate(out));
  EXPECT_EQ(drbg.requests(), 2U);
  ASSERT_TRUE(drbg.reseed(entropy, {}));
  EXPECT_EQ(drbg.requests(), 0U);
}

// Nothing reseeds by itself: there is nothing to reseed from.
TEST(CtrDrbg, GoesOnForLong) {
  CtrDrbg drbg;
  const Bytes entropy(48, 1);
  Bytes out(1);
  ASSERT_TRUE(drbg.instantiate(entropy, {}, {}));
  for (int i = 0; i < 10010; ++i) ASSERT_TRUE(drbg.generate(out)) << i;
}

}  // namespace
}  // namespace entropy
