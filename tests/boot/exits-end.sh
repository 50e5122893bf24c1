#!/usr/bin/env bash
# Exits that end the guest, from each ring: ring -1's sentence, and its record of the exit, to the bit.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# deed NAME CAUSE SENTENCE RECORD: the last exit's record matches.
deed() {
	boot "$1" --image "$BUILD/probe.iso" --append "probe=die deed=$1" -- x
	expect_status 1
	expect_output "$1"$'\n'
	expect_result cause "$2"
	expect_sentence "$3"
	expect_events 1 guest_end
	grep ' vm_exit: ' "$run.txt" | tail -n 1 >"$run.last"
	expect_in "$run.last" "$4"
}

# violation NAME CPL QUALIFICATION ADDRESS WORD: an access to no RAM.
violation() {
	deed "$1" ept_violation "EPT violation: $5 guest-physical $4 " \
		"\"EPT_VIOLATION\".* qualification = $3, .* guest_physical = 0x${4^^}, .* cpl = $2,"
}

violation ept-read 0 0x181 e0000008 'read of'
violation ept-write-user 3 0x182 e0000010 'write to'
violation ept-fetch-user 3 0x184 e0000020 'instruction fetch from'
violation ept-walk 3 '0x8[23]' e0000008 'write to' # a walk counts as both, Bochs forgets the read
deed spin watchdog 'interrupts off' '"PREEMPTION_TIMER".* cpl = 3,'
deed triple-fault triple_fault 'triple fault' '"TRIPLE_FAULT".* cpl = 0,'
deed task-switch unexpected_exit 'hardware task switch to selector 58,' \
	'"TASK_SWITCH".* qualification = 0x80000058, .* cpl = 0,'
