#!/usr/bin/env bash
# Every tick of a one-shot timer comes once, and once only, under random masking. The long run is
# TICKS=1000000 tests/run ticks: some two minutes.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
TICKS=${TICKS:-60000}

# ticks NAME NUMBER WORDS [OPTION...]
ticks() {
	local name=$1 number=$2 words=$3

	shift 3
	boot "$name" --events none --timeout 290 --image "$BUILD/probe.iso" \
		--append "probe=ticks ticks=$number $words" "$@" -- x
	expect_status 0
	expect_printed "^[0-9]+ ticks taken of [0-9]+ armed, 0 doubled, 0 spurious$"
}

ticks narrow "$TICKS" ''
ticks wide 10000 wide=1 --hide acknowledge-interrupt
ticks aeoi 10000 aeoi=1 --hide preemption-timer
ticks bare 10000 wide=1 --bare
