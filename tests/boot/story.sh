#!/usr/bin/env bash
# One run with both witnesses, and every command on its trace: each ends as it says, finds nothing, and
# counts what the others count, down to the tick.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

boot story --observe both -- sh -c 'ls /; cat /etc/hostname | wc'
expect_status 0
expect_printed '^ +1 +1 +10$'
expect_whole
boot bare --bare -- sh -c 'ls /; cat /etc/hostname | wc'
expect_status 0
cmp story.out bare.out || problem 'ring -1 changes what is printed'

# did NAME STATUS COMMAND...: on the trace; where all is well nothing is said on the standard error.
did() {
	local expected=$2

	ask "$1" "${@:3}" story
	expect_status "$expected"
	[ "$expected" -ne 0 ] || [ ! -s "$run.err" ] || problem "it said: $(cat "$run.err")"
}

# same WHAT NUMBER OTHER
same() {
	[ "$2" = "$3" ] || problem "$1: $2 and $3"
}

# read_json FILTER: of what was asked last.
read_json() {
	jq -r "$1" "$run.out" || problem "$1 is not in its JSON"
}

# How often what: "NAME COUNT" a line, sorted, of "COUNT NAME" as babeltrace2's lines give it.
count_names() { # EVENT FIELD
	decode
	sed -nE "s/^\[[^]]*\] \([^)]*\) $1: .* $2 = \( \"([A-Za-z0-9_]+)\".*/\1/p" "$run.txt" |
		LC_ALL=C sort | uniq -c | awk '{ print $2, $1 }'
}
of_stat() { # FILTER
	read_json "$1" | LC_ALL=C sort
}

# What babeltrace2 reads, which is not ours.
run=story
calls=$(events syscall_entry)
exits=$(events vm_exit)
all=$(wc -l <story.txt)
begin=$(sed -n 's/^\ttsc_begin = \([0-9]*\);/\1/p' story/metadata)
end=$(sed -n 's/^tsc_end=//p' story/run/result.txt)
count_names syscall_entry number >calls.expected
count_names vm_exit reason >exits.expected
count_names seen_syscall number >seen.expected
[ "$(wc -l <calls.expected)" -gt 15 ] || problem 'few system calls have a name'

did stat 0 stat
total=$(sed -n 's/^Total Samples:\([0-9]*\), .*/\1/p' stat.out)
same 'exits of stat' "$total" "$exits"
expect_printed "^100\.00% .* $calls +[0-9]+ +total$"
expect_printed '^Lost events: 0$'
command -v jq >/dev/null || skip 'jq is not installed'

did stat-json 0 stat --json --witness hv
of_stat '.system_calls[] | "\(.syscall) \(.count)"' | diff calls.expected - || problem 'other system calls'
of_stat '.exits[] | select(.detail == null) | "\(.reason) \(.count)"' | diff exits.expected - || problem 'other exits'
of_stat '.system_calls_seen[] | "\(.syscall) \(.count)"' | diff seen.expected - || problem 'ring -1 saw others'
diff calls.expected seen.expected || problem 'the witnesses differ'
same 'the whole run' "$(read_json .to)" $((end - begin))
same 'the tiers and the run' "$(read_json '[.time_by_tier[:-1][].time] | add')" $((end - begin))
same 'the processes and the run' "$(read_json '[.processes[] | .user + .kernel + .hypervisor + .waiting] | add')" \
	$((end - begin))
same 'events of the streams' "$(read_json '[.streams[].events] | add')" "$all"
failed=$(read_json '[.system_calls[].errors] | add')
user=$(read_json '.time_by_tier[] | select(.tier == "ring 3").time')
kernel=$(read_json '.time_by_tier[] | select(.tier == "ring 0").time')
shell=$(read_json '.processes[] | select(.pid == 1).syscalls')

did stat-csv 0 stat --csv
same 'calls of stat --csv' "$(awk -F, '$1 == "system_calls" && $3 == "count" { n += $4 } END { print n }' stat-csv.out)" "$calls"
expect_printed '^run,0,unit,ticks'

