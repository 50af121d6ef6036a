// What to do about a refusal, for the operator.
#pragma once

#include <string>

#include "base/host/failure.h"

namespace factory {

// One or two sentences; for a code without its own advice, what is always right.
[[nodiscard]] std::string advice_for(base::ErrorCode code);

// The failure for an error number that a device sent. A number this build does not know becomes kDeviceRefused.
[[nodiscard]] base::Failure device_failure(uint16_t error, const std::string& step, const std::string& where);

}  // namespace factory
