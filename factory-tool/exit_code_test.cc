#include "factory-tool/exit_code.h"

#include <gtest/gtest.h>

#include <set>

namespace factory {
namespace {

using base::ErrorCode;

constexpr ErrorCode kAllCodes[] = {
#define BASE_ERROR(name, value, text) ErrorCode::name,
#include "base/error_codes.def"
#undef BASE_ERROR
};

TEST(ExitCodeTest, OnlySuccessIsZeroAndOnlyDecliningIsSeven) {
  for (ErrorCode code : kAllCodes) {
    const ExitCode exit = exit_code_of(code);
    EXPECT_EQ(exit == ExitCode::kDone, code == ErrorCode::kOk) << base::error_name(code);
    EXPECT_EQ(exit == ExitCode::kDeclined, code == ErrorCode::kDeclined) << base::error_name(code);
    EXPECT_GE(static_cast<int>(exit), 0) << base::error_name(code);
    EXPECT_LE(static_cast<int>(exit), 7) << base::error_name(code);
  }
}

TEST(ExitCodeTest, ModulesKeepTheirOwnCode) {
  for (ErrorCode code : kAllCodes) {
    const int module = static_cast<uint16_t>(code) >> 8;
    const ExitCode exit = exit_code_of(code);
    if (module == 0x02 || module == 0x04) {
      EXPECT_EQ(exit, ExitCode::kDeviceRefused) << base::error_name(code);
    }
    EXPECT_EQ(exit == ExitCode::kRegistry, module == 0x07) << base::error_name(code);
    if (exit == ExitCode::kSigner) {
      EXPECT_EQ(module, 0x06) << base::error_name(code);
    }
  }
}

TEST(ExitCodeTest, CausesThatAnOperatorMeets) {
  const std::pair<ErrorCode, ExitCode> table[] = {
      {ErrorCode::kUnitUnusable, ExitCode::kUnitFailed},
      {ErrorCode::kReceiptInvalid, ExitCode::kUnitFailed},
      {ErrorCode::kWrongBoard, ExitCode::kUnitFailed},
      {ErrorCode::kDeviceUnknown, ExitCode::kUnitFailed},
      {ErrorCode::kCsrInvalid, ExitCode::kUnitFailed},
      {ErrorCode::kUsage, ExitCode::kUsage},
      {ErrorCode::kProfileSyntax, ExitCode::kUsage},
      {ErrorCode::kProfileField, ExitCode::kUsage},
      {ErrorCode::kHomeMissing, ExitCode::kUsage},
      {ErrorCode::kSeedRepeated, ExitCode::kUsage},
      {ErrorCode::kCaUnfit, ExitCode::kUsage},
      {ErrorCode::kHandshakeFailed, ExitCode::kDeviceRefused},
      {ErrorCode::kUnknownStation, ExitCode::kDeviceRefused},
      {ErrorCode::kNoBatch, ExitCode::kDeviceRefused},
      {ErrorCode::kUnitLocked, ExitCode::kDeviceRefused},
      {ErrorCode::kOtherSerial, ExitCode::kDeviceRefused},
      {ErrorCode::kStoreFull, ExitCode::kDeviceRefused},
      {ErrorCode::kPortMissing, ExitCode::kLinkFailed},
      {ErrorCode::kPortBusy, ExitCode::kLinkFailed},
      {ErrorCode::kNoAnswer, ExitCode::kLinkFailed},
      {ErrorCode::kConnect, ExitCode::kLinkFailed},
      {ErrorCode::kNameResolution, ExitCode::kLinkFailed},
      {ErrorCode::kServerCertificate, ExitCode::kUnitFailed},
      {ErrorCode::kUriNotTls, ExitCode::kUsage},
      {ErrorCode::kFrameCrc, ExitCode::kLinkFailed},
      {ErrorCode::kOrderExhausted, ExitCode::kRegistry},
      {ErrorCode::kRegistryFull, ExitCode::kRegistry},
      {ErrorCode::kRegistryBusy, ExitCode::kRegistry},
      {ErrorCode::kCaExpired, ExitCode::kSigner},
      {ErrorCode::kSignerKey, ExitCode::kSigner},
      {ErrorCode::kLint, ExitCode::kSigner},
      {ErrorCode::kDeclined, ExitCode::kDeclined},
  };
  for (const auto& [code, exit] : table) EXPECT_EQ(exit_code_of(code), exit) << base::error_name(code);
}

TEST(ExitCodeTest, ANumberOfANewerBuildIsAFailure) {
  EXPECT_NE(exit_code_of(static_cast<ErrorCode>(0x7FFF)), ExitCode::kDone);
}

}  // namespace
}  // namespace factory
