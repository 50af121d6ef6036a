// How many certificates a second one core issues: fill in, lint, sign, verify, lint. Prints; judges nothing.
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "cert-templates/src/lint.h"
#include "cert-templates/src/certificate_test_support.h"

int main() {
  using Clock = std::chrono::steady_clock;
  cert::test::TestAuthority authority;
  const cert::test::TestKey key;
  for (const char* file : {"lwm2m.toml", "idevid.toml"}) {
    const cert::Profile profile = cert::test::shipped_profile(file);
    const auto compiled = cert::CertificateTemplate::compile(profile, authority.issuing, cert::test::kNow);
    if (!compiled) return std::fprintf(stderr, "%s\n", compiled.error().to_string().c_str()), 1;
    cert::CertificateRequest request;
    request.public_key = key.point();
    request.not_before = cert::test::kNow;
    size_t size = 0;
    int count = 0;
    const auto start = Clock::now();
    std::chrono::duration<double> time{};
    do {
      base::ByteArray<20> random{};
      base::store_be(random.data(), static_cast<uint32_t>(count));
      request.serial_number = cert::make_serial_number(random);
      request.unit.serial = "SN-" + std::to_string(count);
      const auto issued = compiled->issue(request, authority);
      if (!issued) return std::fprintf(stderr, "%s\n", issued.error().to_string().c_str()), 1;
      size = issued->size();
      ++count;
      time = Clock::now() - start;
    } while (time.count() < 2.0);
    const auto once = Clock::now();
    const auto findings = [&] {
      size_t found = 0;
      for (int i = 0; i < 1000; ++i) found += cert::lint(authority.issuing, nullptr).size();
      return found;
    }();
    const std::chrono::duration<double, std::micro> lint_time = (Clock::now() - once) / 1000;
    std::printf("%-12s %6.0f certificates/s, %zu bytes each; one lint %.0f us, %zu findings\n", file,
                count / time.count(), size, lint_time.count(), findings);
  }
  return 0;
}
