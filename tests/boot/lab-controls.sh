#!/usr/bin/env bash
# Ring -1's side of the labs (tests/probe/lab.c): VMX controls that the guest may turn on and off, CR0.NE
# and CR4.VMXE as they are, memory that may be read with and without validation.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
needs_all_features

# probe NAME WORDS-FOR-RING-1 [OPTION...]
probe() {
	local name=$1 words=$2

	shift 2
	boot "$name" --image "$BUILD/probe.iso" --append probe=lab --events exits --hv-words "$words" \
		"$@" -- x
	expect_status 0
	expect_whole
}

# Each control that is on for the lab alone makes one exit, whoever executes the instruction how often.
probe lab 'lab=novalidate secret=5ec4e70123abcdef' --hide rdrand-exiting
for row in rdtsc rdtscp invlpg invpcid load_cr3 store_cr3 mov_dr pause sgdt str rdseed; do
	expect_printed "^$row: 0, ok, ok\$"
done
expect_printed '^rdrand: -95, ok, ok$'
for reason in INVLPG INVPCID RDTSC RDTSCP MOV_DR PAUSE GDTR_IDTR_ACCESS LDTR_TR_ACCESS RDSEED; do
	expect_events 1 vm_exit "reason = [^,]*\"$reason\""
done
expect_events 0 vm_exit 'reason = [^,]*"RDRAND"'
expect_events 1 vm_exit 'reason = [^,]*"CR_ACCESS".* qualification = 0x3,'  # to CR3
expect_events 1 vm_exit 'reason = [^,]*"CR_ACCESS".* qualification = 0x13,' # from CR3

# What is off does not exit, and what needs its bitmap does.
for row in hlt wbinvd mwait cr8 'msr bitmaps' interrupts timer; do
	expect_printed "^without $row: 0, ok, 0\$"
done
for row in rdtscp invpcid; do
	expect_printed "^without $row: 0, #UD, 0\$"
done
expect_printed "^ports: 0, off 0 the machine's own, all 0 0, back 0\$"
for reason in HLT MWAIT; do
	expect_events 0 vm_exit "reason = [^,]*\"$reason\""
done
expect_events 2 vm_exit 'reason = [^,]*"WBINVD"' # before interrupts and timer are on again
expect_events 1 vm_exit 'reason = [^,]*"RDMSR".* operand0 = 0xC0000102'
expect_log 'lab: "HLT exiting" is off: the machine is the guest.s to hang'
[ "$(grep -c ' is off: ' "$run/run/log.txt")" -eq 1 ] || problem 'told more than once'

masked='NE 0, VMXE 0, clear NE ok, with CD ok, CD alone ok, clear VMXE ok, keep it ok'
shown='NE 1, VMXE 1, clear NE #GP, with CD #GP, CD alone ok, clear VMXE #GP, keep it ok'
expect_printed "^masked: $masked\$"
expect_printed '^unmask: 0 0$'
expect_printed "^shown: $shown\$"
expect_printed '^mask: 0 0$'
expect_printed "^masked again: $masked\$"
for refused in 0:22 1:22 2:22 3:22 4:1 5:1 6:1 7:1 8:1 9:1 10:1 11:1 12:1 13:1 14:1 15:22; do
	expect_printed "^refused ${refused/:/: -}\$"
done
expect_printed '^nmis: 0 0 -19 -22 0$'
expect_printed '^peek: 1122334455667788, last byte 0, beyond -14, far -14$'
expect_printed '^secret: 5ec4e70123abcdef$'
expect_not_in "$run/run/log.txt" 5ec4e70123abcdef

# With validation nothing of ring -1's is found; what its witness uses, it keeps.
probe valid 'lab secret=5ec4e70123abcdef observe' --events exits,seen_syscall
expect_printed '^peek: 1122334455667788, last byte -14, beyond -14, far -14$'
expect_printed '^secret: not found$'
expect_printed '^sgdt: -16, ok, ok$'
expect_printed '^without timer: -16, ok, -16$'

# Without the word there are none of these; that guests see what VMX demands is another word's.
probe none 'fidelity=off'
expect_printed '^rdtsc: -1, ok, ok$'
expect_printed '^without hlt: -1, ok, -1$'
expect_printed "^masked: $shown\$"
expect_printed '^unmask: -1 -1$'
expect_printed '^peek: ffffffffffffffff, last byte -1, beyond -1, far -1$'
expect_printed '^secret: not found$'
expect_events 0 vm_exit 'reason = [^,]*"RDTSC"'

# The guest kernel lives with them too.
boot hello --hv-words fidelity=off -- hello
expect_hello
boot refused --hv-words secret=0x12 -- hello
expect_refused 'secret=0x12: not a hexadecimal number of at most 64 bits'
