#include "cert-templates/src/time_text.h"

#include <chrono>

#include "cert-templates/src/der_writer.h"

namespace cert {
namespace {

using base::ErrorCode;
using base::fail;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr int64_t kDay = 86400;
constexpr int64_t kEarliest = -631152000;  // 1950-01-01, the first UTCTime
constexpr int64_t kLatest = 253402300799;  // 9999-12-31T23:59:59

int64_t floor_days(int64_t when) { return (when >= 0 ? when : when - (kDay - 1)) / kDay; }

struct Civil {
  int year, month, day, hour, minute, second;
};

Civil to_civil(int64_t when) {
  const int64_t days = floor_days(when);
  const int seconds = static_cast<int>(when - days * kDay);
  const year_month_day date{sys_days(std::chrono::days(days))};
  return {static_cast<int>(date.year()),
          static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          seconds / 3600,
          seconds / 60 % 60,
          seconds % 60};
}

std::string digits(int value, int width) {
  std::string text = std::to_string(value);
  return std::string(static_cast<size_t>(width) > text.size() ? static_cast<size_t>(width) - text.size() : 0, '0') +
         text;
}

}  // namespace

base::Result<base::Bytes> encode_time(int64_t when) {
  if (when == kNoExpiry) return der::tlv(der::kGeneralizedTime, kNoExpiryText);
  if (when < kEarliest || when > kLatest) return fail(ErrorCode::kInvalidArgument);
  const Civil c = to_civil(when);
  const std::string rest =
      digits(c.month, 2) + digits(c.day, 2) + digits(c.hour, 2) + digits(c.minute, 2) + digits(c.second, 2) + "Z";
  if (c.year < 2050) return der::tlv(der::kUtcTime, digits(c.year % 100, 2) + rest);
  return der::tlv(der::kGeneralizedTime, digits(c.year, 4) + rest);
}

base::Result<int64_t> decode_time(uint8_t tag, base::ByteView content) {
  const size_t year_digits = tag == der::kUtcTime ? 2 : 4;
  if ((tag != der::kUtcTime && tag != der::kGeneralizedTime) || content.size() != year_digits + 11 ||
      content.back() != 'Z') {
    return fail(ErrorCode::kMalformed);
  }
  for (uint8_t c : content.first(content.size() - 1)) {
    if (c < '0' || c > '9') return fail(ErrorCode::kMalformed);
  }
  auto number = [&](size_t at, size_t width) {
    int value = 0;
    for (size_t i = 0; i < width; ++i) value = value * 10 + (content[at + i] - '0');
    return value;
  };
  int year = number(0, year_digits);
  if (tag == der::kUtcTime) year += year >= 50 ? 1900 : 2000;
  const size_t at = year_digits;
  const int month = number(at, 2), day = number(at + 2, 2), hour = number(at + 4, 2), minute = number(at + 6, 2),
            second = number(at + 8, 2);
  const year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return fail(ErrorCode::kMalformed);
  if (base::as_text(content) == kNoExpiryText) return kNoExpiry;
  return sys_days(date).time_since_epoch().count() * kDay + hour * 3600 + minute * 60 + second;
}

std::string time_text(int64_t when) {
  if (when == kNoExpiry) return "no expiry";
  if (when < kEarliest || when > kLatest) return std::to_string(when) + " s";
  const Civil c = to_civil(when);
  return digits(c.year, 4) + "-" + digits(c.month, 2) + "-" + digits(c.day, 2) + "T" + digits(c.hour, 2) + ":" +
         digits(c.minute, 2) + ":" + digits(c.second, 2) + "Z";
}

int64_t add_years(int64_t when, int years) {
  const int64_t days = floor_days(when);
  const year_month_day date{sys_days(std::chrono::days(days))};
  year_month_day later = date + std::chrono::years(years);
  if (!later.ok()) later = later.year() / later.month() / std::chrono::last;
  return sys_days(later).time_since_epoch().count() * kDay + (when - days * kDay);
}

}  // namespace cert
