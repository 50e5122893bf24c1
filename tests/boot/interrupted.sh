#!/usr/bin/env bash
# Ctrl-C and --timeout end the engine and keep a trace that can be read.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# A program that makes system calls for a long time, once some of them are recorded.
start_loop() {
	"$RINGSCOPE" run --quiet --engine bochs --trace "$1" --timeout 60 \
		-- spam 1000000000 >"$1.out" 2>"$1.err" </dev/null &
	loop=$!
	run=$1
	for _ in {1..300}; do
		[ ! -s "$1/ring3_0" ] || return 0
		sleep 0.1
	done
	problem "nothing was ever recorded"
}

# The trace is readable; that it was not closed is all that verify finds.
expect_open_trace() {
	ask "verify-$1" verify "$1"
	expect_status 1
	expect_printed '^FOUND +closed '
	expect_printed ', [0-9]+ events: 1 finding$'
	ask "stat-$1" stat "$1"
	expect_status 0
	ask "timeline-$1" timeline "$1"
	expect_status 0
	babeltrace2 "$1" >/dev/null 2>"$1.babeltrace" || problem "babeltrace2: $(cat "$1.babeltrace")"
}

engine_of() { # the process that has the run's disk open
	ps -e -o pid=,args= | awk '$2 ~ /bochs-bin$/ { print $1 }' | while read -r pid; do
		[ "$(readlink "/proc/$pid/cwd")" = "$WORK/$1/run" ] && echo "$pid"
	done
}

for signal in INT TERM HUP; do
	start_loop "sig$signal"
	engine=$(engine_of "sig$signal")
	[ -n "$engine" ] || problem "no engine runs"
	kill -$signal $loop
	wait $loop
	status=$?
	expect_status 130
	expect_output ''
	expect_sentence 'interrupted; the trace up to here is kept'
	[ ! -e "/proc/${engine:-none}" ] || problem "the engine still runs"
	expect_open_trace "sig$signal"
done

# The preemption timer hidden, ring -1 watches by its own interrupts: Bochs 2.7 takes none while the
# guest keeps IF=0 (see MACHINES.md), so here only the command can end this one.
for seconds in 4 8 16 32 64; do # a busy host takes longer than that to begin the trace
	boot timeout --timeout $seconds --hide preemption-timer --append hostile=spin -- hello
	[ ! -s timeout/metadata ] || break
done
expect_status 124
expect_sentence "not through after $seconds seconds"
expect_open_trace timeout

# A trace of a run that went before is replaced, not mixed in.
boot timeout -- hello
expect_hello
