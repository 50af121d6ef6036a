// A key pair made on the host for a unit whose profile asks for that; the private half is wiped with the object.
#pragma once

#include "base/host/bytes_host.h"
#include "base/host/failure.h"
#include "protocol/messages.h"

namespace factory {

class FactoryKey {
 public:
  // On P-256, by PSA from the host's seed source. kCrypto.
  static base::Outcome<FactoryKey> generate();

  [[nodiscard]] base::ByteView scalar() const { return scalar_.view(); }
  [[nodiscard]] const protocol::PublicKey& public_key() const { return public_key_; }

 private:
  base::SecretBuffer scalar_{protocol::kPrivateKeySize};
  protocol::PublicKey public_key_{};
};

}  // namespace factory
