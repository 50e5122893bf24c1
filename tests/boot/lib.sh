# shellcheck shell=bash
# What boot tests share: boot a machine, then say what must be true of it. A check that fails is
# told and counted, and the test goes on; at its end it fails if one did. Nothing here depends on
# how long something takes.
set -u
ROOT=$(cd "${BASH_SOURCE%/*}/../.." && pwd)
BUILD=${BUILD:-$ROOT/build}
RINGSCOPE=$BUILD/ringscope
WORK=${WORK:-$BUILD/tests/$(basename "$0" .sh)}
HELLO=$'Hello from ring 3, pid 1.\n'
problems=0
run=   # the run that was booted last: its trace directory, and the stem of its files
status= # and its exit status
mkdir -p "$WORK"
cd "$WORK" || exit 1
trap 'finish $?' EXIT

finish() {
	[ "$1" -ne 0 ] || [ "$problems" -eq 0 ] || exit 1
}

problem() {
	echo "PROBLEM in ${run:-$(basename "$0")}: $*"
	problems=$((problems + 1))
	[ -z "${STOP_AT_PROBLEM-}" ] || exit 1 # one is enough where a bug was seeded
}

skip() {
	echo "$*"
	exit 77
}

# boot NAME [OPTION...] [-- PROGRAM...]: runs it in Bochs (a later --engine wins), trace in NAME,
# output in NAME.out and NAME.err. HIDE and CPU in the environment have every test run with these
# features hidden, on this processor model: HIDE=vpid,ad-bits tests/run start memory.
boot() {
	run=$1
	shift
	rm -rf "$run" "$run.txt"
	"$RINGSCOPE" run --quiet --engine bochs ${HIDE:+--hide "$HIDE"} ${CPU:+--cpu "$CPU"} \
		--trace "$run" "$@" >"$run.out" 2>"$run.err" </dev/null
	status=$?
}

# For a test that is about features, or about figures that depend on them.
needs_all_features() {
	[ -z "${HIDE-}${CPU-}" ] || skip 'not with HIDE or CPU: it is about features itself'
}

# ask NAME COMMAND...: runs another command of ringscope's, as boot does.
ask() {
	run=$1
	shift
	"$RINGSCOPE" "$@" >"$run.out" 2>"$run.err" </dev/null
	status=$?
}

expect_status() {
	[ "$status" -eq "$1" ] && return
	problem "exit status $status instead of $1; it said:"
	tail -n 5 "$run.err"
}

# Standard output, to the byte.
expect_output() {
	local got

	got=$(cat "$run.out" && echo .)
	[ "$got" = "$1." ] || problem "printed $(printf %q "${got%.}") instead of $(printf %q "$1")"
}

# expect_in FILE REGEX: some line of the file matches.
expect_in() {
	grep -Eq -- "$2" "$1" && return
	problem "no line of $1 matches: $2"
	[ ! -e "$1" ] || tail -n 5 "$1"
}

expect_not_in() {
	! grep -Eq -- "$2" "$1" || problem "$1 holds: $(grep -E -m 1 -- "$2" "$1")"
}

expect_said() {
	expect_in "$run.err" "$1"
}

expect_printed() {
	expect_in "$run.out" "$1"
}

# What ring -1 and the guest kernel wrote to the log.
expect_log() {
	expect_in "$run/run/log.txt" "$1"
}

# expect_result KEY VALUE: what the machine reported of itself.
expect_result() {
	grep -Fqx -- "$1=$2" "$run/run/result.txt" ||
		problem "result is $(grep "^$1=" "$run/run/result.txt") instead of $2"
}

# Every event as babeltrace2 reads it, in NAME.txt, a line each.
decode() {
	[ ! -e "$run.txt" ] || return 0
	babeltrace2 "$run" >"$run.txt" 2>"$run.babeltrace" ||
		problem "babeltrace2: $(tail -n 1 "$run.babeltrace")"
}

# events EVENT [REGEX]: how many there are whose line matches.
events() {
	decode
	grep -aE -- "^\[[^]]*\] \([^)]*\) $1: " "$run.txt" | grep -aEc -- "${2-}"
}

expect_events() {
	local count

	count=$(events "$2" "${3-}")
	[ "$count" -eq "$1" ] || problem "$count instead of $1 events $2 ${3-}"
}

# The trace is whole, verify finds nothing, and babeltrace2 reads the very same number of events.
expect_whole() {
	local verified read

	"$RINGSCOPE" verify "$run" >"$run.verify" 2>&1 || problem "verify's exit status is $?"
	verified=$(sed -n 's/.* packets, \([0-9]*\) events: 0 findings$/\1/p' "$run.verify")
	if [ -z "$verified" ]; then
		problem "verify found:"
		tail -n 8 "$run.verify"
	fi
	expect_in "$run.verify" '^Lost events: 0$'
	read=$(babeltrace2 "$run" -c sink.utils.counter 2>"$run.babeltrace" |
		awk '/ Event messages/ { n = $1 } END { print n }') # it counts aloud
	[ "$read" = "$verified" ] ||
		problem "babeltrace2 reads $read events, verify $verified: $(cat "$run.babeltrace")"
}

# It said hello, whatever the circumstances, and left a whole trace.
expect_hello() {
	expect_status 0
	expect_output "$HELLO"
	expect_whole
}

# All that a quiet run says on stderr is one sentence, which matches.
expect_sentence() {
	expect_said "$1"
	[ "$(wc -l <"$run.err")" -eq 1 ] || problem "not one sentence: $(cat "$run.err")"
}

# The machine refused to start a guest.
expect_refused() {
	expect_status 1
	expect_output ''
	expect_result cause refused
	expect_sentence "$1"
}

# features ASK...: names, as --hide takes them, of what ring -1 asks the processor for so.
features() {
	local ask

	for ask; do
		sed -n "s/^\tFEATURE(\([a-z0-9_]*\), .*, $ask, .*/\1/p" "$ROOT/vmx/features.h" | tr _ -
	done
}

# The same of all that Ringscope does without together: all that it does without one by one, but
# for one way to flush an EPT and one memory type of its tables.
optional_features() {
	features UNWANTED OFF ON_DEMAND WANTED | grep -vx -e invept-all -e ept-uncacheable
}
