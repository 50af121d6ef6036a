// The functions of the PSA Internal Trusted Storage API 1.0 (Arm IHI 0087, section 5.3) over the item store.
#include <psa/internal_trusted_storage.h>

#include "rot/rot.h"

namespace {

using base::ErrorCode;

constexpr psa_storage_create_flags_t kKnownFlags =
    PSA_STORAGE_FLAG_WRITE_ONCE | PSA_STORAGE_FLAG_NO_CONFIDENTIALITY | PSA_STORAGE_FLAG_NO_REPLAY_PROTECTION;
static_assert(PSA_STORAGE_FLAG_WRITE_ONCE == rot::kWriteOnce);

rot::Rot* current_store = nullptr;

psa_status_t to_psa(ErrorCode code) {
  switch (code) {
    case ErrorCode::kItemNotFound:
      return PSA_ERROR_DOES_NOT_EXIST;
    case ErrorCode::kItemWriteOnce:
      return PSA_ERROR_NOT_PERMITTED;
    case ErrorCode::kInvalidArgument:
      return PSA_ERROR_INVALID_ARGUMENT;
    case ErrorCode::kStoreFull:
    case ErrorCode::kItemTooLarge:
      return PSA_ERROR_INSUFFICIENT_STORAGE;
    case ErrorCode::kStoreCorrupt:
      return PSA_ERROR_DATA_CORRUPT;
    default:
      return PSA_ERROR_STORAGE_FAILURE;
  }
}

}  // namespace

namespace rot {

void set_its_store(Rot* rot) { current_store = rot; }

}  // namespace rot

extern "C" {

psa_status_t psa_its_set(psa_storage_uid_t uid, size_t data_length, const void* p_data,
                         psa_storage_create_flags_t create_flags) {
  if (uid == 0 || (!p_data && data_length != 0)) return PSA_ERROR_INVALID_ARGUMENT;
  if (create_flags & ~kKnownFlags) return PSA_ERROR_NOT_SUPPORTED;
  if (!current_store) return PSA_ERROR_STORAGE_FAILURE;
  const base::ByteView value(static_cast<const uint8_t*>(p_data), data_length);
  const base::Status status = current_store->its().set(uid, static_cast<uint8_t>(create_flags), value);
  return status ? PSA_SUCCESS : to_psa(status.error());
}

psa_status_t psa_its_get(psa_storage_uid_t uid, size_t data_offset, size_t data_size, void* p_data,
                         size_t* p_data_length) {
  if (uid == 0 || !p_data_length || (!p_data && data_size != 0)) return PSA_ERROR_INVALID_ARGUMENT;
  *p_data_length = 0;
  if (!current_store) return PSA_ERROR_STORAGE_FAILURE;
  const base::MutableBytes out(static_cast<uint8_t*>(p_data), data_size);
  const auto size = current_store->its().get(uid, data_offset, out);
  if (!size) return to_psa(size.error());
  *p_data_length = *size;
  return PSA_SUCCESS;
}

psa_status_t psa_its_get_info(psa_storage_uid_t uid, struct psa_storage_info_t* p_info) {
  if (uid == 0 || !p_info) return PSA_ERROR_INVALID_ARGUMENT;
  if (!current_store) return PSA_ERROR_STORAGE_FAILURE;
  const auto info = current_store->its().info(uid);
  if (!info) return to_psa(info.error());
  // Nothing is set aside for an item beyond what it holds.
  p_info->capacity = info->size;
  p_info->size = info->size;
  p_info->flags = info->flags;
  return PSA_SUCCESS;
}

psa_status_t psa_its_remove(psa_storage_uid_t uid) {
  if (uid == 0) return PSA_ERROR_INVALID_ARGUMENT;
  if (!current_store) return PSA_ERROR_STORAGE_FAILURE;
  const base::Status status = current_store->its().remove(uid);
  if (status) return PSA_SUCCESS;
  // The standard knows no "no space" here.
  return status.error() == ErrorCode::kStoreFull ? PSA_ERROR_STORAGE_FAILURE : to_psa(status.error());
}

}  // extern "C"
