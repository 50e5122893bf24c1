#!/usr/bin/env bash
# tour, attack and tests end as they do on Linux, with ring -1 beneath and bare, in the same words.
# shellcheck source=lib.sh
source "${BASH_SOURCE%/*}/lib.sh"

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
	expect_printed '^ok fork-copies$|^ok '
	expect_whole

	# shellcheck disable=SC2086
	boot "attack$name" $how -- attack all
	expect_status 0
	expect_not_in "$run.out" DIFFERS
	attacks=$(sed -n 's/^\([0-9]*\) attacks, 0 not as on Linux$/\1/p' "$run.out")
	expect_events "${attacks:-no}" process_fork 'pid = 1,'
	expect_events "${attacks:-no}" mark 'pid = '
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
expect_same attack attack-bare

# The doors to ring -1 are shut for ring 3: no hypercall and no VMX exit came from there.
run=attack
expect_events 0 vm_exit '"VM(CALL|LAUNCH|XON|XOFF)".*cpl = 3'
run=tour
[ "$(events mark)" -gt 0 ] || problem "the tour marks nothing"
[ "$(events process_fork)" -gt 1 ] || problem "the tour forks nothing"
[ "$(events page_fault_entry)" -gt 0 ] || problem "the tour faults nowhere"
