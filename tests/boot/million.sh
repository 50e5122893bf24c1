#!/usr/bin/env bash
# A million events in one run: none lost, every one counted, by us and by babeltrace2.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

CALLS=250000 # four events each

boot million -- spam $CALLS
expect_status 0
expect_output "$CALLS system calls made"$'\n'
expect_whole
read=$(awk '/ Event messages/ { n = $1 } END { print n }' \
	<(babeltrace2 million -c sink.utils.counter 2>/dev/null))
[ "${read:-0}" -ge 1000000 ] || problem "only ${read:-0} events"
for stream in 1 2; do
	records=$(sed -n "s/^records_$stream=//p" million/run/result.txt)
	[ "$records" -ge $((2 * CALLS)) ] || problem "stream $stream has only $records records"
	expect_result "lost_$stream" 0
done

ask stat stat million
expect_status 0
expect_printed " $CALLS +getpid$"
expect_printed '^Lost events: 0$'
