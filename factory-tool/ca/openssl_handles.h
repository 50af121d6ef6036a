// Owners for the libcrypto objects that this folder uses.
#pragma once

#include <openssl/x509v3.h>

#include "cert-templates/src/openssl_handles.h"

namespace factory {

using PrivateKey = cert::KeyHandle;
using KeyContext = cert::KeyContextHandle;
using DigestContext = cert::DigestContextHandle;
using Certificate = cert::X509Handle;
using Bio = cert::BioHandle;
using Extension = std::unique_ptr<X509_EXTENSION, cert::OpensslFree<X509_EXTENSION_free>>;
using BigNumber = std::unique_ptr<BIGNUM, cert::OpensslFree<BN_clear_free>>;
using Pkcs8 = std::unique_ptr<X509_SIG, cert::OpensslFree<X509_SIG_free>>;
using Pkcs8Plain = std::unique_ptr<PKCS8_PRIV_KEY_INFO, cert::OpensslFree<PKCS8_PRIV_KEY_INFO_free>>;

}  // namespace factory
