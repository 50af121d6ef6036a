#include "client/src/http.h"

#include <gtest/gtest.h>

#include <string>

namespace client {
namespace {

using base::ErrorCode;

// Feeds `text` in pieces of `piece` bytes; how many were taken, or the error.
base::Result<size_t> feed(HttpResponse& response, std::string_view text, size_t piece) {
  size_t total = 0;
  while (!text.empty() && !response.complete()) {
    const std::string_view part = text.substr(0, piece);
    BASE_ASSIGN(const size_t taken, response.push(base::as_bytes(part)));
    total += taken;
    text.remove_prefix(taken);
  }
  return total;
}

constexpr std::string_view kGood =
    "HTTP/1.1 200 OK\r\nContent-Type: Application/CBOR; a=b\r\ncontent-length: 5\r\nX-Other: :;\t\xE4\r\n\r\nhello";

TEST(HttpRequest, IsWrittenInOnePiece) {
  std::array<uint8_t, 512> buffer{};
  const auto get = write_request({.method = "GET", .path = "/v1/challenge", .host = "::1", .port = 8443}, buffer);
  ASSERT_TRUE(get);
  EXPECT_EQ(base::as_text(*get),
            "GET /v1/challenge HTTP/1.1\r\nHost: [::1]:8443\r\nUser-Agent: first-boot-client\r\n"
            "Accept: application/cbor\r\n\r\n");
  const auto post = write_request({.method = "POST",
                                   .path = "/p",
                                   .host = "a.example",
                                   .content_type = "application/cbor",
                                   .body = base::as_bytes("0123456789")},
                                  buffer);
  ASSERT_TRUE(post);
  EXPECT_EQ(base::as_text(*post),
            "POST /p HTTP/1.1\r\nHost: a.example:443\r\nUser-Agent: first-boot-client\r\nAccept: application/cbor\r\n"
            "Content-Type: application/cbor\r\nContent-Length: 10\r\n\r\n0123456789");
  std::array<uint8_t, 60> small{};
  EXPECT_EQ(write_request({.method = "GET", .path = "/", .host = "a.example"}, small).error(),
            ErrorCode::kBufferTooSmall);
}

TEST(HttpResponse, IsTakenInPiecesOfAnySize) {
  for (size_t piece = 1; piece <= kGood.size(); ++piece) {
    HttpResponse response;
    const auto taken = feed(response, kGood, piece);
    ASSERT_TRUE(taken) << piece;
    EXPECT_EQ(*taken, kGood.size());
    ASSERT_TRUE(response.complete());
    EXPECT_EQ(response.status(), 200);
    EXPECT_EQ(base::as_text(response.body()), "hello");
    EXPECT_EQ(response.content_type(), "application/cbor");
    EXPECT_TRUE(response.keep_alive());
  }
}

TEST(HttpResponse, StopsAtItsEnd) {
  HttpResponse response;
  const std::string two = std::string(kGood) + "HTTP/1.1";
  const auto taken = response.push(base::as_bytes(two));
  ASSERT_TRUE(taken);
  EXPECT_EQ(*taken, kGood.size());
}

TEST(HttpResponse, KnowsWhenTheConnectionEnds) {
  for (const auto& [text, keep] : {std::pair("HTTP/1.1 204 \r\n\r\n", true),
                                   {"HTTP/1.0 204 No\r\n\r\n", false},
                                   {"HTTP/1.1 204 No\r\nConnection: x, Close\r\n\r\n", false}}) {
    HttpResponse response;
    ASSERT_TRUE(feed(response, text, 7)) << text;
    ASSERT_TRUE(response.complete()) << text;
    EXPECT_EQ(response.keep_alive(), keep) << text;
  }
}

TEST(HttpResponse, IsNotCompleteBeforeItsLastByte) {
  for (size_t size = 0; size < kGood.size(); ++size) {
    HttpResponse response;
    ASSERT_TRUE(feed(response, kGood.substr(0, size), 16));
    EXPECT_FALSE(response.complete()) << size;
  }
}

TEST(HttpResponse, RefusesWhatItDoesNotUnderstand) {
  const std::string cases[] = {
      "HTTP/2 200 OK\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n",
      "ICY 200 OK\r\n\r\n",
      "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 20x OK\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 100 Continue\r\n\r\n",
      "HTTP/1.1 600 x\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
      "HTTP/1.1 200 OK\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
      "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx",
      "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1025\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx",
      "HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\nx",
      "HTTP/1.1 200 OK\r\nX: y\r\n folded\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
      "HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n",
      std::string("HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n", 27),
      "HTTP/1.1 200 OK\r\nX: " + std::string(HttpResponse::kMaxLine, 'a') + "\r\n\r\n",
  };
  for (const std::string& text : cases) {
    HttpResponse response;
    const auto taken = feed(response, text, 1000);
    ASSERT_FALSE(taken) << text;
    EXPECT_EQ(taken.error(), ErrorCode::kHttp) << text;
    EXPECT_FALSE(response.complete()) << text;
    EXPECT_FALSE(response.push(base::as_bytes("x"))) << text;
  }
}

TEST(HttpResponse, BoundsTheHeader) {
  std::string text = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 20; ++i) text += "X: " + std::string(300, 'a') + "\r\n";
  HttpResponse response;
  EXPECT_FALSE(feed(response, text, 100));
}

TEST(HttpResponse, TakesTheLargestBody) {
  HttpResponse response;
  const std::string body(HttpResponse::kMaxBody, 'b');
  ASSERT_TRUE(feed(response,
                   "HTTP/1.1 403 x\r\nContent-Length: " + std::to_string(HttpResponse::kMaxBody) + "\r\n\r\n" + body,
                   100));
  ASSERT_TRUE(response.complete());
  EXPECT_EQ(base::as_text(response.body()), body);
}

}  // namespace
}  // namespace client
