host_library(test_pki test_pki.cc)
target_link_libraries(test_pki PUBLIC base_host PRIVATE OpenSSL::Crypto)
