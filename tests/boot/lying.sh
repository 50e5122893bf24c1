#!/usr/bin/env bash
# Two witnesses: of an honest guest verify finds nothing, of one that conceals a program's system
# calls exactly these.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
needs_all_features # figures of two runs are held against each other

PROGRAM='ls /; cat /etc/hostname | wc'
CALL='^\[[^]]*\] \([^)]*\) ' # what babeltrace2 puts before an event's name

# calls_of PID RUN: the system calls that the guest's log has of it, one line each: number and arguments.
calls_of() {
	local run=$2

	decode
	grep -E -- "${CALL}syscall_entry: " "$run.txt" | grep -E "pid = $1," |
		sed -E 's/.*number = \( "([a-z0-9_]+)".*arg0 = (0x[0-9A-Fa-f]+).*/\1/'
}

boot honest --observe both --append nokaslr -- sh -c "$PROGRAM"
expect_status 0
expect_whole
expect_events "$(events seen_syscall)" syscall_entry
expect_events "$(events seen_fault)" page_fault_entry
[ "$(events seen_return)" -gt 50 ] || problem "ring -1 saw $(events seen_return) calls return"
for check in calls faults links causes; do
	expect_in honest.verify "^ok +$check "
done
for pid in 3 4; do # ls, and wc or cat: the shell runs them as /proc/self/exe
	calls_of $pid honest >"honest.$pid"
	[ "$(wc -l <"honest.$pid")" -gt 5 ] || problem "process $pid made few calls"
done

boot liar --observe both --append 'nokaslr conceal=exe' -- sh -c "$PROGRAM"
expect_status 0
cmp honest.out liar.out || problem 'the lie changes what is printed'
seen=$(events seen_syscall)
told=$(events syscall_entry)
[ "$seen" -eq "$(run=honest && events seen_syscall)" ] || problem "ring -1 saw $seen calls"
[ "$told" -lt "$seen" ] || problem 'nothing was concealed'

ask verified verify liar
expect_status 1
expect_printed '^FOUND +calls '
[ "$(grep -c '^FOUND' verified.out)" -eq 1 ] || problem "not calls alone: $(grep ^FOUND verified.out)"
expect_printed " events: $((seen - told)) findings$"
expect_printed 'by cr3 0x[0-9a-f]+ \(pid 3 [a-z]+\): only ring -1 saw it$'

# Call by call: what is missing of each program is what the honest log has, from its start on.
for pid in 3 4; do
	calls_of $pid liar >"liar.$pid"
	hidden=$(sed -nE "s/.*in all: ([0-9]+) calls? of pid $pid \\([a-z]+\\) .*/\\1/p" verified.out)
	[ "$((${hidden:-0} + $(wc -l <"liar.$pid")))" -eq "$(wc -l <"honest.$pid")" ] ||
		problem "process $pid: $hidden calls found, $(wc -l <"liar.$pid") in the log"
	tail -n "${hidden:-0}" "honest.$pid" >"expected.$pid"
done
grep -oE ' [a-z0-9_]+\(.*\(pid 3 [a-z]+\): only ring -1' verified.out | sed -E 's/^ ([a-z0-9_]+)\(.*/\1/' >found.3
head -n "$(wc -l <found.3)" expected.3 | cmp - found.3 || problem 'other calls than the concealed ones'

# The same as an object, and by the comparison of the two logs.
ask object verify --json liar
expect_status 1
expect_printed "^  \"findings\": $((seen - told)),$"
ask apart diff honest liar
expect_status 1
expect_printed '^  same +output '
