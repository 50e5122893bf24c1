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

# A kernel that lies within the rules: hello's calls, from its exec on, pass for interrupts.
boot concealed --append conceal=hello -- sh -c 'hello; cat /etc/hostname'
expect_status 0
expect_output $'Hello from ring 3, pid 2.\nringscope\n'
expect_whole
expect_events 1 syscall_exit 'pid = 2, .*"execve"'
for call in writev exit_group; do
	expect_events 0 syscall_entry "pid = 2, .*\"$call\""
done
expect_events 0 syscall_text 'text = "Hello'
[ "$(events interrupt_exit 'pid = 2, .*vector = 32')" -ge 5 ] || problem "hello's calls are no interrupts"
expect_events 1 syscall_entry 'pid = 1, .*"exit_group"'
