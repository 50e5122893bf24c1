#!/usr/bin/env bash
# Whatever standard input is, a program that does not read it runs as without: no run waits for
# input, and output that comes over the wire is the same to the byte.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

fed() { # NAME [OPTION...]: as boot, with standard input as it is
	run=$1
	shift
	rm -rf "$run" "$run.txt"
	"$RINGSCOPE" run --quiet --engine bochs --trace "$run" "$@" >"$run.out" 2>"$run.err"
	status=$?
}

mkfifo idle
exec 3<>idle # open for writing, and nobody writes
fed idle-pipe -- hello <idle
expect_hello
expect_in idle-pipe/run/engine.cfg '^com1: .*mode=socket-client'

seq 100000 >numbers # more than anybody reads
fed file -- hello <numbers
expect_hello
seq 100000 | fed pipe -- hello
status=${PIPESTATUS[1]} run=pipe
expect_output "$HELLO"

# Input without end, and a reader that has seen enough: the program reads an end all the same. (Bare it
# takes what lies in the pipe by then soonest.)
timeout 200 "$RINGSCOPE" run --quiet --engine bochs --bare --trace endless -- cat </dev/zero 2>endless.err |
	head -c 100 >endless.out
status=${PIPESTATUS[0]} run=endless
expect_status 0
[ "$(wc -c <endless.out)" -eq 100 ] || problem "head got $(wc -c <endless.out) bytes"

fed empty -- hello </dev/null
expect_hello
expect_in empty/run/engine.cfg '^com1: .*mode=file'
: | { sleep 0.2; fed ended -- hello; }
run=ended
expect_in ended/run/engine.cfg '^com1: .*mode=file'

# What a run shows while it runs is what can be followed.
"$RINGSCOPE" run --quiet --engine bochs --trace followed -- tour >followed.out 2>followed.err \
	</dev/null &
for _ in {1..100}; do
	[ ! -d followed/run ] || break
	sleep 0.05
done
ask follow timeline --follow followed
wait
expect_status 0
expect_printed 'process 1 runs'
expect_printed 'EXIT VMCALL'
"$RINGSCOPE" timeline --fold followed >followed.txt
grep -v '^Lost events' followed.txt | diff - follow.out >follow.diff ||
	problem "followed, it reads differently: $(head -n 4 follow.diff)"

# A program that writes for ever to nobody is ended, not waited for.
run=unread
rm -rf unread
"$RINGSCOPE" run --quiet --engine bochs --trace unread -- yes </dev/null 2>unread.err | head -n 2 >unread.out
status=${PIPESTATUS[0]}
expect_status 141
expect_output $'y\ny\n'
expect_said '^ringscope: nobody reads the program.s output any more, and it went on; '
