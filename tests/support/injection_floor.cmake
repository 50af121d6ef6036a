host_library(injection_floor injection_floor.cc)
    target_link_libraries(injection_floor PUBLIC factory_session test_host test_support) target_compile_definitions(
        injection_floor PRIVATE FACTORY_LINE_SOURCE_DIR = "${CMAKE_SOURCE_DIR}") if (FACTORY_LINE_SANITIZE)
        target_compile_options(injection_floor PRIVATE - fno - sanitize = vptr) endif()
