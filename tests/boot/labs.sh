#!/usr/bin/env bash
# `lab`: a run writes the teacher's file, which a fresh run grades to full points; spoilt answers lose
# theirs; a file that is none is refused before anything boots; nothing is left behind.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
needs_all_features

export TMPDIR=$PWD/tmp
rm -rf "$TMPDIR" of-faults of-rings broken
mkdir -p "$TMPDIR"

# measure LAB: runs it with all that it writes.
measure() {
	rm -f "$1.txt"
	ask "$1" lab run "$1" --engine bochs -o "of-$1" --answers "$1.txt"
	expect_status 0
	expect_printed '^Traces: '
	expect_printed "^Written: $1.txt"
	expect_in "$1.txt" '^# For teachers: '
	expect_not_in "$1.txt" 'could not measure it'
	expect_said '^machine 1 of '
}

# grade NAME LAB FILE STATUS [OPTION...]
grade() {
	ask "$1" lab grade "$2" "$3" --engine bochs "${@:5}"
	expect_status "$4"
}

points() {
	sed -nE 's/^([0-9]+) of ([0-9]+) points.*/\1 \2/p' "$run.out"
}

measure faults
expect_printed '^child-writes +3 +8  0x7 .* 8 copy-on-write'
expect_in faults.txt '^jump-error: 0x15$'
grade full faults faults.txt 0
read -r got all < <(points)
[ "${got:-0}" -eq "${all:-1}" ] || problem "the teacher's file gets $got of $all points"
[ "$all" -eq "$(awk -F'[( ]' '/^# \([0-9]+ point/ { sum += $3 } END { print sum }' faults.txt)" ] ||
	problem "$all points in all are not those of the questions"
expect_not_in full.out 'could not be measured'

# One answer is wrong, one is missing, one is in other words but right.
sed -E 's/^(write-faults): .*/\1: 7/; /^slower:/d; s/^(jump-error): .*/\1: 21/' faults.txt >spoilt.txt
grade spoilt faults spoilt.txt 1 --json
python3 - "$all" <<'EOF' || problem 'the JSON is not as expected'
import json, sys
grade = json.load(open('spoilt.out'))
of = {question['id']: question for question in grade['questions']}
assert grade['total'] == int(sys.argv[1]) and grade['points'] == grade['total'] - 3, grade
assert of['write-faults']['result'] == 'wrong' and 'measured' not in of['write-faults']
assert of['slower']['result'] == 'missing' and of['jump-error']['result'] == 'right'
EOF

# What is no file of answers is refused, each error with its line, and nothing boots.
printf 'write-faults: eight\nwrite-error 6\nno-such: 1\nslower: child\nslower: child\nslower: \033[2J\n' >hostile.txt
grade hostile faults hostile.txt 2
for line in 1 2 3 5 6; do
	expect_said "^ringscope: hostile.txt:$line: "
done
expect_not_in hostile.err '^machine '
head -c 200000 /dev/zero >zeros.txt
grade zeros faults zeros.txt 2
grade nothing faults no-such-file 2

# A second run makes room; another's file is not removed.
measure rings
expect_in rings.txt '^asked: vmcall, vmxon, cpuid$'
touch of-rings/mine
ask foreign lab run rings --engine bochs -o of-rings
expect_status 1
expect_said 'holds "mine", which no lab wrote'
[ -d of-rings/attack ] || problem 'the earlier run was removed'

# Ctrl-C ends the machines too.
"$RINGSCOPE" lab run rings --engine bochs -o broken >broken.out 2>broken.err </dev/null &
lab=$!
for _ in {1..100}; do
	[ ! -d broken/attack/run ] || break
	sleep 0.1
done
kill -TERM $lab
wait $lab
status=$? run=broken
expect_status 130
expect_said 'interrupted'
! pgrep -f "$PWD/broken|broken/attack" >/dev/null || problem 'a machine is left'
ask again lab run rings --engine bochs -o broken --only x
expect_status 2

[ -z "$(ls -A "$TMPDIR")" ] || problem "left behind: $(ls "$TMPDIR")"
exit 0
