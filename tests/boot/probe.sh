#!/usr/bin/env bash
# The tests' own guest kernel (tests/probe/probe.h): the same words and the same end, bare and under ring -1.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

for way in beneath bare; do
	boot $way ${bare:+--bare} --image "$BUILD/probe.iso" --append probe=self -- x
	expect_status 7
	expect_result cause exit
	expect_printed '^ud2 place 2: #UD error 0 rip \+5 cs 30 rax 0 '
	expect_printed '^hlt place 3: #GP error 0 rip \+0 cs 1b '
	expect_printed '^touch place 1: #PF error 4 rip \+0 cs 2b .* cr2 bfe01000$'
	expect_printed '^touch place 1: #PF error 5 rip \+0 cs 2b .* cr2 bfe01000$'
	expect_printed '^touch place 0: ok error 0 rip \+11 cs 8 '
	bare=yes
done
diff beneath.out bare.out || problem 'the outputs differ'

boot unknown --image "$BUILD/probe.iso" --append probe=no-such-suite -- x
expect_status 99
expect_printed 'these are:.* self'
