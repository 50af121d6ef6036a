#include "client/src/http.h"

namespace client {
namespace {

using base::ErrorCode;
using base::fail;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view text, std::string_view lower_case) {
  if (text.size() != lower_case.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (lower(text[i]) != lower_case[i]) return false;
  }
  return true;
}

// RFC 9110 section 5.6.2.
bool is_token(std::string_view text) {
  constexpr std::string_view kPunctuation = "!#$%&'*+-.^_`|~";
  if (text.empty()) return false;
  for (const char c : text) {
    const bool alnum = (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9');
    if (!alnum && kPunctuation.find(c) == std::string_view::npos) return false;
  }
  return true;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// True where the comma-separated `list` names `option`.
bool lists(std::string_view list, std::string_view option) {
  while (true) {
    const size_t comma = list.find(',');
    if (same_name(trim(list.substr(0, comma)), option)) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

void write_decimal(base::ByteWriter& out, size_t value) {
  std::array<uint8_t, 20> digits{};
  size_t start = digits.size();
  do {
    digits[--start] = static_cast<uint8_t>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  out.bytes(base::ByteView(digits).subspan(start));
}

}  // namespace

base::Result<base::ByteView> write_request(const HttpRequest& request, base::MutableBytes out) {
  base::ByteWriter writer(out);
  const auto text = [&writer](std::string_view part) { writer.bytes(base::as_bytes(part)); };
  const bool brackets = request.host.find(':') != std::string_view::npos;
  text(request.method);
  text(" ");
  text(request.path);
  text(" HTTP/1.1\r\nHost: ");
  text(brackets ? "[" : "");
  text(request.host);
  text(brackets ? "]:" : ":");
  write_decimal(writer, request.port);
  text("\r\nUser-Agent: first-boot-client\r\nAccept: application/cbor\r\n");
  if (!request.content_type.empty()) {
    text("Content-Type: ");
    text(request.content_type);
    text("\r\nContent-Length: ");
    write_decimal(writer, request.body.size());
    text("\r\n");
  }
  text("\r\n");
  writer.bytes(request.body);
  return writer.finish();
}

base::Result<size_t> HttpResponse::push(base::ByteView bytes) {
  size_t taken = 0;
  while (taken < bytes.size() && stage_ != Stage::kComplete && stage_ != Stage::kFailed) {
    if (!push_byte(bytes[taken++])) stage_ = Stage::kFailed;
  }
  if (stage_ == Stage::kFailed) return fail(ErrorCode::kHttp);
  return taken;
}

bool HttpResponse::push_byte(uint8_t byte) {
  if (stage_ == Stage::kBody) {
    body_[body_size_++] = byte;  // end_header() has checked that the length fits
    if (body_size_ == content_length_) stage_ = Stage::kComplete;
    return true;
  }
  if (++header_size_ > kMaxHeader) return false;
  if (after_cr_) {
    after_cr_ = false;
    return byte == '\n' && end_line();
  }
  if (byte == '\r') {
    after_cr_ = true;
    return true;
  }
  const bool printable = byte == '\t' || (byte >= 0x20 && byte != 0x7F);
  if (!printable || line_size_ == kMaxLine) return false;
  line_[line_size_++] = static_cast<char>(byte);
  return true;
}

bool HttpResponse::end_line() {
  const std::string_view line(line_.data(), line_size_);
  line_size_ = 0;
  if (stage_ == Stage::kStatusLine) return status_line(line);
  return line.empty() ? end_header() : header_line(line);
}

bool HttpResponse::status_line(std::string_view line) {
  if (!line.starts_with("HTTP/1.")) return false;
  if (line.size() < 12 || (line[7] != '0' && line[7] != '1') || line[8] != ' ') return false;
  keep_alive_ = line[7] == '1';
  status_ = 0;
  for (size_t i = 9; i < 12; ++i) {
    if (line[i] < '0' || line[i] > '9') return false;
    status_ = static_cast<uint16_t>(status_ * 10 + (line[i] - '0'));
  }
  if (line.size() > 12 && line[12] != ' ') return false;
  stage_ = Stage::kHeader;
  return status_ >= 200 && status_ <= 599;  // we ask for no interim response (1xx)
}

bool HttpResponse::header_line(std::string_view line) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim(line.substr(colon + 1));
  if (!is_token(name)) return false;  // a folded line starts with a space: refused here
  if (same_name(name, "transfer-encoding")) return false;
  if (same_name(name, "connection")) {
    if (lists(value, "close")) keep_alive_ = false;
    return true;
  }
  if (same_name(name, "content-type")) {
    const std::string_view type = trim(value.substr(0, value.find(';')));
    content_type_size_ = 0;
    if (type.size() > content_type_.size()) return true;
    for (const char c : type) content_type_[content_type_size_++] = lower(c);
    return true;
  }
  if (!same_name(name, "content-length")) return true;
  if (value.empty() || value.size() > 6 || has_length_) return false;  // twice: a smuggling attempt
  size_t length = 0;
  for (const char c : value) {
    if (c < '0' || c > '9') return false;
    length = length * 10 + static_cast<size_t>(c - '0');
  }
  content_length_ = length;
  has_length_ = true;
  return true;
}

bool HttpResponse::end_header() {
  const bool bodiless = status_ == 204 || status_ == 304;
  if (bodiless) content_length_ = 0;
  if (!bodiless && !has_length_) return false;
  if (content_length_ > kMaxBody) return false;
  stage_ = content_length_ == 0 ? Stage::kComplete : Stage::kBody;
  return true;
}

}  // namespace client
