// Certificates and requests from anywhere: no crash and no read past the end.
#include "cert-templates/src/issuer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const base::ByteView input(data, size);
  const auto findings = cert::lint(input, nullptr);
  const auto info = cert::inspect(input);
  // Whatever cannot be read at all must not pass the linter.
  if (findings.empty() && size == 0) __builtin_trap();
  if (info && info->subject.empty() && info->issuer.empty() && findings.empty()) __builtin_trap();
  (void)cert::verify_csr(input);
  return 0;
}
