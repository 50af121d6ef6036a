// Exit codes of the program; documented in first-boot-client --help.
#pragma once

#include "base/result.h"

namespace client {

enum class ExitCode : int {
  kDone = 0,       // activated now or before
  kRefused = 1,    // the service refused the unit
  kUsage = 2,      // command line or configuration
  kUnfit = 3,      // the unit itself: not provisioned, store, seed, items; trying again does not help
  kNoService = 4,  // the service was not reached, not trusted or not understood
  kBusy = 5,       // another program uses the unit's storage
};

[[nodiscard]] inline ExitCode exit_code_of(base::ErrorCode code) {
  using enum base::ErrorCode;
  switch (code) {
    case kOk:
    case kAlreadyActivated:
      return ExitCode::kDone;
    case kRefusedByServer:
    case kClone:
      return ExitCode::kRefused;
    case kUsage:
    case kConfiguration:
      return ExitCode::kUsage;
    case kNameResolution:
    case kConnect:
    case kTlsHandshake:
    case kServerCertificate:
    case kHttp:
    case kTimeout:
    case kIo:
    case kCborMalformed:
    case kCborNotDeterministic:
    case kCborMissingField:
    case kCborFieldType:
      return ExitCode::kNoService;
    default:
      return ExitCode::kUnfit;
  }
}

}  // namespace client
