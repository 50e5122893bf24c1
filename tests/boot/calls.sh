#!/usr/bin/env bash
# spam makes exactly as many system calls as asked; int 0x80 and SYSCALL count alike; filters filter.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

boot spam -- spam 1000
expect_status 0
expect_output $'1000 system calls made\n'
expect_events 1000 syscall_entry '"getpid"'
expect_events 1000 syscall_exit '"getpid".*result = 1 '
expect_whole

boot filtered --events syscalls,-syscall_exit -- spam 10
expect_status 0
expect_events 10 syscall_entry '"getpid"'
expect_events 0 syscall_exit
expect_events 0 vm_exit
expect_events 0 user_enter
expect_whole
ask stat-filtered stat filtered
expect_status 0
expect_printed 'not recorded'

boot nothing --events none -- hello
expect_hello
decode
[ ! -s nothing.txt ] || problem "events although none were asked for"

boot exits --events exits -- hello
expect_hello
[ "$(events vm_exit)" -gt 0 ] || problem "no exits"
expect_events 0 syscall_entry
