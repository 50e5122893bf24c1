#!/usr/bin/env bash
# Where small kernels go wrong at their edges: what SYSCALL and gates find in RFLAGS, the canonical edge,
# the TSS's port bitmap, pointers of the user's.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

boot edges -- sh -c 'attack map-edge; attack in; attack out; attack ins; usertests call_flags call_registers bad_pointers'
expect_status 0
expect_output 'map-edge: refused
Segmentation fault
Segmentation fault
Segmentation fault
ok   call_flags               a system call and a fault come through whatever RFLAGS holds
ok   call_registers           a system call keeps registers and flags
ok   bad_pointers             bad pointers are EFAULT, in every call
3 passed, 0 failed
'
expect_whole
