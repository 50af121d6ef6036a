# Third-party libraries as targets. Sources come from build/deps (cmake/setup.sh) unless overridden.
set(MBEDTLS_SOURCE_DIR "${CMAKE_SOURCE_DIR}/build/deps/mbedtls" CACHE PATH "Mbed TLS 3.6 sources")

if(NOT EXISTS "${MBEDTLS_SOURCE_DIR}")
  message(FATAL_ERROR "MBEDTLS_SOURCE_DIR (${MBEDTLS_SOURCE_DIR}) does not exist. Run cmake/setup.sh, or give -DMBEDTLS_SOURCE_DIR=PATH.")
endif()

# P-256 by p256-m is a quarter of the size of Mbed TLS's own; docs/size.md has the table of size against time.
if(CMAKE_SYSTEM_NAME STREQUAL "Generic")
  set(p256m_default ON)
else()
  set(p256m_default OFF)
endif()
option(FACTORY_LINE_P256M "P-256 by p256-m instead of Mbed TLS's own arithmetic" ${p256m_default})

# TLS on a chip without the key store's tables: cmake/mbedtls/session_crypto.h.
if(FACTORY_LINE_P256M AND CMAKE_SYSTEM_NAME STREQUAL "Generic")
  set(FACTORY_LINE_SESSION_CRYPTO ON)
endif()

# Every library file, unused ones compile to nothing under our configuration. One target for
# crypto, one for X.509 and TLS, so that the agent cannot link TLS by accident.
file(GLOB mbedtls_sources CONFIGURE_DEPENDS "${MBEDTLS_SOURCE_DIR}/library/*.c")
set(mbedtls_tls_sources ${mbedtls_sources})
list(FILTER mbedtls_tls_sources INCLUDE REGEX "/(ssl_|x509|pkcs7|net_sockets|mps_|debug)[^/]*\\.c$")
set(mbedtls_crypto_sources ${mbedtls_sources})
list(REMOVE_ITEM mbedtls_crypto_sources ${mbedtls_tls_sources})
set(p256m_dir "${MBEDTLS_SOURCE_DIR}/3rdparty/p256-m")
if(FACTORY_LINE_P256M)
  list(APPEND mbedtls_crypto_sources crypto/p256m_driver.c "${p256m_dir}/p256-m/p256-m.c")
endif()
if(FACTORY_LINE_SESSION_CRYPTO)
  list(REMOVE_ITEM mbedtls_crypto_sources "${MBEDTLS_SOURCE_DIR}/library/pk_wrap.c")
  list(APPEND mbedtls_crypto_sources crypto/p256_pk.c)
endif()

# The PSA header directory of `rot` comes with it: the key store includes psa/internal_trusted_storage.h.
add_library(mbedcrypto STATIC ${mbedtls_crypto_sources})
target_include_directories(mbedcrypto SYSTEM PUBLIC "${MBEDTLS_SOURCE_DIR}/include" "${CMAKE_SOURCE_DIR}/rot/include")
target_include_directories(mbedcrypto PUBLIC "${CMAKE_SOURCE_DIR}/cmake/mbedtls")
target_compile_definitions(mbedcrypto PUBLIC
  MBEDTLS_CONFIG_FILE="factory_line_mbedtls_config.h" MBEDTLS_PSA_CRYPTO_CONFIG_FILE="factory_line_psa_config.h"
  $<$<BOOL:${FACTORY_LINE_P256M}>:FACTORY_LINE_P256M>)
target_compile_options(mbedcrypto PRIVATE -w)
if(FACTORY_LINE_P256M)
  target_include_directories(mbedcrypto PRIVATE "${p256m_dir}" "${p256m_dir}/p256-m" "${MBEDTLS_SOURCE_DIR}/library")
endif()

add_library(mbedtls_tls STATIC ${mbedtls_tls_sources})
target_link_libraries(mbedtls_tls PUBLIC mbedcrypto)
target_compile_options(mbedtls_tls PRIVATE -w)
if(FACTORY_LINE_P256M)
  target_compile_options(mbedtls_tls PRIVATE -include "${CMAKE_SOURCE_DIR}/cmake/mbedtls/premaster_size.h")
endif()
if(FACTORY_LINE_SESSION_CRYPTO)
  target_compile_options(mbedtls_tls PRIVATE -DFACTORY_LINE_SESSION_CRYPTO
    "SHELL:-include ${CMAKE_SOURCE_DIR}/cmake/mbedtls/session_crypto.h")
  set_source_files_properties("${MBEDTLS_SOURCE_DIR}/library/pk_ecc.c" crypto/p256_pk.c
    PROPERTIES COMPILE_OPTIONS "-DFACTORY_LINE_SESSION_CRYPTO;-include;${CMAKE_SOURCE_DIR}/cmake/mbedtls/session_crypto.h")
endif()

if(FACTORY_LINE_HOST)
  find_package(PkgConfig REQUIRED)
  find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto SSL)
  find_package(SQLite3 REQUIRED)
  find_package(CLI11 REQUIRED)
  find_package(Threads REQUIRED)
  pkg_check_modules(libserialport REQUIRED IMPORTED_TARGET libserialport)
  pkg_check_modules(tomlplusplus REQUIRED IMPORTED_TARGET tomlplusplus)
  pkg_check_modules(cpp-httplib REQUIRED IMPORTED_TARGET cpp-httplib)
endif()
if(BUILD_TESTING)
  find_package(GTest REQUIRED)
elseif(FACTORY_LINE_HOST)
  find_package(GTest QUIET)  # for the benchmarks, which share helpers with the tests
endif()
