// Times of X.509 as seconds since 1970, without the platform's calendar.
#pragma once

#include <mbedtls/x509.h>

#include <cstdint>

namespace client {

// Days of the proleptic Gregorian calendar; 0 for a time before 1970.
[[nodiscard]] inline uint64_t seconds_of(const mbedtls_x509_time& time) {
  if (time.year < 1970) return 0;
  // Years are counted from March, so that the leap day is the last day of a year.
  // 32 bits hold the days of the years up to 9999; a chip divides 64 bits by a function of 700 bytes.
  const uint32_t year = static_cast<uint32_t>(time.year) - (time.mon <= 2 ? 1 : 0);
  const uint32_t month = static_cast<uint32_t>(time.mon <= 2 ? time.mon + 9 : time.mon - 3);
  const uint32_t day_of_year = (153 * month + 2) / 5 + static_cast<uint32_t>(time.day) - 1;
  const uint32_t days = year * 365 + year / 4 - year / 100 + year / 400 + day_of_year;
  constexpr uint32_t kDaysBefore1970 = 719468;  // from 1 March of year 0
  return uint64_t{days - kDaysBefore1970} * 86400 + static_cast<uint64_t>(time.hour) * 3600 +
         static_cast<uint64_t>(time.min) * 60 + static_cast<uint64_t>(time.sec);
}

}  // namespace client
