#!/usr/bin/env bash
# An interactive shell on a terminal: line editing, job control, its exit status; and input by a pipe.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# type TEXT: keys. await REGEX: until the screen shows that, behind what was awaited last.
type_keys() {
	printf "$1" >&3 # shellcheck disable=SC2059 # the keys are escapes
}
seen=1
await() {
	local line

	for _ in {1..300}; do
		line=$(tail -n "+$seen" screen | tr -d '\r\033' | grep -En -m 1 -- "$1" | cut -d: -f1)
		if [ -n "$line" ]; then
			seen=$((seen + line))
			return
		fi
		sleep 0.1
	done
	problem "the screen never showed: $1"
	tail -n 5 screen
}

run=shell
rm -rf shell screen keys
mkfifo keys
exec 3<>keys
: >screen
script -qefc "stty rows 33 cols 99; $RINGSCOPE shell --engine bochs --trace shell" screen \
	<keys >/dev/null 2>&1 &
session=$!
await 'built-in shell'
type_keys 'stty size\r'
await '^33 99'
type_keys 'echo wromg\b\bng | tr w W\r' # backspace twice
await '^Wrong'
type_keys 'sh -c "echo up; exec sleep 1000"\r'
await '^up'
type_keys '\032'
await 'Stopped'
type_keys 'bg; jobs\r'
await 'Running'
type_keys 'kill %%1; wait; echo over $?\r'
await '^over [0-9]'
type_keys 'sh -c "echo up; exec sleep 1000"\r'
await '^up'
type_keys '\003'
type_keys 'echo status $?\r'
await '^status 130'
type_keys 'sh -c "echo up; exec cat"\r'
await '^up'
type_keys 'a line\r\004'
await '^a line'
await '^a line'
type_keys 'exit 5\r'
wait "$session"
status=$?
exec 3>&-
expect_status 5
expect_whole
decode
expect_events 1 process_exit 'pid = 1, .*status = 5'
for signal in SIGINT SIGTERM; do
	expect_events 1 process_exit "signal = \( \"$signal\""
done

# From the background no terminal can be taken, and the trace that is there stays.
run=background
script -qec "bash -c 'set -m; $RINGSCOPE shell --engine bochs --trace shell & wait'" background.screen \
	</dev/null >/dev/null 2>&1
expect_in background.screen 'start an interactive run in the foreground'
[ -s shell/metadata ] || problem "the older trace is gone"

# What comes by a pipe arrives to the byte, its end included.
head -c 20000 /dev/urandom >bytes
run=bytes
rm -rf bytes.trace
"$RINGSCOPE" run --quiet --engine bochs --trace bytes.trace -- md5sum <bytes >bytes.out 2>bytes.err
status=$?
expect_status 0
expect_output "$(md5sum <bytes)"$'\n'
