#!/usr/bin/env bash
# All exports of a real run, read back by readers that are not ours; and what goes wrong in writing.
# TRACE=DIR takes a trace that is there already instead of booting.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
FORMATS='perfetto chrome folded jsonl csv'

# export_all NAME HOW ARGUMENT...: all formats in NAME.exports, read back and counted in NAME.read.
export_all() {
	local name=$1 how=$2 format
	shift 2

	rm -rf "$name.exports"
	mkdir "$name.exports"
	for format in $FORMATS; do
		ask "$name-$format" export "$trace" --format "$format" -o "$name.exports/$format" "$@"
		expect_status 0
		[ ! -s "$run.err" ] || problem "it said: $(cat "$run.err")"
	done
	run=$name
	# shellcheck disable=SC2086 # one word or none
	python3 "$ROOT/tests/read_exports.py" events.txt "$name.exports" $how >"$name.read" 2>&1 ||
		problem "$(cat "$name.read")"
	protoc -I"$ROOT/tools" --decode=perfetto.Trace "$ROOT/tools/perfetto.proto" \
		<"$name.exports/perfetto" >"$name.decoded" || problem "protoc reads no trace"
	expect_not_in "$name.decoded" '^ *[0-9]+: ' # a field that the .proto does not have
	expect_in "$name.read" "^slices $(grep -c 'type: SLICE_BEGIN' "$name.decoded") "
	[ "$(grep -c 'type: SLICE_BEGIN' "$name.decoded")" -eq \
		"$(grep -c 'type: SLICE_END' "$name.decoded")" ] || problem "begins and ends differ"
}

# What cannot be written: one sentence, status 1, and no half of a file.
expect_refusal() {
	expect_status 1
	[ "$(wc -l <"$run.err")" -eq 1 ] || problem "more or less than a sentence: $(cat "$run.err")"
	expect_said "$1"
}

if [ -n "${TRACE-}" ]; then
	trace=$TRACE
else
	boot pipes --observe both -- sh -c 'ls /; cat /etc/hostname | wc'
	expect_status 0
	trace=$PWD/pipes
fi
babeltrace2 "$trace" >events.txt || problem "babeltrace2 does not read $trace"
export_all whole whole

# To the tick the run's length, by awk.
begin=$(sed -n 's/^\ttsc_begin = \([0-9]*\);/\1/p' "$trace/metadata")
end=$(sed -n 's/^tsc_end=//p' "$trace/run/result.txt")
ticks=$(awk '{ sum += $NF } END { printf "%d", sum }' whole.exports/folded)
[ "$ticks" -eq $((end - begin)) ] || problem "folded sums up to $ticks, not $((end - begin))"
expect_not_in whole.exports/folded '^[^;]*$'

# Nothing of its time is written as nanoseconds without saying what it is.
expect_in whole.decoded 'times are ticks, not nanoseconds'
expect_in whole.decoded 'name: "vCPU 0 \(what is shown as ns are ticks: instructions'

# A part of the run.
middle=$(((end - begin) * 9 / 10))
export_all part '' --from $middle --to $((middle + 300000))
[ "$(wc -l <part.exports/jsonl)" -lt "$(wc -l <whole.exports/jsonl)" ] || problem "all of it"
ask calls export "$trace" --format csv --events syscalls
expect_status 0
[ "$(grep -c ',syscall_entry,' calls.out)" -eq "$(grep -ac ') syscall_entry: ' events.txt)" ] ||
	problem "other system calls than there are"
expect_not_in calls.out ',vm_exit,'

mkfifo deaf
exec 3<>deaf 4>deaf 3>&- # a pipe that nobody reads any more
for format in $FORMATS; do
	ask "full-$format" export "$trace" --format "$format" -o /dev/full
	expect_refusal '/dev/full: No space left on device; the export is not whole\.$'
	[ -c /dev/full ] || problem "/dev/full is gone"
	run=pipe-$format
	(trap '' PIPE && "$RINGSCOPE" export "$trace" --format "$format" >&4) 2>"$run.err"
	status=$?
	expect_status 1
	[ ! -s "$run.err" ] || problem "complained that its reader went away"
done
ask nowhere export "$trace" -o no/such/file
expect_refusal 'no/such/file: No such file or directory'
(ulimit -f 8 && trap '' XFSZ && "$RINGSCOPE" export "$trace" -o cut) 2>cut.err
status=$?
run=cut
expect_refusal 'cut: File too large; the export is not whole and was removed'
[ ! -e cut ] || problem "half a file was left behind"
ask itself export "$trace" --format csv -o "$trace/ring0_0"
expect_refusal 'is part of the trace itself'
ask unknown export "$trace" --format xml
expect_status 2
ask tier export "$trace" --tier 3
expect_status 2
script -qec "\"$RINGSCOPE\" export \"$trace\"; echo status \$?" terminal.txt >/dev/null </dev/null
run=terminal
expect_in terminal.txt 'perfetto is binary'
expect_in terminal.txt 'status 2'
