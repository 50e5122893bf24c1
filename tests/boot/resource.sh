#!/usr/bin/env bash
# The probe tries to take the machine: with the controls on each deed exits and comes to nothing, with
# them off it reaches the machine itself, and ring -1's next bound holds.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
needs_all_features

# deeds NAME OFF HV-WORDS DEEDS
deeds() {
	boot "$1" --guest probe --append "probe=resource deeds=$4 off=$2" --hv-words "$3 secret=beef" \
		--timeout 60 -- probe
}

# Exits by ring -1's timer while a deed waits: between its marks WAITED and DONE.
expect_ticks() {
	local low=$2 high=$3 found

	decode
	found=$(awk -v from="operand1 = 0x7A4E00${1}1" -v to="operand1 = 0x7A4E00${1}2" '
		index($0, "vm_exit") && index($0, from) { inside = 1 }
		index($0, "vm_exit") && index($0, to) { inside = 0 }
		inside && index($0, "vm_exit") && index($0, "\"EXTERNAL_INTERRUPT\"") { count++ }
		END { print count + 0 }' "$run.txt")
	((found >= low && found <= high)) ||
		problem "deed $1: $found interrupts of ring -1's timer, not $low to $high"
}

deeds on nothing lab timer,mask,dma,msr,hypercall
expect_status 0
expect_printed '^dma: bridge ffffffff, disk command ffff, then ffff, disk status ff$'
expect_printed '^msr: read #GP, write #GP$'
expect_printed '^hypercall: unknown -38, ring -14, protect -14, peek -14$'
expect_printed '^hypercall: no secret$'
expect_ticks 2 3 9
expect_ticks 3 3 9
expect_events 2 vm_exit '"IO_INSTRUCTION".*qualification = 0xCF80003,.*operand0 = 0x80000904,'
expect_events 1 vm_exit '"RDMSR".*operand0 = 0x3A,'
expect_whole

deeds off bitmaps lab=novalidate timer,mask,dma,msr,hypercall
expect_status 0
for deed in timer mask dma msr; do expect_printed "^$deed: control answered 0$"; done
expect_printed '^dma: bridge [0-9a-f]*8086, disk command 1, then 5, disk status 50$'
expect_printed '^hypercall: secret beef$'
expect_ticks 2 0 0
expect_ticks 3 0 0
expect_events 0 vm_exit '"IO_INSTRUCTION".*operand0 = 0x80000904,'
expect_whole

deeds halt hlt lab halt
expect_status 1
expect_result cause watchdog
expect_events 0 vm_exit '"HLT"'
expect_events 1 vm_exit '"PREEMPTION_TIMER"'
expect_whole

deeds memory ept lab memory
expect_status 1
expect_printed '^memory: control answered -1$'
expect_result cause ept_violation
expect_events 1 vm_exit '"EPT_VIOLATION".*guest_physical = 0xB0000000,'
expect_whole
