#!/usr/bin/env bash
# What a guest may ask of its own memory (tests/probe/memory.c): rights, pages given back, the log of what
# was written, two views; with what processors have for it, and without.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

MEMORY=$((64 << 20))
ALL=$(seq -s ' ' 0 511)

# probe NAME WORDS [OPTION...]
probe() {
	local name=$1 words=$2

	shift 2
	boot "$name" --image "$BUILD/probe.iso" --append "probe=memory memory=$MEMORY $words" "$@" -- x
}

# All that does not end the guest, to the line; VMFUNC is there or not.
whole() {
	local name=$1 function=$2

	shift 2
	probe "$name" '' "$@"
	expect_status 0
	expect_whole
	expect_printed '^release 8 pages: 0$'
	expect_printed '^release one again: 0$'
	expect_printed '^protect a released one: -14$'
	expect_printed '^after release: 56 intact, 8 zero of 64$'
	expect_printed '^filled again: 64 intact, 0 zero of 64$'
	expect_printed '^after release of all: 0 intact, 64 zero of 64$'
	expect_printed '^after a write: 0 intact, 63 zero of 64$'
	expect_printed '^read-only pages read: 64 intact, 0 zero of 64$'
	expect_printed '^written again: 63 intact, 0 zero of 64$'
	expect_printed '^log: start: 0$'
	expect_printed '^log: start again: -16$'
	expect_printed '^log: two pages written, one read: as many as it says, .* page 1, region 3 60$'
	expect_printed '^log: none: as many as it says, .* page 1, region$'
	expect_printed '^log: one again: as many as it says, .* page 1, region 3$'
	expect_printed "^log: all: as many as it says, .* page 1, region $ALL\$"
	expect_printed '^log: one released: as many as it says, .* page 1, region 5$'
	expect_printed '^log: and written: as many as it says, .* page 1, region 5$'
	expect_printed '^log: protected, then written: as many as it says, .* page 1, region 6$'
	expect_printed '^log: stop again: -22$'
	expect_printed '^log: collect when off: -22$'
	expect_printed "^views: by VMFUNC: $([ "$function" = yes ] && echo 0 || echo -95)\$"
	expect_printed "^views: written 42\$"
	[ "$function" = no ] || expect_printed '^views: written 43$'
	expect_printed '^views: released reads 0$'
	expect_printed '^views: the same page in 0 reads 44$'
	[ "$(grep -c '^hostile [0-9]*: call [5-8]: -[12][24]$' "$run.out")" -eq 20 ] ||
		problem 'not all hostile calls were refused'
	[ "$(grep -c '^hostile: .*: -[12][24]$' "$run.out")" -eq 5 ] ||
		problem 'not all hostile bitmaps were refused'
	expect_events "$protects" ept_change 'call = 5'
	expect_events 5 ept_change 'call = 6'
	expect_events 4 ept_change 'call = 7'
}

# violations COUNT FULL: a released page exits at its first touch, 8 + 512 + 1 + 3 of them in all, as each view
# takes its own. Where
# write-protection makes the log, so does the first write to each page in each of 9 rounds: 64 + 4 pages of
# the region (the others of 2 MiB are new), and the stack; and, as page walks with accessed and dirty flags
# are writes, the three tables on the way.
FRESH=$((8 + 512 + 1 + 3))
violations() {
	expect_events "$1" vm_exit "reason = .*EPT_VIOLATION"
	expect_events "$2" vm_exit "reason = .*PAGE_MODIFICATION_LOG_FULL"
}

protects=8
whole everything yes
violations $FRESH 1
whole no-vmfunc no --hide vmfunc
violations $FRESH 1
whole no-switching no --hide eptp-switching
whole no-large yes --hide 1g,2m
violations $FRESH 1
whole no-single yes --hide invept-single
diff everything.out no-single.out || problem 'the outputs differ'
whole no-pml yes --hide pml
violations $((FRESH + 68 + 9 * 4)) 0
whole no-flags yes --hide ad-bits
violations $((FRESH + 68 + 9)) 0
diff everything.out no-flags.out || problem 'the outputs differ'
protects=7 # none to execute only
whole neither no --hide pml,ad-bits,2m,1g,vmfunc,vpid,execute-only

# ended NAME DEED SENTENCE: the guest ends with it, and its last exit is that one.
ended() {
	probe "$1" "deed=$2" "${@:4}"
	expect_status 1
	expect_result cause ept_violation
	expect_log "$3"
	expect_whole
	expect_events 1 vm_exit 'EPT_VIOLATION'
}

OWN='the guest has protected that page from itself'
ended write write "write to guest-physical 1001028 \(linear 1001028\) at rip .*: $OWN"
ended execute execute "instruction fetch from guest-physical 1001000 \(linear 1001000\) at rip 1001000: $OWN"
expect_printed '^executed$'
ended execute-only execute-only "read of guest-physical 1001000 \\(linear 1001000\\) at rip .*: $OWN"
expect_printed '^executed$'
expect_events 1 vm_exit 'qualification = 0x1A1,' # a read; executable; linear, and of its translation
ended nothing nothing "read of guest-physical 1001000 \(linear 1001000\) at rip .*: $OWN"
ended walk walk "write to guest-physical [0-9a-f]* \(page walk for bfe00000\) at rip .*: $OWN"

# With PROTECT_REFUSE it is a fault, and the guest goes on.
refused() {
	probe "$1" deed=refuse "${@:2}"
	expect_status 0
	for ring in ring0 ring3; do
		expect_printed "^refuse write $ring: #GP error 0 rip \\+0, rf 1\$"
		expect_printed "^refuse read $ring: #GP error 0 rip \\+0, rf 1\$"
		expect_printed "^refuse fetch $ring: #GP error 0 there, rf 1\$"
	done
	expect_printed '^refuse break ring0: #GP error 0 rip \+0, rf 1$'
	expect_printed '^refuse input ring0: #GP error 0 rip \+8, rf 1$'
	for kept in back around release more; do
		expect_printed "^kept: $kept: -1\$"
	done
	[ "$(grep -c '^kept: view: -1$' "$run.out")" -eq 3 ] || problem 'a view lifts it'
	expect_printed '^refuse kept ring0: #GP error 0 rip \+0, rf 1$'
	expect_printed '^kept: less: 0$'
	expect_printed '^not kept: 0$'
	expect_printed '^afterwards: 64 intact, 0 zero of 64$'
}
refused refused
refused refused-poor --hide pml,ad-bits,2m,1g,vmfunc,vpid,execute-only,virtual-nmis
ended delivery refuse-delivery "$OWN, and an event was being delivered"

# VMFUNC that was not switched on is undefined, as on a processor without it.
probe view deed=view
expect_status 98
expect_printed '^unexpected #UD '
expect_events 0 vm_exit 'VMFUNC'
