// The certificate: one a unit, its serial number taken before anything is signed with it.
#include <ctime>

#include "factory-tool/session/injection.h"

namespace factory {

using base::ErrorCode;
using base::failure;

Injection::Status Injection::certify() {
  if (!context_.certificates.device.empty()) return {};  // made when the key came
  if (result_.unit.certificate) {
    context_.certificates.device = *result_.unit.certificate;
    done("certificate", true);
    return {};
  }
  if (!result_.unit.public_key)
    return failure(ErrorCode::kRegistryState, "the unit's key is not on record", where("certificate"));
  BASE_ASSIGN(const cert::CertificateInfo issuer, cert::inspect(context_.signer.issuer_certificate()));
  base::ByteArray<20> random{};
  BASE_TRY(context_.seeds.fill(random));

  cert::CertificateRequest request;
  request.unit = values();
  request.public_key = *result_.unit.public_key;
  request.serial_number = cert::make_serial_number(random);
  request.not_before = std::time(nullptr);
  BASE_TRY(context_.registry.reserve_certificate_serial(result_.unit, request.serial_number, issuer.public_key));
  BASE_ASSIGN(base::Bytes certificate, context_.certificate_template.issue(request, context_.signer));
  BASE_ASSIGN(const cert::CertificateInfo info, cert::inspect(certificate));
  BASE_TRY(context_.registry.record_certificate(result_.unit, certificate, request.serial_number, issuer.public_key,
                                                info.fingerprint));
  context_.certificates.device = std::move(certificate);
  done("certificate");
  return refresh();
}

}  // namespace factory
