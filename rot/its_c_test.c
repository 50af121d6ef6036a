/* A third party's view: C, the standard's headers and the library, nothing else. Each function returns 0, or the
 * line of the first expectation that failed. its_test.cc provides the store and calls them. */
#include <psa/error.h>
#include <psa/internal_trusted_storage.h>
#include <psa/storage_common.h>
#include <string.h>

int its_c_test_without_store(void);
int its_c_test_standard(void);
int its_c_test_fill(void);

#define EXPECT(condition) \
  do {                    \
    if (!(condition)) return __LINE__; \
  } while (0)

int its_c_test_without_store(void) {
  struct psa_storage_info_t info;
  size_t length = 7;
  char byte = 1;
  EXPECT(psa_its_set(1, 1, &byte, PSA_STORAGE_FLAG_NONE) == PSA_ERROR_STORAGE_FAILURE);
  EXPECT(psa_its_get(1, 0, 1, &byte, &length) == PSA_ERROR_STORAGE_FAILURE);
  EXPECT(length == 0);
  EXPECT(psa_its_get_info(1, &info) == PSA_ERROR_STORAGE_FAILURE);
  EXPECT(psa_its_remove(1) == PSA_ERROR_STORAGE_FAILURE);
  return 0;
}

int its_c_test_standard(void) {
  struct psa_storage_info_t info;
  char out[16];
  size_t length = 0;
  const psa_storage_uid_t uid = 0x123456789abcdef0u;

  /* uid 0 is reserved everywhere */
  EXPECT(psa_its_set(0, 1, "a", PSA_STORAGE_FLAG_NONE) == PSA_ERROR_INVALID_ARGUMENT);
  EXPECT(psa_its_get(0, 0, 1, out, &length) == PSA_ERROR_INVALID_ARGUMENT);
  EXPECT(psa_its_get_info(0, &info) == PSA_ERROR_INVALID_ARGUMENT);
  EXPECT(psa_its_remove(0) == PSA_ERROR_INVALID_ARGUMENT);

  /* nothing there yet */
  EXPECT(psa_its_get(uid, 0, 1, out, &length) == PSA_ERROR_DOES_NOT_EXIST);
  EXPECT(psa_its_get_info(uid, &info) == PSA_ERROR_DOES_NOT_EXIST);
  EXPECT(psa_its_remove(uid) == PSA_ERROR_DOES_NOT_EXIST);

  /* null pointers */
  EXPECT(psa_its_set(uid, 1, NULL, PSA_STORAGE_FLAG_NONE) == PSA_ERROR_INVALID_ARGUMENT);
  EXPECT(psa_its_get_info(uid, NULL) == PSA_ERROR_INVALID_ARGUMENT);

  /* flags that the standard does not define */
  EXPECT(psa_its_set(uid, 1, "a", 1u << 3) == PSA_ERROR_NOT_SUPPORTED);
  EXPECT(psa_its_set(uid, 1, "a", 0x80000000u) == PSA_ERROR_NOT_SUPPORTED);
  EXPECT(psa_its_get_info(uid, &info) == PSA_ERROR_DOES_NOT_EXIST);

  /* set, get, info */
  EXPECT(psa_its_set(uid, 5, "hello", PSA_STORAGE_FLAG_NO_REPLAY_PROTECTION) == PSA_SUCCESS);
  EXPECT(psa_its_get_info(uid, &info) == PSA_SUCCESS);
  EXPECT(info.size == 5 && info.capacity == 5 && info.flags == PSA_STORAGE_FLAG_NO_REPLAY_PROTECTION);
  EXPECT(psa_its_get(uid, 0, 5, out, &length) == PSA_SUCCESS && length == 5 && memcmp(out, "hello", 5) == 0);
  EXPECT(psa_its_get(uid, 1, 3, out, &length) == PSA_SUCCESS && length == 3 && memcmp(out, "ell", 3) == 0);

  /* asking for more than there is gives what there is, and touches no byte behind it */
  memset(out, 'x', sizeof out);
  EXPECT(psa_its_get(uid, 2, sizeof out, out, &length) == PSA_SUCCESS && length == 3);
  EXPECT(memcmp(out, "llox", 4) == 0);
  EXPECT(psa_its_get(uid, 5, 0, NULL, &length) == PSA_SUCCESS && length == 0);
  EXPECT(psa_its_get(uid, 5, 4, out, &length) == PSA_SUCCESS && length == 0);
  EXPECT(psa_its_get(uid, 6, 0, NULL, &length) == PSA_ERROR_INVALID_ARGUMENT);
  EXPECT(psa_its_get(uid, 6, 1, out, &length) == PSA_ERROR_INVALID_ARGUMENT);
  EXPECT(psa_its_get(uid, (size_t)-1, 1, out, &length) == PSA_ERROR_INVALID_ARGUMENT);
  EXPECT(psa_its_get(uid, 0, 1, NULL, &length) == PSA_ERROR_INVALID_ARGUMENT);
  EXPECT(psa_its_get(uid, 0, 1, out, NULL) == PSA_ERROR_INVALID_ARGUMENT);

  /* a second set replaces value, size and flags */
  EXPECT(psa_its_set(uid, 2, "hi", PSA_STORAGE_FLAG_NONE) == PSA_SUCCESS);
  EXPECT(psa_its_get_info(uid, &info) == PSA_SUCCESS && info.size == 2 && info.flags == PSA_STORAGE_FLAG_NONE);

  /* zero length */
  EXPECT(psa_its_set(uid, 0, NULL, PSA_STORAGE_FLAG_NONE) == PSA_SUCCESS);
  EXPECT(psa_its_get_info(uid, &info) == PSA_SUCCESS && info.size == 0 && info.capacity == 0);
  EXPECT(psa_its_get(uid, 0, 4, out, &length) == PSA_SUCCESS && length == 0);

  /* removal */
  EXPECT(psa_its_remove(uid) == PSA_SUCCESS);
  EXPECT(psa_its_remove(uid) == PSA_ERROR_DOES_NOT_EXIST);
  EXPECT(psa_its_get(uid, 0, 4, out, &length) == PSA_ERROR_DOES_NOT_EXIST);

  /* write once */
  EXPECT(psa_its_set(uid, 3, "one", PSA_STORAGE_FLAG_WRITE_ONCE) == PSA_SUCCESS);
  EXPECT(psa_its_set(uid, 3, "one", PSA_STORAGE_FLAG_WRITE_ONCE) == PSA_ERROR_NOT_PERMITTED);
  EXPECT(psa_its_set(uid, 3, "two", PSA_STORAGE_FLAG_NONE) == PSA_ERROR_NOT_PERMITTED);
  EXPECT(psa_its_remove(uid) == PSA_ERROR_NOT_PERMITTED);
  EXPECT(psa_its_get(uid, 0, 3, out, &length) == PSA_SUCCESS && length == 3 && memcmp(out, "one", 3) == 0);
  EXPECT(psa_its_get_info(uid, &info) == PSA_SUCCESS && info.flags == PSA_STORAGE_FLAG_WRITE_ONCE);
  return 0;
}

/* Fills the store with items from uid 1000 on, until it says that it is full. */
int its_c_test_fill(void) {
  static char value[600];
  char out[16];
  size_t length = 0;
  psa_storage_uid_t uid = 1000;
  psa_status_t status = PSA_SUCCESS;
  memset(value, 'v', sizeof value);
  EXPECT(psa_its_set(999, 3, "old", PSA_STORAGE_FLAG_NONE) == PSA_SUCCESS);
  while (status == PSA_SUCCESS) {
    EXPECT(uid < 1100);
    status = psa_its_set(uid++, sizeof value, value, PSA_STORAGE_FLAG_NONE);
  }
  EXPECT(status == PSA_ERROR_INSUFFICIENT_STORAGE);
  EXPECT(uid > 1004);
  EXPECT(psa_its_set(999, sizeof value, value, PSA_STORAGE_FLAG_NONE) == PSA_ERROR_INSUFFICIENT_STORAGE);
  EXPECT(psa_its_get(999, 0, sizeof out, out, &length) == PSA_SUCCESS && length == 3 && memcmp(out, "old", 3) == 0);
  EXPECT(psa_its_remove(1000) == PSA_SUCCESS);
  return 0;
}
