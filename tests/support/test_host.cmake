# A host for tests of the agent, and a unit on the RAM model with the agent in the same process.
host_library(test_host test_host.cc ram_unit.cc)
target_link_libraries(test_host PUBLIC protocol psa_random base_host mbedcrypto agent rot_ram)
# The device's classes are compiled without RTTI.
if(FACTORY_LINE_SANITIZE)
  target_compile_options(test_host PRIVATE -fno-sanitize=vptr)
endif()
