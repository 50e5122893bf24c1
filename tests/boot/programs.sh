#!/usr/bin/env bash
# tour, attack and tests end as they do on Linux, with ring -1 beneath and bare, in the same words.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# The words of both runs, less numbers that count time.
expect_same() {
	diff -u <(cat "$1.out") <(cat "$2.out") || problem "$1 and $2 print different words"
}

for how in '' --bare; do
	name=${how:+-bare}
	# shellcheck disable=SC2086 # no option or one
	boot "tests$name" $how -- tests
	expect_status 0
	expect_not_in "$run.out" FAILED
	expect_printed '^ok '
	expect_whole

	# shellcheck disable=SC2086
	boot "attack$name" $how -- attack all
	expect_status 0
	expect_not_in "$run.out" DIFFERS
	attacks=$(sed -n 's/^\([0-9]*\) attacks, 0 not as on Linux$/\1/p' "$run.out")
	expect_events "${attacks:-no}" process_fork 'pid = 1,'
	expect_events "${attacks:-no}" mark 'pid = '
	expect_events 1 mark 'value = 0, text = "write-cr3"'
	expect_events "$(($(grep -c 'got SIG' "$run.out")))" process_exit 'signal = \( "SIG'
	for signal in SIGSEGV SIGILL SIGFPE SIGBUS SIGTRAP; do
		expect_events "$(grep -c "got $signal " "$run.out")" process_exit "signal = \( \"$signal\""
	done
	expect_whole

	# shellcheck disable=SC2086
	boot "tour$name" $how -- tour
	expect_status 0
	expect_whole
done
expect_same tests tests-bare

# Single cases, counted in the trace: a program that starts another, and INT 80h.
boot exec -- tests exec
expect_status 0
expect_events 1 process_fork 'pid = 1,'
expect_events 2 process_exec
expect_events 2 process_exec 'program = "(/bin/)?tests"'
expect_events 1 process_exit 'status = 42,'
expect_events 2 process_exit
expect_whole
boot int80 -- tests int80
expect_status 0
expect_events 2 syscall_entry '"getpid"' # by INT 80h, and by SYSCALL to compare
expect_events 2 syscall_exit '"getpid".*result = 1 '
expect_whole

# Calls, faults, forks and signals come in the same order every time. When the first one comes, and
# with it how the alarm's 8254 stands to the TSC, depends on the firmware by some ticks: so neither
# ticks are compared nor what the alarm interrupts.
order_of() {
	ask "$1-lanes" timeline "$1"
	sed -E '/interrupt|INTERRUPT|PIC|ENTRY|process [0-9]+ runs/d; s/^ *[0-9,]+//; s/ \[[0-9].*\]$//' \
		"$1-lanes.out" >"$1.order"
}
boot tour --append nokaslr -- tour
boot tour-again --append nokaslr -- tour
order_of tour
order_of tour-again
[ "$(wc -l <tour.order)" -gt 500 ] || problem "tour's timeline is short"
cmp tour.order tour-again.order || problem "two tours differ"

expect_same attack attack-bare

# The doors to ring -1 are shut for ring 3: each VMX instruction leaves the guest, and #UD is put in.
run=attack
expect_events 4 vm_exit '"VM(CALL|LAUNCH|XON|XOFF)".*cpl = 3'
expect_events 4 vm_entry 'interruption_info = 0x80000306'
for mark in 'the tour marks nothing/mark' 'it forks nothing/process_fork.*pid = 1,' \
	'it faults nowhere/page_fault_entry' 'no timer in 30 ms/interrupt_entry'; do
	for run in tour tour-bare; do
		decode
		grep -Eq "${mark#*/}" "$run.txt" || problem "${mark%/*}"
	done
done
