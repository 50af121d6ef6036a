# cmake -DOUTPUT=FILE -DSCHEMA_DIR=DIR -P embed_schema.cmake
# Writes the migrations, in order of their numbers, into a C++ source file. Numbers start at 1 without a gap.
file(GLOB files "${SCHEMA_DIR}/[0-9][0-9][0-9][0-9]_*.sql")
list(SORT files)
set(entries "")
set(expected 1)
foreach(file IN LISTS files)
  get_filename_component(name "${file}" NAME)
  string(SUBSTRING "${name}" 0 4 digits)
  string(REGEX REPLACE "^0+" "" number "${digits}")
  if(NOT number STREQUAL expected)
    message(FATAL_ERROR "${name}: migration ${expected} is missing or there twice")
  endif()
  file(READ "${file}" sql)
  string(APPEND entries "    {${number}, \"${name}\", R\"migration(${sql})migration\"},\n")
  math(EXPR expected "${expected} + 1")
endforeach()
file(WRITE "${OUTPUT}" "// Made by db/embed_schema.cmake from db/schema.
#include \"db/src/migrations.h\"

namespace db {
namespace {
constexpr Migration kMigrations[] = {
${entries}};
}  // namespace
std::span<const Migration> migrations() { return kMigrations; }
}  // namespace db
")
