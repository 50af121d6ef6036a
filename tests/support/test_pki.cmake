host_library(test_pki test_pki.cc)
target_link_libraries(test_pki PUBLIC base_host PRIVATE OpenSSL::Crypto)

host_library(test_unit test_unit.cc)
target_link_libraries(test_unit PUBLIC test_pki device_common rot_ram protocol psa_random)
if(FACTORY_LINE_SANITIZE)
  target_compile_options(test_unit PRIVATE -fno-sanitize=vptr)
endif()
