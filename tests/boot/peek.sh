#!/usr/bin/env bash
# A process may read its descendants' memory and nobody else's.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

boot peek -- peek
expect_status 0
expect_output "a parent reads its child: 32 bytes read, \"only the child's\"
a child reads its parent: refused, Operation not permitted
a parent reads a child that forbids it (PR_SET_DUMPABLE 0): refused, Operation not permitted
a process reads one that is not there: refused, No such process
"
expect_events 1 syscall_exit '"process_vm_readv".*result = 32 '
expect_events 2 syscall_exit '"process_vm_readv".*result = -1 '
expect_whole
