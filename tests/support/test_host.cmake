# A host for tests of the agent, and a unit on the RAM model with the agent in the same process.
host_library(test_host test_host.cc)
target_link_libraries(test_host PUBLIC protocol psa_random base_host mbedcrypto)
