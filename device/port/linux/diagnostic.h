// What went wrong while a Linux program starts, for people; no heap.
#pragma once

#include <cstdarg>
#include <cstdio>

#include "base/result.h"

namespace device {

struct Diagnostic {
  char text[256] = "";  // "FILE:LINE: what, and what to do"

  // Sets the text (cut where it is too long) and returns `code` as a failure.
  [[gnu::format(printf, 3, 4)]] std::unexpected<base::ErrorCode> fail(base::ErrorCode code, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return base::fail(code);
  }
};

}  // namespace device
