// The exit codes of factory-tool, and the only place that says which error leads to which.
#pragma once

#include "base/result.h"

namespace factory {

enum class ExitCode : int {
  kDone = 0,
  kUnitFailed = 1,     // this unit: it is damaged, of the wrong kind, or not what the registry says
  kUsage = 2,          // command line, profile, home or station: fix it and run again
  kDeviceRefused = 3,  // the device answered, and said no
  kLinkFailed = 4,     // no answer, or the port
  kRegistry = 5,
  kSigner = 6,
  kDeclined = 7,  // the operator did not confirm
};

[[nodiscard]] ExitCode exit_code_of(base::ErrorCode code);

}  // namespace factory
