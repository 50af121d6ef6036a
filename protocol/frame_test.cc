#include "protocol/frame.h"

#include <gtest/gtest.h>

#include <random>

#include "protocol/psa_test_support.h"
#include "protocol/vector_file_test_support.h"

namespace protocol {
namespace {

using base::ErrorCode;
using test::Bytes;
using test::to_vector;

struct Decoded {
  std::vector<Bytes> payloads;
  std::vector<ErrorCode> errors;
};

Decoded decode_all(FrameDecoder& decoder, ByteView wire) {
  Decoded decoded;
  for (uint8_t byte : wire) {
    const auto frame = decoder.push(byte);
    if (!frame) {
      decoded.errors.push_back(frame.error());
    } else if (frame->has_value()) {
      decoded.payloads.push_back(to_vector((*frame)->payload));
    }
  }
  return decoded;
}

Bytes encoded(uint8_t type, uint16_t sequence, ByteView payload) {
  Bytes out(frame_wire_size(payload.size()));
  const auto wire = encode_frame({type, sequence, payload}, out);
  EXPECT_TRUE(wire);
  return wire ? to_vector(*wire) : Bytes();
}

// COBS around bytes that are no frame of ours.
Bytes cobs_of_short(ByteView raw) {
  Bytes out = {0};
  out.push_back(static_cast<uint8_t>(raw.size() + 1));
  out.insert(out.end(), raw.begin(), raw.end());
  out.push_back(0);
  return out;
}

TEST(Frame, VectorsOfTheSpecification) {
  const test::VectorFile vectors("frames.txt");
  ASSERT_GE(vectors.sections().size(), 8U);
  for (const std::string& name : vectors.sections()) {
    const uint8_t type = vectors.get(name, "type")[0];
    const uint16_t sequence = base::load_be<uint16_t>(vectors.get(name, "sequence").data());
    const Bytes& payload = vectors.get(name, "payload");
    const Bytes& wire = vectors.get(name, "wire");
    EXPECT_EQ(encoded(type, sequence, payload), wire) << name;
    Bytes buffer(frame_buffer_size(payload.size()));
    FrameDecoder decoder(buffer);
    size_t frames = 0;
    for (uint8_t byte : wire) {
      const auto frame = decoder.push(byte);
      ASSERT_TRUE(frame) << name;
      if (!frame->has_value()) continue;
      ++frames;
      EXPECT_EQ((*frame)->type, type);
      EXPECT_EQ((*frame)->sequence, sequence);
      EXPECT_EQ(to_vector((*frame)->payload), payload);
    }
    EXPECT_EQ(frames, 1U) << name;
  }
}

TEST(Frame, EverySizeFitsItsBoundAndNoByteLess) {
  std::mt19937_64 random(test::process_seed());
  Bytes buffer(frame_buffer_size(1100));
  FrameDecoder decoder(buffer);
  for (size_t size = 0; size <= 1100; ++size) {
    Bytes payload(size);
    const bool dense = size % 2 == 0;  // without zeros COBS needs most room
    for (uint8_t& byte : payload) byte = static_cast<uint8_t>(dense ? 1 + random() % 255 : random() % 4);
    const Bytes wire = encoded(3, static_cast<uint16_t>(size), payload);
    EXPECT_LE(wire.size(), frame_wire_size(size));
    EXPECT_EQ(std::count(wire.begin(), wire.end(), 0), 2);
    EXPECT_EQ(decode_all(decoder, wire).payloads, std::vector<Bytes>{payload});
    Bytes small(wire.size() - 1);
    EXPECT_EQ(encode_frame({3, static_cast<uint16_t>(size), payload}, small).error(), ErrorCode::kBufferTooSmall);
  }
}

TEST(Frame, EveryFlippedBitIsNoticed) {
  const Bytes payload = {1, 0, 2, 0, 0, 3, 255};
  const Bytes wire = encoded(1, 7, payload);
  for (size_t bit = 0; bit < wire.size() * 8; ++bit) {
    Bytes changed = wire;
    changed[bit / 8] = static_cast<uint8_t>(changed[bit / 8] ^ 1U << bit % 8);
    Bytes buffer(frame_buffer_size(64));
    FrameDecoder decoder(buffer);
    auto decoded = decode_all(decoder, changed);
    // A flip in the leading delimiter makes noise of the frame; one in the last leaves it open: either way nothing
    // wrong comes out, and the next frame does.
    EXPECT_TRUE(decoded.payloads.empty()) << bit;
    decoded = decode_all(decoder, wire);
    EXPECT_EQ(decoded.payloads, std::vector<Bytes>{payload}) << bit;
  }
}

TEST(Frame, FindsFramesBetweenNoise) {
  std::mt19937_64 random(test::process_seed());
  Bytes buffer(frame_buffer_size(64));
  FrameDecoder decoder(buffer);
  for (int round = 0; round < 2000; ++round) {
    Bytes noise(random() % 200);
    for (uint8_t& byte : noise) byte = static_cast<uint8_t>(random());
    (void)decode_all(decoder, noise);
    Bytes payload(random() % 65);
    for (uint8_t& byte : payload) byte = static_cast<uint8_t>(random());
    const auto decoded = decode_all(decoder, encoded(2, 1, payload));
    ASSERT_FALSE(decoded.payloads.empty());
    EXPECT_EQ(decoded.payloads.back(), payload);
  }
}

TEST(Frame, CutFrameCostsItselfOnly) {
  const Bytes wire = encoded(1, 7, Bytes(20, 0xAA));
  for (size_t cut = 0; cut < wire.size(); ++cut) {
    Bytes buffer(frame_buffer_size(64));
    FrameDecoder decoder(buffer);
    EXPECT_TRUE(decode_all(decoder, ByteView(wire).first(cut)).payloads.empty());
    // Where nothing but the last delimiter is missing, the first of the next frame stands in for it.
    EXPECT_EQ(decode_all(decoder, wire).payloads.size(), cut + 1 == wire.size() ? 2U : 1U) << cut;
  }
}

TEST(Frame, ErrorsByTheirCause) {
  Bytes buffer(frame_buffer_size(16));
  FrameDecoder decoder(buffer);
  EXPECT_EQ(decode_all(decoder, encoded(1, 1, Bytes(17))).errors, std::vector{ErrorCode::kFrameTooLong});
  EXPECT_EQ(decode_all(decoder, encoded(1, 1, Bytes(1000, 1))).errors, std::vector{ErrorCode::kFrameTooLong});
  EXPECT_EQ(decode_all(decoder, encoded(1, 1, Bytes(16))).payloads.size(), 1U);
  EXPECT_EQ(decode_all(decoder, cobs_of_short(Bytes(7, 1))).errors, std::vector{ErrorCode::kFrameEncoding});
  EXPECT_EQ(decode_all(decoder, Bytes{0, 5, 1, 1, 0}).errors, std::vector{ErrorCode::kFrameEncoding});
  EXPECT_EQ(decode_all(decoder, cobs_of_short(Bytes(8, 1))).errors, std::vector{ErrorCode::kFrameCrc});
  // version 2, type 1, sequence 0x0101, CRC-32C of these
  EXPECT_EQ(decode_all(decoder, cobs_of_short(Bytes{2, 1, 1, 1, 0xB3, 0x88, 0xE1, 0x4C})).errors,
            std::vector{ErrorCode::kFrameVersion});
  EXPECT_TRUE(decode_all(decoder, Bytes(10, 0)).errors.empty());
}

}  // namespace
}  // namespace protocol
