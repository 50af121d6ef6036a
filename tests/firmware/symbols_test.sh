#!/bin/sh
# cmake/firmware_symbols.sh takes a harmless object and refuses each kind that firmware must do without.
# symbols_test.sh GATE COMPILER NM
set -eu
gate=$1
compiler=$2
nm=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# verdict OPTIONS CODE: compiles CODE and prints whether the gate takes it.
verdict() {
  printf '%s\n' "$2" >"$folder/object.cc"
  # shellcheck disable=SC2086
  "$compiler" -std=c++20 -O1 $1 -c "$folder/object.cc" -o "$folder/object.o"
  if "$gate" "$nm" "$folder/object.o" 2>"$folder/said"; then echo taken; else echo refused; fi
}

status=0
expect() {
  got=$(verdict "$2" "$3")
  [ "$got" = "$1" ] && return
  printf '%s instead of %s: %s\n' "$got" "$1" "$3" >&2
  status=1
}

expect taken '-fno-exceptions -fno-rtti' 'struct A { virtual int f() = 0; }; int call(A& a) { return a.f(); }'
expect taken '-fno-exceptions' 'int allocate_nothing; int mallocated() { return allocate_nothing; }'
expect refused '-fno-exceptions' '#include <cstdlib>
void* f() { return std::malloc(1); }'
expect refused '-fno-exceptions' '#include <cstdlib>
void f(void* p) { std::free(p); }'
expect refused '-fno-exceptions' 'int* f() { return new int[3]; }'
expect refused '' 'void f() { throw 1; }'
expect refused '' 'void g(); void f() { try { g(); } catch (...) { } }'
expect refused '-fno-exceptions' '#include <typeinfo>
struct A { virtual ~A(); }; const char* f(A& a) { return typeid(a).name(); } A::~A() {}'
expect refused '-fno-exceptions -fno-rtti' 'struct A { ~A(); }; A a;'
expect refused '-fno-exceptions -fno-rtti' 'int g(); int& f() { static int a = g(); return a; }'
exit $status
