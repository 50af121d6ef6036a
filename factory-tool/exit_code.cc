#include "factory-tool/exit_code.h"

namespace factory {
namespace {

using base::ErrorCode;

// Errors of the protocol's range are the link's fault, but for what the two ends disagree about.
ExitCode protocol_exit(ErrorCode code) {
  switch (code) {
    case ErrorCode::kHandshakeFailed:
    case ErrorCode::kUnknownStation:
    case ErrorCode::kNoBatch:
    case ErrorCode::kNoCommonVersion:
      return ExitCode::kDeviceRefused;
    case ErrorCode::kSignatureInvalid:
      return ExitCode::kUnitFailed;
    default:
      return ExitCode::kLinkFailed;
  }
}

// The seed source and its health tests run on the host; everything else here is a device's answer.
ExitCode entropy_exit(ErrorCode code) {
  switch (code) {
    case ErrorCode::kHealthRepetition:
    case ErrorCode::kHealthProportion:
    case ErrorCode::kSeedSource:
    case ErrorCode::kSeedRepeated:
      return ExitCode::kUsage;
    default:
      return ExitCode::kDeviceRefused;
  }
}

ExitCode certificate_exit(ErrorCode code) {
  switch (code) {
    case ErrorCode::kProfileSyntax:
    case ErrorCode::kProfileField:
    case ErrorCode::kItemRule:
    case ErrorCode::kCaUnfit:
      return ExitCode::kUsage;
    case ErrorCode::kCsrInvalid:
      return ExitCode::kUnitFailed;
    default:
      return ExitCode::kSigner;
  }
}

ExitCode tool_exit(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
    case ErrorCode::kConfiguration:
    case ErrorCode::kHomeMissing:
      return ExitCode::kUsage;
    case ErrorCode::kPortMissing:
    case ErrorCode::kPortBusy:
    case ErrorCode::kLinkLost:
    case ErrorCode::kNoAnswer:
      return ExitCode::kLinkFailed;
    case ErrorCode::kDeviceRefused:
      return ExitCode::kDeviceRefused;
    case ErrorCode::kDeclined:
      return ExitCode::kDeclined;
    default:
      return ExitCode::kUnitFailed;
  }
}

ExitCode base_exit(ErrorCode code) {
  switch (code) {
    case ErrorCode::kOk:
      return ExitCode::kDone;
    case ErrorCode::kTimeout:
      return ExitCode::kLinkFailed;
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kMalformed:
    case ErrorCode::kUnsupported:
    case ErrorCode::kIo:
      return ExitCode::kUsage;
    default:
      return ExitCode::kUnitFailed;
  }
}

// Of the client's the tool itself finds a wrong URI, and as a relay a service that it cannot reach.
ExitCode client_exit(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUriNotTls:
    case ErrorCode::kUriMalformed:
      return ExitCode::kUsage;
    case ErrorCode::kNameResolution:
    case ErrorCode::kConnect:
      return ExitCode::kLinkFailed;
    default:
      return ExitCode::kUnitFailed;
  }
}

}  // namespace

ExitCode exit_code_of(ErrorCode code) {
  switch (static_cast<uint16_t>(code) >> 8) {
    case 0x00:
      return base_exit(code);
    case 0x01:
      return protocol_exit(code);
    case 0x02:  // root of trust: only a device has one
    case 0x04:  // agent
      return ExitCode::kDeviceRefused;
    case 0x03:
      return entropy_exit(code);
    case 0x05:
      return client_exit(code);
    case 0x06:
      return certificate_exit(code);
    case 0x07:
      return ExitCode::kRegistry;
    case 0x08:
      return tool_exit(code);
    default:
      return ExitCode::kUnitFailed;
  }
}

}  // namespace factory
