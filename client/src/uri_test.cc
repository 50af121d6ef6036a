#include "client/src/uri.h"

#include <gtest/gtest.h>

#include <string>

namespace client {
namespace {

using base::ErrorCode;

void expect_server(std::string_view uri, std::string_view host, uint16_t port, size_t address_size) {
  const auto parsed = parse_uri(uri);
  ASSERT_TRUE(parsed) << uri << ": " << base::error_name(parsed.error());
  EXPECT_EQ(parsed->host, host) << uri;
  EXPECT_EQ(parsed->port, port) << uri;
  EXPECT_EQ(parsed->address ? parsed->address->size : 0, address_size) << uri;
}

void expect_error(std::string_view uri, ErrorCode code) {
  const auto parsed = parse_uri(uri);
  ASSERT_FALSE(parsed) << uri;
  EXPECT_EQ(base::error_name(parsed.error()), base::error_name(code)) << uri;
}

TEST(Uri, TakesHttpsWithNameAddressAndPort) {
  expect_server("https://example.com", "example.com", 443, 0);
  expect_server("https://example.com/", "example.com", 443, 0);
  expect_server("HTTPS://check-in.example.com:8443", "check-in.example.com", 8443, 0);
  expect_server("https://127.0.0.1:1", "127.0.0.1", 1, 4);
  expect_server("https://[::1]:65535/", "::1", 65535, 16);
  expect_server("https://[2001:db8::7]", "2001:db8::7", 443, 16);
  expect_server("https://1and1.example", "1and1.example", 443, 0);
}

TEST(Uri, RefusesWhatIsNotTls) {
  for (const char* uri :
       {"http://example.com", "coap://example.com:5683", "HTTP://example.com", "coap+tcp://a", "ws://example.com",
        "mqtt://example.com", "example.com:443", "example.com", "//example.com"}) {
    expect_error(uri, ErrorCode::kUriNotTls);
  }
}

TEST(Uri, NamesSecureSchemesItDoesNotSpeak) {
  for (const char* uri : {"coaps://example.com:5684", "coaps+tcp://example.com", "wss://example.com",
                          "mqtts://example.com", "gopher://example.com"}) {
    expect_error(uri, ErrorCode::kUnsupported);
  }
}

TEST(Uri, RefusesMalformedOnes) {
  for (const char* uri : {"",
                          "https://",
                          "https:///",
                          "https://:443",
                          "https://host:",
                          "https://host:0",
                          "https://host:65536",
                          "https://host:44x",
                          "https://host:-1",
                          "https://host:000443",
                          "https://user@host",
                          "https://user:pw@host",
                          "https://host/path",
                          "https://host?q",
                          "https://host#f",
                          "https://ho st",
                          "https://host.",
                          "https://.host",
                          "https://a..b",
                          "https://-a.example",
                          "https://a-.example",
                          "https://a_b",
                          "https://[::1",
                          "https://::1",
                          "https://[]",
                          "https://[::1]443",
                          "https://[127.0.0.1]",
                          "https://[::1%25lo]",
                          "https://256.1.1.1",
                          "https://1.2.3",
                          "https://01.2.3.4",
                          "https://1.2.3.4.5",
                          "1https://host",
                          "https ://host",
                          "https://host\r\n"}) {
    expect_error(uri, ErrorCode::kUriMalformed);
  }
  expect_error(std::string_view("https://host\0.example", 21), ErrorCode::kUriMalformed);
}

TEST(Uri, BoundsLengths) {
  const std::string label(63, 'a');
  expect_server("https://" + label, label, 443, 0);
  expect_error("https://" + label + "a", ErrorCode::kUriMalformed);
  const std::string longest = label + "." + label + "." + label + "." + std::string(61, 'b');
  ASSERT_EQ(longest.size(), kMaxHostSize);
  expect_server("https://" + longest + ":8443", longest, 8443, 0);
  expect_error("https://" + longest + "b", ErrorCode::kUriMalformed);
  expect_error("https://host/" + std::string(kMaxUriSize, '/'), ErrorCode::kUriMalformed);
}

TEST(IpAddress, ReadsWhatRfc4291Shows) {
  struct Case {
    const char* text;
    base::ByteArray<16> bytes;
    size_t size;
  };
  const Case cases[] = {
      {"192.0.2.33", {192, 0, 2, 33}, 4},
      {"0.0.0.0", {}, 4},
      {"255.255.255.255", {255, 255, 255, 255}, 4},
      {"::", {}, 16},
      {"::1", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 16},
      {"1::", {0, 1}, 16},
      {"2001:DB8::8:800:200C:417A", {0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 8, 8, 0, 0x20, 0x0C, 0x41, 0x7A}, 16},
      {"1:2:3:4:5:6:7:8", {0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8}, 16},
      {"1:2:3:4:5:6:7::", {0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7}, 16},
      {"::ffff:129.144.52.38", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 129, 144, 52, 38}, 16},
  };
  for (const Case& c : cases) {
    const auto address = parse_ip_address(c.text);
    ASSERT_TRUE(address) << c.text;
    EXPECT_EQ(address->size, c.size) << c.text;
    EXPECT_EQ(address->bytes, c.bytes) << c.text;
  }
}

TEST(IpAddress, RefusesEverythingElse) {
  for (const char* text :
       {"",         ":",      ":::",    "1:2",    "1:2:3:4:5:6:7",     "1:2:3:4:5:6:7:8:9", "1::2::3",   "12345::",
        "g::",      "1:",     ":1",     "::1:",   "1:2:3:4:5:6:7:8::", "::1.2.3",           "1.2.3.4::", "::1.2.3.4:5",
        "1.2.3.4 ", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.256",         "1.2.3.0004",        "fe80::1%lo"}) {
    EXPECT_FALSE(parse_ip_address(text)) << text;
  }
}

}  // namespace
}  // namespace client
