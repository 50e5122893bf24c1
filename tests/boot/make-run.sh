#!/usr/bin/env bash
# make run: the tour in all three lanes, live, the summary and the names of the files.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# The whole is built already: this is the door, not the build.
run=make-run
env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -C "$ROOT" B="$BUILD" run \
	>make-run.out 2>make-run.err </dev/null
status=$?
expect_status 0
expect_printed '^Welcome to Ringscope'
expect_said 'ticks +pid +ring 3 +ring 0 +ring -1'
expect_said '┌ EXIT CPUID leaf'
expect_said '┌ getpid\(\)'
expect_said '· mark|· process 1 exits with status 0'
expect_said '^Ended: the first program ended, status 0.$'
expect_said '^Lost events: 0$'
expect_said '^Written to .*: metadata, ring-1_0, ring0_0, ring3_0'
expect_not_in "$run.out" 'EXIT|Lost events'
expect_not_in "$run.err" $'\e' # no colour: this is no terminal
expect_not_in "$run.err" '^tools/setup.sh: ' # silent where all is there

# On a terminal it is coloured, and stdout is still the program's alone.
if command -v script >/dev/null; then
	run=terminal
	script -qec "'$RINGSCOPE' run --trace terminal -- hello >terminal.out" terminal.err >/dev/null </dev/null
	status=$?
	expect_hello
	expect_in terminal.err $'\e\\['
fi
