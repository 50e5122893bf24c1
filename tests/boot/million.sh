#!/usr/bin/env bash
# A million events in one run: none lost, every one counted, by us and by babeltrace2.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
CALLS=250000 # four events each

for how in '' --bare; do
	# shellcheck disable=SC2086 # no option or one
	boot "million$how" $how -- spam $CALLS
	expect_status 0
	expect_output "$CALLS system calls made"$'\n'
	expect_whole
	for stream in 1 2; do
		records=$(sed -n "s/^records_$stream=//p" "$run/run/result.txt")
		[ "${records:-0}" -ge $((2 * CALLS)) ] || problem "stream $stream has ${records:-no} records"
		expect_result "lost_$stream" 0
	done

	ask "stat$how" stat "million$how"
	expect_status 0
	expect_printed " $CALLS +getpid$"
	expect_printed '^Lost events: 0$'

	# The same as JSON, read by others: counts agree, no tick of the run is lost or counted twice.
	ask "stat-json$how" stat --json "million$how"
	expect_status 0
	command -v jq >/dev/null || continue
	jq -e --argjson calls $CALLS '
		(.system_calls[] | select(.syscall == "getpid") | .count == $calls and .p99 <= .max) and
		([.time_by_tier[:-1][].time] | add) == .to and
		([.processes[] | .user + .kernel + .hypervisor + .waiting] | add) == .to
	' "stat-json$how.out" >/dev/null || problem "stat --json does not add up: $(head -c 300 "stat-json$how.out")"
done
