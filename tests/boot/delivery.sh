#!/usr/bin/env bash
# Events reach a guest as they reach it bare: in that order, each once, with the same frames and error
# codes; and what never ends is ended.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

probe() { # NAME STATUS WORDS [OPTION...]
	local name=$1 wanted=$2 words=$3

	shift 3
	boot "$name" --image "$BUILD/probe.iso" --append "$words" "$@" -- x
	expect_status "$wanted"
}

# A debug exception wakes HLT ("HLT - Halt"), but not in Bochs, bare.
probe bare 0 probe=delivery --bare
for hidden in none acknowledge-interrupt,preemption-timer,true-controls,save-debug,load-debug; do
	probe "beneath-$hidden" 0 probe=delivery ${hidden:+--hide "${hidden#none}"}
	expect_printed '^stephlt: #DB\+10 '
	grep -v ^stephlt "$run.out" | diff - bare.out || problem 'the outputs differ'
done
# Some of what both say: a single step before an interrupt, an NMI before one, and one NMI that waits.
expect_printed '^stepirq: #DB\+11 .* vector-48\+11 .* 6 events'
expect_printed '^stinmi: NMI\+4 flags 200 vector-48\+4 flags 200;'
expect_printed '^nested: 2 handled, 1 of them before an IRET, 1 deep'
expect_printed '^nested: 2 handled, 1 of them before an IRET, 2 deep'
# An interrupt whose delivery fails has been acknowledged: it does not come again.
expect_printed '^IRQ, gate not present, .* #NP error 183 at \+2 .* requested 0, in service 1'

for hidden in virtual-nmis nmi-window; do
	probe $hidden 0 'probe=delivery nmi=0' --hide $hidden
	expect_output $'an NMI is answered -19\n'
done

# Nor does the machine end by these: ring -1 says what was tried.
probe task-switch 1 probe=task-switch
expect_sentence 'the guest attempted a hardware task switch to selector 58'
expect_whole
probe init 1 probe=init
expect_sentence 'EPT violation: write .*guest-physical fee00300 '
expect_whole

probe debug-loop 1 probe=debug-loop --hv-words watchdog=20
expect_result cause watchdog
expect_sentence 'for 20 ms the guest took one exception after another at one place'
expect_whole
