// The little of HTTP/1.1 (RFC 9112) that the check-in needs: a request in one piece, a response with a
// Content-Length. No chunked coding, no redirects, no folding; whatever is not understood is an error.
#pragma once

#include <string_view>

#include "base/bytes.h"

namespace client {

struct HttpRequest {
  std::string_view method;  // "GET", "POST"
  std::string_view path;    // "/v1/challenge"
  std::string_view host;    // as in the URI, an IPv6 literal without brackets
  uint16_t port = 443;
  std::string_view content_type;  // empty: no body
  base::ByteView body;
};

// The bytes to send; the host name goes in brackets where it is an IPv6 literal. kBufferTooSmall.
[[nodiscard]] base::Result<base::ByteView> write_request(const HttpRequest& request, base::MutableBytes out);

// Takes a response in pieces of any size. Bounds: a line has at most kMaxLine characters, all header lines
// together kMaxHeader, the body kMaxBody bytes.
class HttpResponse {
 public:
  static constexpr size_t kMaxLine = 512;
  static constexpr size_t kMaxHeader = 4096;
  static constexpr size_t kMaxBody = 256;

  // Consumes up to the end of the response and returns how many bytes were taken. kHttp: not what the
  // comment above allows; every later call fails too.
  [[nodiscard]] base::Result<size_t> push(base::ByteView bytes);

  [[nodiscard]] bool complete() const { return stage_ == Stage::kComplete; }
  // Of a complete response.
  [[nodiscard]] uint16_t status() const { return status_; }
  [[nodiscard]] base::ByteView body() const { return {body_.data(), body_size_}; }
  // The server takes another request on this connection.
  [[nodiscard]] bool keep_alive() const { return keep_alive_; }
  // Value of Content-Type in lower case without parameters; empty: absent or too long to be one of ours.
  [[nodiscard]] std::string_view content_type() const { return {content_type_.data(), content_type_size_}; }

 private:
  enum class Stage : uint8_t { kStatusLine, kHeader, kBody, kComplete, kFailed };

  bool push_byte(uint8_t byte);
  bool end_line();
  bool status_line(std::string_view line);
  bool header_line(std::string_view line);
  bool end_header();

  std::array<char, kMaxLine> line_{};
  std::array<uint8_t, kMaxBody> body_{};
  std::array<char, 48> content_type_{};
  size_t line_size_ = 0;
  size_t header_size_ = 0;
  size_t body_size_ = 0;
  size_t content_length_ = 0;
  size_t content_type_size_ = 0;
  uint16_t status_ = 0;
  Stage stage_ = Stage::kStatusLine;
  bool after_cr_ = false;
  bool has_length_ = false;
  bool keep_alive_ = true;
};

}  // namespace client
