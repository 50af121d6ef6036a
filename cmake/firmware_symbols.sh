#!/bin/sh
# Fails where a firmware image holds what device code must do without: a heap, exceptions, run-time type information,
# destructors that wait for an exit. `operator delete` may be there: a virtual destructor names it, and cxx_runtime.cc
# makes it a trap. cmake/firmware_symbols.sh NM ELF
set -eu
forbidden='malloc|_malloc_r|calloc|_calloc_r|realloc|_realloc_r|free|_free_r|_sbrk|_sbrk_r'
forbidden="$forbidden|_Zn[wa][jm].*|__cxa_.*throw.*|__cxa_begin_catch|__gxx_personality.*|_Unwind_.*"
forbidden="$forbidden|__cxa_atexit|__aeabi_atexit|__cxa_guard_acquire|__dynamic_cast|_ZTI.*|_ZTS.*"
found=$("$1" "$2" | awk '{print $NF}' | grep -xE "$forbidden" || true)
if [ -n "$found" ]; then
  printf '%s holds what firmware must do without:\n%s\n' "$(basename "$2")" "$found" >&2
  exit 1
fi