did strace 0 strace
same 'calls of strace' "$(grep -cE '^\[pid +[0-9]+\] [0-9,]+ [a-z0-9_]+\(' strace.out)" "$calls"
did strace-failed 0 strace --failed --no-children
same 'failed calls' "$(grep -c ' = -1 E[A-Z]* (' strace-failed.out)" "$failed"
did strace-table 0 strace -c
expect_printed "^100\.00 +[0-9]+ +[0-9]+ +$calls +$failed +[0-9]+ total$"
awk '$1 ~ /^[0-9.]+$/ && $NF != "total" { print $NF, $4 }' strace-table.out | LC_ALL=C sort |
	diff calls.expected - || problem 'strace -c has other calls'
did strace-seen 0 strace --witness hv --no-children
same 'calls that ring -1 saw' "$(grep -cE '^\[.*\] [0-9,]+ [a-z0-9_]+\(' strace-seen.out)" "$calls"

# The lanes: a line an event, where that is what was asked for.
lines() { # NAME OPTION...
	did "$1" 0 timeline "${@:2}"
	lines=$(grep -c '^ *[0-9]' "$run.out")
}
lines lanes-calls --events syscall_entry --tier 0
same 'calls of the timeline' "$lines" "$calls"
lines lanes-exits --events vm_exit
same 'exits of the timeline' "$lines" "$exits"
lines lanes-shell --events syscall_entry --process 1
same "the shell's calls" "$lines" "$shell"
lines lanes-nothing --tier 3 --events exits
same 'exits in ring 3' "$lines" 0
middle=$(((end - begin) * 9 / 10))
lines lanes-before --events vm_exit --to $middle
before=$lines
lines lanes-after --events vm_exit --from $((middle + 1))
same 'exits before and after' $((before + lines)) "$exits"
lines lanes-long --events vm_entry --at-least 1000
long=$lines
lines lanes-short --events vm_entry --at-most 999
same 'long exits and short ones' $((long + lines)) $((exits - 1)) # the last one does not end

for format in perfetto chrome folded jsonl csv; do
	did "export-$format" 0 export --format $format
	[ -s "$run.out" ] || problem 'nothing was exported'
done
same 'records as JSON' "$(wc -l <export-jsonl.out)" "$all"
same 'records as CSV' "$(tail -n +2 export-csv.out | wc -l)" "$all"
same 'exits as JSON' "$(jq -r 'select(.event == "vm_exit").event' export-jsonl.out | wc -l)" "$exits"
folded() { # REGEX: the ticks of the stacks that match
	awk -v tier="$1" '$0 ~ tier { sum += $NF } END { printf "%d", sum }' export-folded.out
}
same 'the folded stacks and the run' "$(folded .)" $((end - begin))
same 'ring 3, folded' "$(folded '^ring 3;')" "$user"
same 'ring 0, folded' "$(folded '^ring 0;')" "$kernel"

did report 0 report -o story.html
[ "$(wc -c <story.html)" -gt 100000 ] || problem 'the report is short'
expect_in story.html '^</html>$'

did verify 0 verify
for check in calls faults links causes tiers; do
	expect_printed "^ok +$check "
done
did verify-json 0 verify --json
same 'findings and events' "$(read_json '"\(.findings) \(.events)"')" "0 $all"

ask diff diff bare story
expect_status 0
expect_printed '^Equivalence: 0 differences$'
ask diff-json diff --json bare story
expect_status 0
# Children that end at once are one SIGCHLD or two, by time: so as many calls but for its handler's returns.
returns() {
	run=$1
	decode
	grep -cE 'syscall_entry: .*"rt_sigreturn"' "$run.txt"
}
bare_returns=$(returns bare)
returns=$(returns story)
run=diff-json
same 'calls of diff' "$(read_json '"\(.total) \(.a.calls) \(.b.calls)"')" \
	"0 $((calls - returns + bare_returns)) $calls"

did map 0 map
expect_printed '^process 1 \(sh\)$'
did map-json 0 map --json
same 'ranges of the map' "$(grep -cE '^[0-9a-f]{16}-[0-9a-f]{16} .* [us] [r-][w-][x-]' map.out)" "$(read_json '.ranges | length')"
same 'what all may write and run' "$(read_json '[.ranges[] | select(.writable_and_executable)] | length')" 0

ask explain explain story # all is well, and why it says nothing
expect_status 0
expect_output ''
expect_sentence 'no VM entry failed in this run'
