#include "protocol/relay.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "protocol/vector_file_test_support.h"

namespace protocol {
namespace {

using base::ErrorCode;
using test::Bytes;
using test::to_vector;

Bytes hex(std::string_view text) {
  Bytes bytes(text.size() / 2);
  EXPECT_TRUE(base::hex_decode(text, bytes)) << text;
  return bytes;
}

Bytes pattern(size_t size, int kind) {
  Bytes bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<uint8_t>(kind == 0 ? 0 : kind == 1 ? 0xFF : i * 7 % 256);
  return bytes;
}

// Builds the frame of a request in place and takes it apart again.
Bytes decoded_payload(const RelayRequest& request, uint16_t sequence) {
  Bytes room(relay_request_room(request.data.size()));
  base::copy(MutableBytes(room).subspan(kRelayFrontRoom), request.data);
  RelayRequest in_place = request;
  in_place.data = ByteView(room).subspan(kRelayFrontRoom, request.data.size());
  const auto wire = encode_relay_frame(in_place, sequence, room);
  EXPECT_TRUE(wire);
  if (!wire) return {};
  Bytes buffer(frame_buffer_size(kMaxRelayRequestHead + kMaxRelayData));
  FrameDecoder decoder(buffer);
  for (uint8_t byte : *wire) {
    const auto frame = decoder.push(byte);
    EXPECT_TRUE(frame) << base::error_name(frame.error());
    if (!frame) return {};
    if (!*frame) continue;
    EXPECT_EQ((*frame)->type, static_cast<uint8_t>(FrameType::kRelay));
    EXPECT_EQ((*frame)->sequence, sequence);
    return to_vector((*frame)->payload);
  }
  ADD_FAILURE() << "no frame in " << request.data.size() << " bytes";
  return {};
}

// Every size, with data that make COBS open a block at each byte, and the longest blocks.
TEST(Relay, AFrameBuiltInPlaceIsTheOneBuiltApart) {
  for (size_t size = 0; size <= kMaxRelayData; ++size) {
    for (const int kind : {0, 1, 2}) {
      const Bytes data = pattern(size, kind);
      const RelayRequest request{.operation = RelayOperation::kTransfer, .number = 512, .limit_ms = 500, .data = data};
      Bytes apart(kMaxRelayRequestHead + size);
      const auto encoded = encode(request, apart);
      ASSERT_TRUE(encoded);
      ASSERT_EQ(decoded_payload(request, static_cast<uint16_t>(size)), to_vector(*encoded)) << size << ' ' << kind;
    }
  }
}

TEST(Relay, TheLongestHeadHasRoom) {
  const Bytes data = pattern(kMaxRelayText, 2);
  const RelayRequest request{.operation = RelayOperation::kLog,
                             .number = UINT64_MAX,
                             .limit_ms = UINT32_MAX,
                             .event = 255,
                             .error = 65535,
                             .data = data};
  const Bytes payload = decoded_payload(request, 1);
  EXPECT_EQ(payload.size() - data.size(), kMaxRelayRequestHead);
  RelayRequest again;
  ASSERT_TRUE(decode(payload, again));
  EXPECT_EQ(again.number, UINT64_MAX);
  EXPECT_EQ(again.limit_ms, UINT32_MAX);
  EXPECT_EQ(again.event, 255);
  EXPECT_EQ(again.error, 65535);
  EXPECT_TRUE(base::equal(again.data, data));
  Bytes small(relay_request_room(data.size()) - 1);
  EXPECT_EQ(encode_relay_frame(request, 1, small).error(), ErrorCode::kBufferTooSmall);
}

ErrorCode decode_error(const RelayRequest& request) {
  Bytes out(4096);
  const auto encoded = encode(request, out);
  EXPECT_TRUE(encoded);
  RelayRequest decoded;
  const auto status = decode(*encoded, decoded);
  return status ? ErrorCode::kOk : status.error();
}

TEST(Relay, BoundsOfARequest) {
  const auto with = [](RelayOperation operation, uint64_t number, const Bytes& data) {
    return decode_error({.operation = operation, .number = number, .data = data});
  };
  using enum RelayOperation;
  EXPECT_EQ(with(kOpen, 443, Bytes(kMaxRelayHost, 'a')), ErrorCode::kOk);
  EXPECT_EQ(with(kOpen, 443, Bytes(kMaxRelayHost + 1, 'a')), ErrorCode::kCborFieldType);
  EXPECT_EQ(with(kOpen, 443, {}), ErrorCode::kCborFieldType);
  EXPECT_EQ(with(kOpen, 0, {'a'}), ErrorCode::kCborFieldType);
  EXPECT_EQ(with(kOpen, 65536, {'a'}), ErrorCode::kCborFieldType);
  EXPECT_EQ(with(kTransfer, kMaxRelayData, Bytes(kMaxRelayData)), ErrorCode::kOk);
  EXPECT_EQ(with(kTransfer, kMaxRelayData + 1, {}), ErrorCode::kCborFieldType);
  EXPECT_EQ(with(kTransfer, 0, Bytes(kMaxRelayData + 1)), ErrorCode::kCborFieldType);
  EXPECT_EQ(with(kClose, 0, {}), ErrorCode::kOk);
  EXPECT_EQ(with(kLog, 1, Bytes(kMaxRelayText)), ErrorCode::kOk);
  EXPECT_EQ(with(kLog, 1, Bytes(kMaxRelayText + 1)), ErrorCode::kCborFieldType);
  EXPECT_EQ(with(static_cast<RelayOperation>(0), 1, {}), ErrorCode::kUnsupported);
  EXPECT_EQ(with(static_cast<RelayOperation>(5), 1, {}), ErrorCode::kUnsupported);
}

TEST(Relay, ReplyIsCheckedWhole) {
  Bytes out(2048);
  const Bytes data = pattern(kMaxRelayData, 2);
  const auto encoded = encode(RelayReply{.status = 65535, .data = data}, out);
  ASSERT_TRUE(encoded);
  EXPECT_EQ(encoded->size(), kMaxRelayReplyHead + kMaxRelayData);
  RelayReply reply;
  ASSERT_TRUE(decode(*encoded, reply));
  EXPECT_EQ(reply.status, 65535);
  EXPECT_TRUE(base::equal(reply.data, data));
  for (size_t size = 0; size < encoded->size(); ++size) EXPECT_FALSE(decode(encoded->first(size), reply));

  EXPECT_EQ(decode(hex("a10100"), reply).error(), ErrorCode::kCborMissingField);
  EXPECT_EQ(decode(hex("a2010002f6"), reply).error(), ErrorCode::kCborFieldType);
  EXPECT_EQ(decode(hex("a201200240"), reply).error(), ErrorCode::kCborFieldType);
  EXPECT_TRUE(decode(hex("a30100024003f5"), reply));  // a field of a newer host
}

// As written by hand from relay.cddl.
TEST(Relay, Vectors) {
  const auto encoded = [](const RelayRequest& request) {
    Bytes out(256);
    const auto bytes = encode(request, out);
    return bytes ? to_vector(*bytes) : Bytes();
  };
  const Bytes host = {'l', 'o', 'c', 'a', 'l', 'h', 'o', 's', 't'};
  EXPECT_EQ(encoded({.operation = RelayOperation::kOpen, .number = 8443, .limit_ms = 30000, .data = host}),
            hex("a401010219"
                "20fb"
                "03197530"
                "0649"
                "6c6f63616c686f7374"));
  const Bytes data = {1, 2, 3};
  EXPECT_EQ(encoded({.operation = RelayOperation::kTransfer, .number = 512, .limit_ms = 500, .data = data}),
            hex("a40102021902000319"
                "01f4"
                "0643010203"));
  EXPECT_EQ(encoded({.operation = RelayOperation::kClose}), hex("a4010302000300"
                                                                "0640"));
  const Bytes text = {'n', 'o'};
  EXPECT_EQ(encoded({.operation = RelayOperation::kLog, .number = 7, .event = 5, .error = 0x0506, .data = text}),
            hex("a6010402070300"
                "0405"
                "05190506"
                "06426e6f"));
  Bytes out(64);
  EXPECT_EQ(to_vector(*encode(RelayReply{.status = 0x0114}, out)), hex("a20119"
                                                                       "0114"
                                                                       "0240"));
}

TEST(RelayReplyStore, RepeatsTheLastReplyAndNoOther) {
  RelayReplyStore store;
  const Bytes first = {0xA1, 1}, second = {0xA1, 2};
  const auto frame = [](uint16_t sequence, const Bytes& payload) {
    return Frame{static_cast<uint8_t>(FrameType::kRelay), sequence, payload};
  };
  EXPECT_TRUE(store.repeated(frame(0, {})).empty());
  const auto wire = store.store(frame(7, first), {.status = 0, .data = second});
  ASSERT_TRUE(wire);
  EXPECT_EQ(to_vector(store.repeated(frame(7, first))), to_vector(*wire));
  EXPECT_TRUE(store.repeated(frame(8, first)).empty());
  EXPECT_TRUE(store.repeated(frame(7, second)).empty());  // another life of the device, by chance at the same number
  ASSERT_TRUE(store.store(frame(8, second), {.status = 1}));
  EXPECT_TRUE(store.repeated(frame(7, first)).empty());
  EXPECT_FALSE(store.repeated(frame(8, second)).empty());

  const Bytes longest(kMaxRelayData, 0x55);
  EXPECT_TRUE(store.store(frame(9, first), {.status = 0xFFFF, .data = longest}));
  const Bytes too_long(kMaxRelayData + 1, 0x55);
  EXPECT_FALSE(store.store(frame(10, first), {.status = 0xFFFF, .data = too_long}));
  EXPECT_TRUE(store.repeated(frame(10, first)).empty());
}

}  // namespace
}  // namespace protocol
