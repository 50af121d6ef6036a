#include "device-agent/src/core.h"

namespace agent {

using base::ErrorCode;

base::Status take_value(const base::Result<base::ByteView>& result, base::ByteView& value) {
  if (!result) return base::fail(result.error());
  value = *result;
  return {};
}

base::Status from_psa(psa_status_t status) {
  switch (status) {
    case PSA_SUCCESS:
      return {};
    case PSA_ERROR_INSUFFICIENT_ENTROPY:
      return base::fail(ErrorCode::kUnseeded);
    case PSA_ERROR_INSUFFICIENT_STORAGE:
      return base::fail(ErrorCode::kStoreFull);
    case PSA_ERROR_STORAGE_FAILURE:
      return base::fail(ErrorCode::kFlashIo);
    case PSA_ERROR_DATA_CORRUPT:
    case PSA_ERROR_DATA_INVALID:
    case PSA_ERROR_CORRUPTION_DETECTED:
      return base::fail(ErrorCode::kStoreCorrupt);
    case PSA_ERROR_INVALID_ARGUMENT:
      return base::fail(ErrorCode::kInvalidArgument);
    default:
      return base::fail(ErrorCode::kCrypto);
  }
}

}  // namespace agent
