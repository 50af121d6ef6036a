host_library(factory_floor factory_floor.cc)
target_link_libraries(factory_floor PUBLIC test_support)
target_compile_definitions(factory_floor PRIVATE
  FACTORY_TOOL_PROGRAM="$<TARGET_FILE:factory-tool>"
  DEVICE_AGENT_PROGRAM="$<TARGET_FILE:agent_linux_app>"
  FIRST_BOOT_CLIENT_PROGRAM="$<TARGET_FILE:first-boot-client>")
add_dependencies(factory_floor factory-tool agent_linux_app first-boot-client)
