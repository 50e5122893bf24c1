#!/usr/bin/env bash
# hello under ring -1 and bare: the same words, a whole trace of exactly the events it must have.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

CALLS='arch_prctl set_tid_address getpid ioctl writev exit_group' # of a static musl program

# Every call, fault, interrupt and mark says which of ring 3's intervals it came from.
expect_causes() {
	local entered

	entered=$(events user_enter 'cause = 0xFFFFFFFF ')
	expect_events "$entered" user_enter
	expect_events 0 user_leave 'cause = 0x[0-7]|cause = 0xFFFFFFFF'
	expect_events 6 syscall_entry 'cause = 0x8000'
	expect_events 5 syscall_exit 'cause = 0x[0-9A-F]{1,4},'
	expect_events 1 process_exit 'cause = 0x[0-9A-F]{1,4},' # in exit_group
}

# What rings 3 and 0 did is the same with ring -1 beneath and without.
expect_hello_events() {
	local call interrupts faults

	expect_events 6 syscall_entry
	expect_events 5 syscall_exit # exit_group does not return
	for call in $CALLS; do
		expect_events 1 syscall_entry "\"$call\""
	done
	interrupts=$(events user_leave 'gate = \( "interrupt"') # where in it the timer hits is the boot's
	faults=$(events user_leave 'gate = \( "page_fault"') # a page of it appears when touched
	[ "$faults" -le 8 ] || problem "$faults page faults"
	expect_events $((6 + interrupts + faults)) user_enter
	expect_events $((6 + interrupts + faults)) user_leave
	expect_events 6 user_leave 'gate = \( "syscall"'
	expect_events 1 process_fork 'pid = 0, cause = 0xFFFFFFFF, child = 1'
	expect_events 1 process_exec 'pid = 1.*program = "(/bin/)?hello"'
	expect_events 1 process_exit 'pid = 1, .*status = 0, signal = \( "none"'
	expect_events 0 page_fault_exit '"(none|signal|user_copy_failed)"'
	expect_events 0 exception_entry
	expect_events 1 syscall_entry 'pid = 1, .*"getpid".*gate = 0x0,'
	expect_events 1 syscall_exit 'pid = 1, .*"getpid".*result = 1'
	expect_events 1 syscall_text 'pid = 1, .* text = "Hello from ring 3, pid 1' # of writev
	expect_events 1 record_cost 'pid = 0, cause = 0xFFFFFFFF, records = 128, ticks = [1-9]'
	expect_causes
}

boot first --append nokaslr -- hello
expect_hello
expect_hello_events
expect_result cause exit
expect_events "$(events vm_exit)" vm_entry # the first entry, and one for each exit but the last
[ "$(events vm_exit)" -gt 0 ] || problem "no VM exits at all"
expect_events 1 exit_record_cost 'records = 64, ticks = [1-9]'
expect_events 1 vm_exit '"VMCALL".*operand0 = 0x3,' # the guest ends itself
expect_events 1 guest_end
[ ! -s first.err ] || problem "a quiet run said: $(cat first.err)"

boot bare --bare -- hello
expect_hello
expect_hello_events
expect_events 0 vm_exit
expect_events 0 vm_entry

# Twice the same, to the tick.
boot second --append nokaslr -- hello
expect_hello
for run in first second; do
	ask "$run-lanes" timeline --all "$run"
	expect_status 0
	expect_not_in "$run.out" $'\e' # no colours into a pipe
done
cmp first-lanes.out second-lanes.out || problem "two runs differ"
run=first-lanes
expect_printed 'EXIT CPUID leaf'
expect_printed 'getpid\(\)'
expect_printed 'process 1 exits with status 0'

ask summary stat first
expect_status 0
expect_printed '^Lost events: 0$'
expect_printed '^ring -1: VM exits$'
expect_printed '^ring 3 +[0-9]+ '
expect_printed ' 6 +1 +total$' # six calls, ioctl refused
expect_printed "^Total Samples:$(run=first && events vm_exit), "

ask summary-bare stat bare
expect_status 0
expect_printed '^ring -1: none'
expect_printed '^Lost events: 0$'

# Bare or not, the program sees the same; what differs is excepted, with the reason, or efficiency.
ask equivalent diff bare first
expect_status 0
expect_printed '^Equivalence: 0 differences$'
expect_printed '^  threads of the kernel: 1 in A, 0 in B: '
expect_printed '^  of it natively, in rings 3 and 0 +100\.00% +[0-9.]+%$'
ask equivalent-json diff --json --ignore output,faults bare first
expect_status 0
expect_printed '"kind": "faults", "status": "ignored"'

# A reader who has seen enough, and a full disk behind stdout.
"$RINGSCOPE" timeline first 2>pipe.err | head -n 1 >/dev/null
[ ! -s pipe.err ] || problem "into a closed pipe: $(cat pipe.err)"
! "$RINGSCOPE" stat first >/dev/full 2>full.err || problem "stat into /dev/full ends well"
expect_in full.err .
