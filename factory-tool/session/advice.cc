#include "factory-tool/session/advice.h"

#include <cstdio>

namespace factory {

using base::ErrorCode;

std::string advice_for(ErrorCode code) {
  switch (code) {
    case ErrorCode::kHandshakeFailed:
      return "The image on the unit was patched for another batch or station: patch it with `factory-tool batch image` "
             "from this "
             "home and flash it again.";
    case ErrorCode::kUnknownStation:
      return "This station's key is not in the unit's image: patch an image with a batch that names this station.";
    case ErrorCode::kNoBatch:
      return "Patch the agent image with `factory-tool batch image` and flash it again.";
    case ErrorCode::kNoCommonVersion:
      return "Update the agent image or this tool.";
    case ErrorCode::kNoChannel:
    case ErrorCode::kSequenceGap:
      return "The unit was restarted in between. Run the same command again: it goes on where it stopped.";
    case ErrorCode::kUnitLocked:
      return "The unit is finished. `factory-tool verify` compares it with the registry.";
    case ErrorCode::kOtherTransaction:
    case ErrorCode::kOtherSerial:
      return "The unit was begun by another registry. Finish it there, or give --abort-foreign to forget what it "
             "holds.";
    case ErrorCode::kStoreFull:
    case ErrorCode::kTooManyItems:
    case ErrorCode::kItemTooLarge:
      return "The items of the profile do not fit this board: shorten them.";
    case ErrorCode::kItemWriteOnce:
    case ErrorCode::kDigestMismatch:
      return "The unit holds other items than the order gives now (check-in URI, CA chain). Restore the setting that "
             "changed, or scrap the unit.";
    case ErrorCode::kStoreCorrupt:
    case ErrorCode::kStoreRollback:
    case ErrorCode::kLayoutVersion:
    case ErrorCode::kOtpLocked:
    case ErrorCode::kOtpProgram:
    case ErrorCode::kOtpExhausted:
    case ErrorCode::kFlashProgram:
    case ErrorCode::kFlashErase:
      return "Put the unit aside: its memory is damaged or was tampered with.";
    case ErrorCode::kNotMounted:
      return "A write to the unit's memory failed before. Switch the unit off and on, then run the same command again.";
    case ErrorCode::kSessionLimit:
      return "Put the unit aside: it was contacted too often to be provisioned safely.";
    case ErrorCode::kServerCertificate:
      return "The service is not the one that the unit was provisioned for, or its certificate is for another name or "
             "time: check --to, and that the service runs from the home that provisioned the unit.";
    case ErrorCode::kTlsHandshake:
      return "What answers at --to is no check-in service, or the service did not accept the unit's certificate: check "
             "--to and the service's log.";
    case ErrorCode::kClone:
    case ErrorCode::kRefusedByServer:
      return "Put the unit aside; `factory-tool unit show` says what is on record of it.";
    case ErrorCode::kNotProvisioned:
      return "Provision the unit with `factory-tool inject --execute` first.";
    default:
      return "Run the same command again; if it stays, put the unit aside and keep this message.";
  }
}

base::Failure device_failure(uint16_t error, const std::string& step, const std::string& where) {
  if (base::is_known_error(error) && error != 0) {
    const auto code = static_cast<ErrorCode>(error);
    return {code, "the device refused `" + step + "`: " + std::string(base::error_text(code)), where, advice_for(code)};
  }
  char number[16];
  std::snprintf(number, sizeof number, "0x%04x", error);
  return {ErrorCode::kDeviceRefused,
          "the device refused `" + step + "` with error " + number + ", which this tool does not know", where,
          "Update this tool; the agent on the unit is newer."};
}

}  // namespace factory
