#!/usr/bin/env bash
# Hostile operations from inside a guest (tests/probe/fuzz.c): ring -1 takes them all, and so does the
# probe. `make fuzz` makes ten million.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# hostile NAME COUNT SEED [OPTION...]: that many operations, and nothing ended the guest.
hostile() {
	local name=$1 count=$2 seed=$3

	shift 3
	boot "$name" --image "$BUILD/probe.iso" --memory 16M "$@" --append "probe=fuzz seed=$seed count=$count" -- x
	expect_status 0
	expect_result cause exit
	grep -aqx "fuzz: $count operations" "$run.out" || problem "not $count operations"
	ask "$name.verified" verify "$name"
	expect_printed '^Lost events: 0$'
	expect_printed '^ok +closed'
	run=$name
	expect_events 0 vmcs_snapshot
}

hostile untraced 50000 4 --events none
# The probe keeps no log of its own, so here verify can only look at what was lost.
hostile traced 10000 2 --disk 256M
hostile poor 10000 3 --events none --hide vpid,msr-bitmap,preemption-timer,io-bitmaps,virtual-nmis
# What only a lab may ask for, and what ring -1 refuses the kernel from then on.
hostile lab 10000 "5 text=1" --events none --hv-words lab
